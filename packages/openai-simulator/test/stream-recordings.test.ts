import { expect, test } from 'vitest';

import { createBench, HEADERS } from './support/bench.ts';
import { MARK, SCENARIO } from './support/played.ts';
import { IDS, Ids, recorded } from './support/replay.ts';

/**
 * Streams are compared with recorded ones: the order of the events, and the fields and values of each. Our ids stand in place of the
 * recorded ones; times, token counts, a run's words and how a text is cut into pieces are the model's own.
 */

interface Event {
  event: string;
  data: unknown;
}

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
  description: 'a scenario does not describe its tools',
  input_schema: 'the same',
  obfuscation: 'random',
};

/** A stream is followed as it goes, and when all has happened before the first look. */
const LATENCIES = [
  { startMs: 0, thinkMs: 0 },
  { startMs: 30, thinkMs: 60 },
];

test.each(
  [
    ...['assistants/streaming-run', 'assistants/streaming-tool-call', 'assistants/file-search-streaming'],
    ...['assistants/ruby-streamed-run-token-limit', 'responses/function-call-streaming'],
    'responses/mcp-streaming',
  ].flatMap((name) => LATENCIES.map((latency) => ({ name, latency }))),
)('streams as recorded: $name, $latency', async ({ name, latency }) => {
  const bench = createBench({ scenario: SCENARIO, latency, now: Date.now });
  const ids = new Ids();
  let streams = 0;
  for (const { request, response } of recorded(name)) {
    const { method, path, body } = ids.toOurs(request);
    if (response.events === undefined) {
      const answer =
        path === '/v1/files'
          ? await bench.upload('favorite_foods.txt', 'Filip Carola: cake')
          : await bench.send(method, path, name.includes('ruby-') ? saidBefore(path, body) : body);
      ids.note(response.body, answer.body);
      continue;
    }
    streams += 1;
    const init = { method, headers: HEADERS, body: JSON.stringify(body) };
    const answer = await bench.simulator.request(path, init);
    expect(answer.headers.get('content-type')).toBe(response.headers['content-type']);
    const ours = eventsOf(await answer.text());
    for (const [index, { data }] of response.events.entries()) ids.note(data, ours[index]?.data);
    expect(comparable(ours)).toEqual(comparable(response.events));
    const numbers = ours.flatMap(({ data }) => (data as { sequence_number?: number }).sequence_number ?? []);
    expect(numbers).toEqual(path === '/v1/responses' ? ours.map((_, index) => index) : []);
  }
  expect(streams).toBeGreaterThan(0);
});

/** The Ruby client said the message in another request, which was not recorded. */
const saidBefore = (path: string, body: unknown) =>
  path === '/v1/threads' ? { messages: [{ role: 'user', content: 'Write some Ruby code' }] } : body;

function eventsOf(text: string): Event[] {
  return text
    .split('\n\n')
    .slice(0, -1)
    .map((block) => {
      const [, event = '', data = ''] = /^event: (.*)\ndata: (.*)$/.exec(block) ?? [];
      return { event, data: data === '[DONE]' ? data : (JSON.parse(data) as unknown) };
    });
}

/** Deltas that follow each other are one event, with their texts joined. A model that thinks shows it by an item of its own. */
function comparable(events: Event[]): object[] {
  const made: { event: string; shapes: Set<string>; text: string }[] = [];
  for (const { event, data } of events) {
    const { item, delta } = data as { item?: { type: string }; delta?: unknown };
    if (item?.type === 'reasoning') continue;
    const last = made.at(-1);
    const shape = JSON.stringify(plain(data));
    const text = typeof delta === 'string' ? delta : '';
    if (event.endsWith('.delta') && last?.event === event) {
      last.shapes.add(shape);
      last.text += text;
    } else made.push({ event, shapes: new Set([shape]), text });
  }
  return made.map(({ event, shapes, text }) => ({ event, shapes: [...shapes].sort(), text }));
}

/** Without ids, times, counts, the words of a run, the response of an event (recordings.test.ts), and what is explained. */
function plain(value: unknown, key = '', isRun = isOfRun(value)): unknown {
  if (Array.isArray(value)) return value.map((item) => plain(item, '', isRun));
  if (key === 'response') return typeof value;
  if (typeof value === 'object' && value !== null) {
    const kept = Object.entries(value).filter(([name]) => !(name in EXPLAINED));
    return Object.fromEntries(kept.sort().map(([name, inner]) => [name, plain(inner, name, isRun)]));
  }
  if (typeof value === 'string') {
    const isWords = isRun && ['value', 'arguments', 'text'].includes(key) && value !== MARK;
    return isWords || key === 'delta' ? 'words' : value.replaceAll(IDS, (id) => id.replace(/[_-].*/, ''));
  }
  return typeof value === 'number' && /_at$|_tokens$|_index$|^sequence_number$/.test(key) ? 0 : value;
}

/** Events of responses are numbered. */
const isOfRun = (data: unknown) => typeof data === 'object' && data !== null && !('sequence_number' in data);
