import { expect, test } from 'vitest';

import { createBench, HEADERS, type Bench, type BenchRun, type Body } from './support/bench.ts';
import { expectDescribed, expectSchema } from './support/description.ts';

/** Every answer of these simulators is held against OpenAI's own description of it. */
const described = (latency?: { startMs: number; thinkMs: number }) =>
  createBench({ scenario: SCENARIO, ...(latency && { latency }) }, expectDescribed);

const SCENARIO = {
  rules: [
    {
      when: ['fail'],
      end: { status: 'failed' as const, error: { code: 'server_error', message: 'Sorry.' } },
    },
    { when: ['cut'], reply: 'Half', end: { status: 'incomplete' as const, reason: 'max_completion_tokens' } },
    { when: ['note'], rounds: [{ calls: [{ tool: 'note', arguments: { a: 1 } }] }], reply: 'Done.' },
    {
      when: ['roll'],
      rounds: [{ calls: [{ tool: 'roll', mcp: { serverLabel: 'dice' } }, { tool: 'note' }] }],
      reply: 'Done.',
    },
  ],
};
const TOOL = { type: 'function', function: { name: 'note' } };
const FUNCTION = {
  ...{ type: 'function', name: 'note', strict: false },
  parameters: { type: 'object', properties: {} },
};
const SERVER = { type: 'mcp', server_label: 'dice', server_url: 'https://dice.example/sse' };
const AT_ONCE = { startMs: 0, thinkMs: 0 };

test('runs in every status, and their steps', async () => {
  const bench = described();
  const assistantId = await bench.assistant({ tools: [TOOL], instructions: 'Act.' });
  const start = (message: string) => bench.run(message, { assistantId });
  const seen = new Set<string>();
  const see = async ({ path }: BenchRun, { status }: Body) => {
    seen.add(status);
    const { data } = (await bench.send('GET', `${path}/steps`)).body;
    for (const { id } of data) expect((await bench.send('GET', `${path}/steps/${id}`)).status).toBe(200);
  };

  const acting = await start('note');
  await see(acting, acting.created);
  for (const status of ['in_progress', 'requires_action']) await see(acting, await acting.until(status));
  await see(acting, (await acting.submit({ note: 'ok' })).body);
  await see(acting, await acting.until('completed'));

  const cancelled = await start('note');
  await see(cancelled, (await bench.send('POST', `${cancelled.path}/cancel`)).body);
  for (const [run, status] of [
    [cancelled, 'cancelled'],
    [await start('fail'), 'failed'],
    [await start('cut'), 'incomplete'],
  ] as const)
    await see(run, await run.until(status));
  const expiring = await start('note');
  await expiring.until('requires_action');
  bench.pass(600_000);
  await see(expiring, await expiring.now());

  expect([...seen]).toEqual([
    ...['queued', 'in_progress', 'requires_action', 'completed'],
    ...['cancelling', 'cancelled', 'failed', 'incomplete', 'expired'],
  ]);
  expect((await bench.send('GET', `/v1/threads/${expiring.threadId}/runs`)).body.data).toHaveLength(1);
});

test('assistants, threads, messages and errors', async () => {
  const bench = described();
  const tools = [TOOL, { type: 'code_interpreter' }];
  const assistantId = await bench.assistant({ tools, metadata: { a: 'b' } });
  const run = await bench.run('Hello', { assistantId });
  await run.until('completed');
  const [assistant, thread] = [`/v1/assistants/${assistantId}`, `/v1/threads/${run.threadId}`];
  const { first_id } = (await bench.send('GET', `${thread}/messages`)).body;
  for (const path of ['/v1/assistants', assistant, thread])
    expect((await bench.send('GET', path)).status).toBe(200);
  for (const path of [`${thread}/messages/${first_id}`, thread, assistant]) {
    expect((await bench.send('GET', path)).status).toBe(200);
    expect((await bench.send('DELETE', path)).status).toBe(200);
    expect((await bench.send('GET', path)).status).toBe(404);
  }
});

