import { expect, test } from 'vitest';

import { createBench, HEADERS, type Bench } from '../support/bench.ts';
import { openDescription } from '../support/description.ts';

/** Fields the description requires and no recording of the service has. */
const NEVER_SENT: Record<string, string[]> = {
  MCPApprovalResponseResource: ['request_id'],
  ResponseFunctionCallArgumentsDoneEvent: ['name'],
};

const expectSchema = openDescription('responses', (schemas) => {
  for (const [name, fields] of Object.entries(NEVER_SENT)) {
    schemas[name]!.required = schemas[name]!.required!.filter((field) => !fields.includes(field));
  }
  // No recording has cache_write_tokens; `usage` and `user` are null in many.
  const { input_tokens_details } = schemas.ResponseUsage!.properties as Record<
    string,
    { required?: string[] }
  >;
  input_tokens_details!.required = ['cached_tokens'];
  Object.assign(schemas.ResponseUsage!, { nullable: true });
  schemas.ModelResponseProperties!.properties.user!.nullable = true;
});

const FUNCTION = {
  type: 'function',
  name: 'note',
  parameters: { type: 'object', properties: {} },
  strict: false,
};
const SERVER = { type: 'mcp', server_label: 'dice', server_url: 'https://dice.example/sse' };
const roll = { tool: 'roll', mcp: { serverLabel: 'dice' } };
const SCENARIO = {
  rules: [
    {
      when: ['fail'],
      end: { status: 'failed' as const, error: { code: 'server_error', message: 'Sorry.' } },
    },
    { when: ['cut'], reply: 'Half', end: { status: 'incomplete' as const, reason: 'max_completion_tokens' } },
    { when: ['roll'], rounds: [{ calls: [roll, { tool: 'note' }] }], reply: 'Done.' },
  ],
};
const TOOLS = [FUNCTION, SERVER];

async function ended(bench: Bench, body: object) {
  const created = await bench.send('POST', '/v1/responses', { model: 'gpt-5', background: true, ...body });
  expectSchema('Response', created.body);
  const path = `/v1/responses/${created.body.id}`;
  bench.pass(1_000);
  expectSchema('Response', (await bench.send('GET', path)).body);
  bench.pass(5_000);
  const { body: done } = await bench.send('GET', path);
  expectSchema('Response', done);
  expectSchema('ResponseItemList', (await bench.send('GET', `${path}/input_items`)).body);
  return done;
}

test("responses in every status fit OpenAI's own description, and so do conversations", async () => {
  const bench = createBench({ scenario: SCENARIO });
  const made = await bench.send('POST', '/v1/conversations', { metadata: { a: 'b' } });
  expectSchema('ConversationResource', made.body);
  const conversation = made.body.id;

  const asked = await ended(bench, { input: 'roll', tools: TOOLS, conversation });
  const [, request, call] = asked.output as unknown as { id: string; call_id: string }[];
  const done = await ended(bench, {
    conversation,
    tools: TOOLS,
    input: [
      { type: 'mcp_approval_response', approval_request_id: request!.id, approve: true },
      { type: 'function_call_output', call_id: call!.call_id, output: 'ok' },
    ],
  });
  const statuses = [asked.status, done.status];
  for (const input of ['fail', 'cut']) statuses.push((await ended(bench, { input })).status);
  const cancelled = await bench.send('POST', '/v1/responses', {
    model: 'gpt-5',
    input: 'Hi',
    background: true,
  });
  const { body } = await bench.send('POST', `/v1/responses/${cancelled.body.id}/cancel`);
  expectSchema('Response', body);
  expect([...statuses, body.status]).toEqual(['completed', 'completed', 'failed', 'incomplete', 'cancelled']);

  const items = (await bench.send('GET', `/v1/conversations/${conversation}/items`)).body;
  expect(items.data).toHaveLength(8);
  expectSchema('ConversationItemList', items);
  for (const { id } of items.data) {
    const path = `/v1/conversations/${conversation}/items/${id}`;
    expectSchema('ConversationItem', (await bench.send('GET', path)).body);
  }
  const path = `/v1/conversations/${conversation}`;
  expectSchema('DeletedConversationResource', (await bench.send('DELETE', path)).body);
  expectSchema('ErrorResponse', (await bench.send('GET', path)).body);
});

test.each(['roll', 'cut', 'fail', 'Hi'])('so does every event of a stream: %s', async (input) => {
  const bench = createBench({ scenario: SCENARIO, latency: { startMs: 0, thinkMs: 0 } });
  const tools = [FUNCTION, { ...SERVER, require_approval: 'never' }];
  const response = await bench.simulator.request('/v1/responses', {
    method: 'POST',
    headers: HEADERS,
    body: JSON.stringify({ model: 'gpt-5', input, tools, stream: true }),
  });
  const events = (await response.text()).split('\n\n').slice(0, -1);
  expect(events.length).toBeGreaterThan(2);
  for (const event of events) {
    const [, type, data] = /^event: (.+)\ndata: (.+)$/.exec(event)!;
    const body = JSON.parse(data!) as { type: string };
    expect(body.type).toBe(type);
    expectSchema('ResponseStreamEvent', body);
  }
});
