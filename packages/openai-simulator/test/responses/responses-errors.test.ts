import { expect, test } from 'vitest';

import { createBench, HEADERS, type Bench } from '../support/bench.ts';
import {
  missing,
  OPEN_SCHEMA,
  refusal,
  unknown,
  wrongSchema,
  wrongType,
  wrongValue,
} from '../support/refusals.ts';

const { authorization } = HEADERS;
const plain = { authorization, 'content-type': 'application/json' };

const TOOL = {
  type: 'function',
  name: 'refund_order',
  strict: false,
  parameters: { type: 'object', properties: {} },
};
const create = (bench: Bench, body: object) =>
  bench.send('POST', '/v1/responses', { model: 'gpt-5', ...body }, plain);
const atOnce = () => createBench({ latency: { startMs: 0, thinkMs: 0 } });

test.each([
  [{ input: 'Hi', thread: 't' }, unknown('thread')],
  [{ input: [{ type: 'message', role: 'user', content: 'Hi', run: 1 }] }, unknown('input[0].run')],
  [
    { input: [{ role: 'human', content: 'Hi' }] },
    wrongValue('input[0].role', 'human', "'user', 'assistant', 'system', and 'developer'"),
  ],
  [{ input: 5 }, wrongType('input', 'one of a string or an array', 'an integer')],
  [
    {},
    refusal(
      `One of "input" or "previous_response_id" or 'prompt' or 'conversation_id' must be provided.`,
      'input',
      'missing_required_parameter',
    ),
  ],
  [{ input: 'Hi', model: undefined }, missing('model')],
  [
    { input: 'Hi', max_output_tokens: 15 },
    refusal(
      "Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16, but got 15 instead.",
      'max_output_tokens',
      'integer_below_min_value',
    ),
  ],
  [{ input: 'Hi', metadata: { a: true } }, wrongType('metadata.a', 'a string', 'a boolean')],
  [
    { input: 'Hi', tools: [{ ...TOOL, strict: true }] },
    wrongSchema('tools[0].parameters', 'refund_order', OPEN_SCHEMA),
  ],
  [
    { input: 'Hi', tools: [TOOL], tool_choice: { type: 'function', name: 'pay' } },
    refusal("Tool choice 'pay' not found in 'tools' parameter.", 'tool_choice'),
  ],
  [
    { input: [{ type: 'function_call_output', call_id: 'call_9', output: 'ok' }] },
    refusal('No tool call found for function call output with call_id call_9.', 'input'),
  ],
  [
    { input: [{ type: 'function_call', call_id: 'call_9', name: 'pay', arguments: '{}' }] },
    refusal('No tool output found for function call call_9.', 'input'),
  ],
  [
    { input: [{ type: 'mcp_approval_response', approval_request_id: 'mcpr_9', approve: true }] },
    refusal('No approval request found for approval_request_id mcpr_9.', 'input'),
  ],
  [
    { input: 'Hi', previous_response_id: 'resp_x' },
    refusal(
      "Previous response with id 'resp_x' not found.",
      'previous_response_id',
      'previous_response_not_found',
    ),
  ],
  [
    { input: 'Hi', previous_response_id: 'resp_x', conversation: 'conv_x' },
    refusal(
      "Mutually exclusive parameters: 'previous_response_id' and 'conversation'. Provide only one of them.",
      null,
      'mutually_exclusive_parameters',
    ),
  ],
  [
    { input: 'Hi', background: true, store: false },
    refusal("Background mode requires 'store' to be true.", 'store'),
  ],
])('%j is refused', async (body, expected) => {
  const answer = await create(atOnce(), body);
  expect(answer.body.error).toEqual(expected);
  expect(answer.status).toBe(400);
});