/** A response, from its creation to its end. */
async function ended(bench: Bench, body: object) {
  const created = await bench.send('POST', '/v1/responses', { model: 'gpt-5', background: true, ...body });
  const path = `/v1/responses/${created.body.id}`;
  bench.pass(1_000);
  await bench.send('GET', path);
  bench.pass(5_000);
  expect((await bench.send('GET', `${path}/input_items`)).status).toBe(200);
  return (await bench.send('GET', path)).body;
}

test('responses in every status, and conversations', async () => {
  const bench = described();
  const { id: conversation } = (await bench.send('POST', '/v1/conversations', { metadata: { a: 'b' } })).body;
  const tools = [FUNCTION, SERVER];
  const asked = await ended(bench, { input: 'roll', tools, conversation });
  const [, request, call] = asked.output as { id: string; call_id: string }[];
  const answers = [
    { type: 'mcp_approval_response', approval_request_id: request!.id, approve: true },
    { type: 'function_call_output', call_id: call!.call_id, output: 'ok' },
  ];
  const done = await ended(bench, { conversation, tools, input: answers });
  const statuses = [asked.status, done.status];
  for (const input of ['fail', 'cut']) statuses.push((await ended(bench, { input })).status);
  const begun = { model: 'gpt-5', input: 'Hi', background: true };
  const cancelled = (await bench.send('POST', '/v1/responses', begun)).body.id;
  statuses.push((await bench.send('POST', `/v1/responses/${cancelled}/cancel`)).body.status);
  expect(statuses).toEqual(['completed', 'completed', 'failed', 'incomplete', 'cancelled']);

  const path = `/v1/conversations/${conversation}`;
  const { data } = (await bench.send('GET', `${path}/items`)).body;
  expect(data).toHaveLength(8);
  for (const { id } of data) expect((await bench.send('GET', `${path}/items/${id}`)).status).toBe(200);
  expect((await bench.send('DELETE', path)).status).toBe(200);
  expect((await bench.send('GET', path)).status).toBe(404);
});

/** The texts of the events that a stream has. */
async function streamed({ simulator }: Bench, path: string, body: object): Promise<string[]> {
  const init = { method: 'POST', headers: HEADERS, body: JSON.stringify({ ...body, stream: true }) };
  const stream = await simulator.request(path, init);
  expect(stream.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  const events = (await stream.text()).split('\n\n').slice(0, -1);
  expect(events.length).toBeGreaterThan(2);
  return events;
}

test.each(['roll', 'cut', 'fail', 'Hi'])('every event of the stream of a response: %s', async (input) => {
  const body = { model: 'gpt-5', input, tools: [FUNCTION, { ...SERVER, require_approval: 'never' }] };
  for (const event of await streamed(described(AT_ONCE), '/v1/responses', body)) {
    const [, type, data] = /^event: (.+)\ndata: (.+)$/.exec(event)!;
    const body = JSON.parse(data!) as { type: string };
    expect(body.type).toBe(type);
    expectSchema('responses', 'ResponseStreamEvent', body);
  }
});

test.each([
  { content: 'note', more: { tools: [TOOL] } },
  { content: 'Hello', more: {} },
  { content: 'Hello', more: { store: true, metadata: { a: 'b' }, n: 2 } },
])('chat completions, and every event of their streams: $content $more', async ({ content, more }) => {
  const bench = described(AT_ONCE);
  const body = { model: 'gpt-5', messages: [{ role: 'user', content }], ...more };
  const { id } = (await bench.send('POST', '/v1/chat/completions', body)).body;
  const isStored = 'store' in more;
  expect((await bench.send('GET', `/v1/chat/completions/${id}`)).status).toBe(isStored ? 200 : 404);
  const options = { stream_options: { include_usage: true } };
  const events = await streamed(bench, '/v1/chat/completions', { ...body, ...options });
  expect(events.pop()).toBe('data: [DONE]');
  for (const event of events)
    expectSchema('chat', 'CreateChatCompletionStreamResponse', JSON.parse(event.replace(/^data: /, '')));
});
