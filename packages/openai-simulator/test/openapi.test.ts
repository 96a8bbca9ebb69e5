import { expect, test } from 'vitest';

import { createBench, HEADERS, type Bench } from './support/bench.ts';
import { expectDescribed, expectSchema } from './support/description.ts';

/**
 * What is held against OpenAI's own description of it here; so is every answer of the benches that are given `expectDescribed`: runs,
 * responses and files in all their statuses.
 */

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
const atOnce = () =>
  createBench({ scenario: SCENARIO, latency: { startMs: 0, thinkMs: 0 } }, expectDescribed);

test('items of a conversation: calls, approvals and what answers them', async () => {
  const bench = atOnce();
  const { id: conversation } = (await bench.send('POST', '/v1/conversations', {})).body;
  const body = { model: 'gpt-5', tools: [FUNCTION, SERVER], conversation };
  const say = (input: unknown) => bench.send('POST', '/v1/responses', { ...body, input });
  const [, request, call] = (await say('roll')).body.output as { id: string; call_id: string }[];
  const answered = await say([
    { type: 'mcp_approval_response', approval_request_id: request!.id, approve: true },
    { type: 'function_call_output', call_id: call!.call_id, output: 'ok' },
  ]);
  expect((await bench.send('GET', `/v1/responses/${answered.body.id}/input_items`)).status).toBe(200);
  const path = `/v1/conversations/${conversation}/items`;
  const { data } = (await bench.send('GET', path)).body;
  expect(data).toHaveLength(8);
  for (const { id } of data) expect((await bench.send('GET', `${path}/${id}`)).status).toBe(200);
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
  for (const event of await streamed(atOnce(), '/v1/responses', body)) {
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
  const bench = atOnce();
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