test('every call of a response is answered before anything else', async () => {
  const bench = atOnce();
  const first = (await create(bench, { input: 'Refund order A-1 and A-2', tools: [TOOL] })).body;
  const [one, two] = first.output as unknown as { call_id: string }[];
  const next = (input: unknown) => create(bench, { input, previous_response_id: first.id, tools: [TOOL] });
  const output = (call: { call_id: string }) => ({
    type: 'function_call_output',
    call_id: call.call_id,
    output: 'ok',
  });
  const missing = (call: { call_id: string }) =>
    refusal(`No tool output found for function call ${call.call_id}.`, 'input');
  expect((await next('Never mind')).body.error).toEqual(missing(one!));
  expect((await next([output(one!)])).body.error).toEqual(missing(two!));
  expect((await next([output(one!), output(two!), output({ call_id: 'call_9' })])).body.error).toEqual(
    refusal('No tool call found for function call output with call_id call_9.', 'input'),
  );
  expect((await next([output(two!), output(one!)])).status).toBe(200);
});

test('an item is named once, and has to be known', async () => {
  const bench = atOnce();
  const first = (await create(bench, { input: 'Hello' })).body;
  const [{ id }] = first.output as unknown as [{ id: string }];
  const twice = { input: [{ type: 'item_reference', id }], previous_response_id: first.id };
  expect((await create(bench, twice)).body.error).toEqual(
    refusal(
      `Duplicate item found with id ${id}. Remove duplicate items from your input and try again.`,
      'input',
    ),
  );
  const own = { input: [{ id }, { role: 'user', content: 'And?' }] };
  expect((await create(bench, own)).status).toBe(200);
  const unknown = await create(bench, { input: [{ type: 'item_reference', id: 'msg_x' }] });
  expect(unknown.status).toBe(404);
  expect(unknown.body.error.message).toMatch(
    /^Item with id 'msg_x' not found\. Items are not persisted when/,
  );
});

test('only what is under way in the background can be cancelled', async () => {
  const bench = createBench();
  const cancel = async (id: string) => (await bench.send('POST', `/v1/responses/${id}/cancel`)).body.error;
  const { id } = (await create(bench, { input: 'Hello', background: true })).body;
  bench.pass(5_000);
  expect(await cancel(id)).toEqual(refusal('Cannot cancel a completed response.'));
  const direct = atOnce();
  const waited = (await create(direct, { input: 'Hello' })).body;
  const refused = await direct.send('POST', `/v1/responses/${waited.id}/cancel`);
  expect(refused.body.error).toEqual(refusal('Cannot cancel a synchronous response.'));
});

test('nothing goes on from a response that is not over', async () => {
  const bench = createBench();
  const { id } = (await create(bench, { input: 'Hello', background: true })).body;
  expect((await create(bench, { input: 'And?', previous_response_id: id, background: true })).status).toBe(
    400,
  );
  bench.pass(5_000);
  expect((await create(bench, { input: 'And?', previous_response_id: id, background: true })).status).toBe(
    200,
  );
});

test.each([
  ['GET', '/v1/responses/resp_x', "Response with id 'resp_x' not found."],
  ['DELETE', '/v1/responses/resp_x', "Response with id 'resp_x' not found."],
  ['POST', '/v1/responses/resp_x/cancel', "Response with id 'resp_x' not found."],
  ['GET', '/v1/responses/resp_x/input_items', "Response with id 'resp_x' not found."],
  ['GET', '/v1/conversations/conv_x', "Conversation with id 'conv_x' not found."],
  ['DELETE', '/v1/conversations/conv_x', "Conversation with id 'conv_x' not found."],
  ['GET', '/v1/conversations/conv_x/items', "Conversation with id 'conv_x' not found."],
])('%s %s is not found', async (method, path, message) => {
  const answer = await atOnce().send(method, path, undefined, plain);
  expect([answer.status, answer.body.error]).toEqual([404, refusal(message)]);
});

test('a wrong key is refused here too, and the beta header is not asked for', async () => {
  const bench = createBench({ apiKey: 'sk-right' });
  for (const [method, path] of [
    ['POST', '/v1/responses'],
    ['GET', '/v1/conversations/conv_x'],
  ] as const) {
    const answer = await bench.send(method, path, method === 'POST' ? {} : undefined, plain);
    expect([answer.status, answer.body.error.code]).toEqual([401, 'invalid_api_key']);
  }
});
