import { expect, test } from 'vitest';

import { createBench, HEADERS, type Bench } from '../support/bench.ts';
import { refusal } from '../support/refusals.ts';

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
