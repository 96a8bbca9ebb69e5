import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { createSimulator, parseScenario, type Simulator } from '../../src/app.ts';
import { HEADERS } from '../support/bench.ts';

/**
 * Streams of runs are compared with recorded ones: the order of the events, and the fields and values of each. Our ids stand in place
 * of the recorded ones; times, token counts and how a text is cut into pieces are the model's own.
 */

interface Event {
  event: string;
  data: unknown;
}
interface Exchange {
  request: { method: string; path: string; body: Record<string, unknown> | null };
  response: { status: number; headers: Record<string, string>; body?: unknown; events?: Event[] };
}

const MARK = '【4:0†favorite_foods.txt】';
const scenario = parseScenario({
  rules: [
    {
      when: ['wear outside'],
      rounds: [{ calls: [{ tool: 'get_current_weather' }] }],
      reply: 'Since it is {{outputs}}, wear something light.',
    },
    {
      when: ['favorite food'],
      builtIn: [{ fileSearch: {} }],
      reply: `Filip's favorite food is cake${MARK}.`,
      annotations: [{ mark: MARK, cites: 'favorite_foods.txt' }],
    },
    {
      when: ['Ruby'],
      reply: 'Sure, I can help with',
      end: { status: 'incomplete', reason: 'max_prompt_tokens' },
    },
  ],
  otherwise: { reply: 'Hello! How can I assist you today?' },
});

/** What the recording's service shows otherwise, and why. */
const EXPLAINED: Record<string, string> = {
  // The service shows an empty code_interpreter in what it streams, which its other answers lack.
  tool_resources: 'shown in streams only',
  score: 'how well a file fits is for a model to say',
  parallel_tool_calls: 'bodies of 2024 lack it',
  reasoning_effort: 'bodies of 2024 lack it',
  prompt_token_details: 'bodies of 2024 lack it',
  completion_tokens_details: 'bodies of 2024 lack it',
  hybrid_search: 'came with the tool in 2025',
};

const RECORDINGS = [
  'streaming-run',
  'streaming-tool-call',
  'file-search-streaming',
  'ruby-streamed-run-token-limit',
];
/** The run is followed as it goes, and when all has happened before the first look. */
const LATENCIES = [
  { startMs: 0, thinkMs: 0 },
  { startMs: 30, thinkMs: 60 },
];

test.each(RECORDINGS.flatMap((name) => LATENCIES.map((latency) => ({ name, latency }))))(
  'streams as recorded: $name, $latency',
  async ({ name, latency }) => {
    const source = readFileSync(new URL(`../recordings/assistants/${name}.json`, import.meta.url), 'utf8');
    const { exchanges } = JSON.parse(source) as { exchanges: Exchange[] };
    const simulator = createSimulator({ scenario, latency });
    const ids = new Map<string, string>();
    let streams = 0;
    for (const { request, response } of exchanges) {
      const answer = await ask(simulator, toOurs(request, ids), name);
      if (response.events === undefined) {
        noteIds(response.body, await answer.json(), ids);
        continue;
      }
      streams += 1;
      expect(answer.headers.get('content-type')).toBe(response.headers['content-type']);
      const ours = eventsOf(await answer.text());
      const recorded = response.events;
      for (const [index, { data }] of recorded.entries()) noteIds(data, ours[index]?.data, ids);
      expect(comparable(ours)).toEqual(comparable(recorded));
    }
    expect(streams).toBeGreaterThan(0);
  },
);

async function ask(simulator: Simulator, request: Exchange['request'], name: string): Promise<Response> {
  const { method, path, body } = request;
  if (path === '/v1/files') {
    const form = new FormData();
    form.set('purpose', 'assistants');
    form.set('file', new File(['Filip Carola: cake'], 'favorite_foods.txt'));
    const { 'content-type': _, ...headers } = HEADERS;
    return simulator.request(path, { method, headers, body: form });
  }
  // The Ruby client said the message in another request, which was not recorded.
  const said =
    name.startsWith('ruby-') && path === '/v1/threads'
      ? { messages: [{ role: 'user', content: 'Write some Ruby code' }] }
      : body;
  return simulator.request(path, { method, headers: HEADERS, ...(said && { body: JSON.stringify(said) }) });
}

const IDS = /\b(?:asst|thread|msg|run|step|call)_\w{24}|\bfile-\w{22}\b|\bvs_\w{32}\b/g;

function toOurs<Value>(value: Value, ids: Map<string, string>): Value {
  return JSON.parse(JSON.stringify(value).replaceAll(IDS, (id) => ids.get(id) ?? id)) as Value;
}

/** Pairs the ids of two bodies by the fields in which they stand. */
function noteIds(recorded: unknown, ours: unknown, ids: Map<string, string>): void {
  if (typeof recorded === 'string' && typeof ours === 'string' && recorded.match(IDS)?.[0] === recorded)
    ids.set(recorded, ids.get(recorded) ?? ours);
  if (typeof recorded !== 'object' || recorded === null || typeof ours !== 'object' || ours === null) return;
  for (const [key, value] of Object.entries(recorded))
    noteIds(value, (ours as Record<string, unknown>)[key], ids);
}

function eventsOf(text: string): Event[] {
  return text
    .split('\n\n')
    .slice(0, -1)
    .map((block) => {
      const [, event = '', data = ''] = /^event: (.*)\ndata: (.*)$/.exec(block) ?? [];
      return { event, data: data === '[DONE]' ? data : (JSON.parse(data) as unknown) };
    });
}

/** Deltas that follow each other are one event, with the first and the fields of the others. */
function comparable(events: Event[]): object[] {
  const made: { event: string; shapes: Set<string>; data: unknown }[] = [];
  for (const { event, data } of events) {
    const last = made.at(-1);
    const shape = JSON.stringify(plain(data));
    if (event.endsWith('.delta') && last?.event === event) last.shapes.add(shape);
    else made.push({ event, shapes: new Set([shape]), data: undefined });
  }
  return made.map(({ event, shapes }) => ({ event, shapes: [...shapes].sort() }));
}

/** Without ids, times, counts, the model's words, and what is explained. */
function plain(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return value.map((item) => plain(item));
  if (typeof value === 'object' && value !== null) {
    const kept = Object.entries(value).filter(([name]) => !(name in EXPLAINED));
    return Object.fromEntries(kept.sort().map(([name, inner]) => [name, plain(inner, name)]));
  }
  if (typeof value === 'string' && (key === 'value' || key === 'arguments')) return 'words';
  if (typeof value === 'string' && key === 'text' && value !== MARK) return 'words';
  if (typeof value === 'string') return value.replaceAll(IDS, (id) => id.replace(/[_-].*/, ''));
  return typeof value === 'number' && /_at$|_tokens$|_index$/.test(key) ? 0 : value;
}
