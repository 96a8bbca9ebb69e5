import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { parseScenario } from '../../src/app.ts';
import { createBench, HEADERS, LATENCY } from '../support/bench.ts';

/**
 * Every exchange of a recording is sent to the simulator, with our ids in place of the recorded ones, and the answers are
 * compared: status, fields, nulls and values. Only ids, times, token counts and names of models may have other values.
 */

interface Exchange {
  request: { method: string; path: string; body: unknown };
  response: { status: number; headers: Record<string, string>; body: unknown };
}
type Fields = Record<string, unknown>;
/** A path into an answer, `*` for any index, and why it may differ there. */
type Differences = Record<string, string>;

const YOUNGER = [
  ...['billing', 'completed_at', 'conversation', 'frequency_penalty', 'moderation', 'presence_penalty'],
  ...['prompt_cache_retention', 'tool_usage', 'reasoning.context'],
];
const FIRST = [
  'background',
  'max_tool_calls',
  'prompt_cache_key',
  'safety_identifier',
  'service_tier',
  'top_logprobs',
];
/** The simulator shows the fields of the newest recording, of June 2026. */
const BEFORE_2026: Differences = Object.fromEntries(YOUNGER.map((field) => [field, 'came later']));
const MARCH_2025: Differences = {
  ...BEFORE_2026,
  ...Object.fromEntries(FIRST.map((field) => [field, 'came later'])),
  'text.verbosity': 'came later',
  'reasoning.summary': 'was generate_summary then',
  'reasoning.generate_summary': 'is summary now',
};
const THOUGHT = 'gpt-5 and o3 show that they think, and how hard; no model here does';
const THINKING: Differences = { ...BEFORE_2026, 'reasoning.effort': THOUGHT };
const DICE: Differences = {
  ...THINKING,
  'output.*.tools.*.description': 'the scenario does not describe its tools',
  'output.*.tools.*.input_schema': 'the same',
};

const EXPLAINED: Record<string, Differences> = {
  'responses/background-cancel': BEFORE_2026,
  'responses/delete-then-not-found': BEFORE_2026,
  'responses/function-call': BEFORE_2026,
  'responses/function-tool-choice': BEFORE_2026,
  'responses/incomplete-max-output-tokens': {
    ...BEFORE_2026,
    'output.*.content.*.text': 'four letters are a token here, so the limit cuts elsewhere',
  },
  'responses/input-items-order': BEFORE_2026,
  'responses/input-items-paging': BEFORE_2026,
  'responses/mcp-approval-always': DICE,
  'responses/mcp-approval-by-tool-name': DICE,
  'responses/mcp-approval-never': DICE,
  'responses/reasoning-store-false': THINKING,
  'responses/ruby-function-call-2025-03': MARCH_2025,
  'responses/store-false-not-found': BEFORE_2026,
  'responses/two-turns-previous-response': THINKING,
  'conversations/conversation-create-update-delete': {},
  'conversations/conversation-items': {},
  'conversations/response-in-conversation': {},
};

const ID = /\b(?:resp|conv|msg|fc|mcp|mcpl|mcpr|call)_\w{24,50}\b/g;
/** Of which only the form is compared. */
const OWN = /(?:^|\.)(?:(?:created|completed)_at|model|usage\.(?:\w+\.)?\w+)$/;

test.each(Object.keys(EXPLAINED))('answers as recorded: %s', async (name) => {
  const source = readFileSync(new URL(`../recordings/${name}.json`, import.meta.url), 'utf8');
  const { exchanges } = JSON.parse(source) as { exchanges: Exchange[] };
  // In the background the bench's clock stands still until it is moved; who waits for an answer waits in real time.
  const latency = name.includes('background') ? LATENCY : { startMs: 0, thinkMs: 0 };
  const bench = createBench({ scenario: asPlayed(exchanges), latency });
  const ours = new Map<string, string>();
  const toOurs = <Value>(value: Value): Value =>
    JSON.parse(JSON.stringify(value).replaceAll(ID, (id) => ours.get(id) ?? id)) as Value;
  const mayDiffer = (path: string) =>
    Object.keys(EXPLAINED[name]!).some((known) => path === known || path.startsWith(`${known}.`));

  for (const { request, response } of exchanges) {
    const headers = { authorization: HEADERS.authorization, 'content-type': 'application/json' };
    const sent = request.body === null ? undefined : toOurs(request.body);
    const answer = await bench.send(request.method, toOurs(request.path), sent, headers);
    const where = `${request.method} ${request.path}`;
    expect(answer.status, where).toBe(response.status);

    const recorded = flat(withoutThoughts(response.body)).filter(([path]) => !mayDiffer(starred(path)));
    const got = new Map(flat(answer.body).filter(([path]) => !mayDiffer(starred(path))));
    expect([...got.keys()].sort(), where).toEqual(recorded.map(([path]) => path).sort());
    for (const [path, value] of recorded) {
      const at = `${where} at ${path}`;
      const mine = got.get(path);
      if (typeof value === 'string' && value.replace(ID, '') === '') {
        expect(prefix(mine), at).toBe(prefix(value));
        if (!ours.has(value)) ours.set(value, String(mine));
        expect(mine, at).toBe(ours.get(value));
      } else if (value !== null && OWN.test(path)) {
        expect(typeof mine, at).toBe(typeof value);
      } else {
        expect(mine, at).toEqual(toOurs(value));
      }
    }
    // 17 of 26 plain answers show the limits, so they may be missing in a recording, and nowhere else.
    const limits = (keys: string[]) => keys.filter((key) => key.startsWith('x-ratelimit-')).sort();
    const [shown, expected] = [limits([...answer.headers.keys()]), limits(Object.keys(response.headers))];
    if (expected.length > 0 || !name.includes('ruby')) expect(shown, where).toEqual(expected);
  }
});

interface RecordedItem {
  type: string;
  id: string;
  role?: string;
  content?: { text: string }[];
  name?: string;
  arguments?: string;
  server_label?: string;
  output?: string;
  approval_request_id?: string | null;
}

/** The scenario of a recording: for each message of the user the recorded calls, and the last words said to it. */
function asPlayed(exchanges: Exchange[]) {
  type Rule = ReturnType<typeof parseScenario>['rules'][number];
  const rules = new Map<string, Rule>();
  const created = exchanges.filter(
    ({ request }) => request.method === 'POST' && request.path === '/v1/responses',
  );
  const outputs = created.flatMap(({ response }) => (response.body as { output: RecordedItem[] }).output);
  let message = '';
  for (const { request, response } of created) {
    const { input } = request.body as { input: string | RecordedItem[] };
    const latest =
      typeof input === 'string' ? input : input.findLast(({ role }) => role === 'user')?.content?.[0]?.text;
    message = latest ?? message;
    const rule = rules.get(message) ?? { when: [message], rounds: [] };
    rules.set(message, rule);
    for (const item of (response.body as { output: RecordedItem[] }).output) {
      if (item.type === 'message') rule.reply = item.content![0]!.text;
      if (!['function_call', 'mcp_approval_request', 'mcp_call'].includes(item.type)) continue;
      if (item.approval_request_id != null) continue;
      const made = outputs.find(({ approval_request_id: id }) => id === item.id) ?? item;
      const mcp =
        item.server_label === undefined ? undefined : { serverLabel: item.server_label, output: made.output };
      rule.rounds!.push({ calls: [{ tool: item.name!, rawArguments: item.arguments!, mcp }] });
    }
  }
  // Newest first: what the user said later may hold what was said before.
  return parseScenario(JSON.parse(JSON.stringify({ rules: [...rules.values()].reverse() })));
}

/** Models that think show it by an item of its own. */
function withoutThoughts(body: unknown): unknown {
  const { output } = body as { output?: RecordedItem[] };
  if (output === undefined) return body;
  return { ...(body as Fields), output: output.filter(({ type }) => type !== 'reasoning') };
}

function flat(value: unknown, at = ''): [path: string, value: unknown][] {
  if (typeof value !== 'object' || value === null || Object.keys(value).length === 0) return [[at, value]];
  return Object.entries(value).flatMap(([key, inner]) => flat(inner, at === '' ? key : `${at}.${key}`));
}

const starred = (path: string) => path.replaceAll(/\b\d+\b/g, '*');
const prefix = (id: unknown) => String(id).replace(/_.*/, '');
