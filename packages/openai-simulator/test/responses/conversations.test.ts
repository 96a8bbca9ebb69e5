import OpenAI from 'openai';
import { expect, test } from 'vitest';

import { createBench } from '../support/bench.ts';
import { expectDescribed } from '../support/description.ts';
import { callsOf, connect, share, DESK, outputsOf } from '../support/responses-bench.ts';

const { client } = await share();
const LOCKED = {
  message: 'Another process is currently operating on this conversation. Please retry in a few seconds.',
  type: 'invalid_request_error',
  param: 'conversation',
  code: 'conversation_locked',
};

test('a conversation takes input and output of its responses, and goes on from them', async () => {
  const { id: conversation } = await client.conversations.create({ metadata: { desk: 'refunds' } });
  const body = { model: 'gpt-5', tools: DESK };
  const first = await client.responses.create({ ...body, conversation, input: 'Refund order A-1' });
  expect(first.conversation).toEqual({ id: conversation });
  expect(callsOf(first)).toMatchObject([['refund_order', { orderId: 'A-1' }]]);
  const last = await client.responses.create({
    ...body,
    conversation: { id: conversation },
    input: outputsOf(first, () => 'Refunded 1.'),
  });
  expect(last.output_text).toBe('Order A-1 has been refunded: Refunded 1.');

  const items = [];
  for await (const item of client.conversations.items.list(conversation, { order: 'asc', limit: 3 }))
    items.push(item);
  expect(items.map(({ type }) => type)).toEqual([
    ...['message', 'function_call', 'function_call_output', 'message'],
  ]);
  expect(items[1]).toEqual(first.output[0]);
  // Unanswered calls stand in the way of whatever comes next.
  await client.responses.create({ ...body, conversation, input: 'Refund order A-2' });
  await expect(client.responses.create({ ...body, conversation, input: 'Hello?' })).rejects.toThrow(
    /No tool output found for function call call_/,
  );
});

test('items can be added, read and taken away', async () => {
  const { id } = await client.conversations.create({ items: [{ role: 'user', content: 'one' }] });
  const added = await client.conversations.items.create(id, {
    items: [
      { role: 'user', content: 'two' },
      { role: 'assistant', content: 'three' },
    ],
  });
  expect(added.data).toMatchObject([
    { role: 'user', content: [{ type: 'input_text', text: 'two' }] },
    { role: 'assistant', content: [{ type: 'output_text', text: 'three' }] },
  ]);
  const [two] = added.data;
  expect(await client.conversations.items.retrieve(two!.id!, { conversation_id: id })).toEqual(two);
  await client.conversations.items.delete(two!.id!, { conversation_id: id });
  await expect(client.conversations.items.retrieve(two!.id!, { conversation_id: id })).rejects.toThrow(
    OpenAI.NotFoundError,
  );
  expect((await client.conversations.items.list(id)).data).toHaveLength(2);

  await client.conversations.update(id, { metadata: { a: 'b' } });
  expect(await client.conversations.retrieve(id)).toMatchObject({ metadata: { a: 'b' } });
  await client.conversations.delete(id);
  await expect(client.conversations.retrieve(id)).rejects.toThrow(OpenAI.NotFoundError);
});

test('a response in the background locks its conversation until it is over, and no other', async () => {
  const bench = createBench({}, expectDescribed);
  const { id } = (await bench.send('POST', '/v1/conversations', {})).body;
  const say = (input: string, conversation = id) =>
    bench.send('POST', '/v1/responses', { model: 'gpt-5', input, conversation, background: true });
  const items = async () => (await bench.send('GET', `/v1/conversations/${id}/items`)).body.data;

  const first = await say('Hello');
  expect(first.status).toBe(200);
  const refused = await say('And?');
  expect([refused.status, refused.body.error]).toEqual([400, LOCKED]);
  const item = { items: [{ role: 'user', content: 'Hi' }] };
  expect((await bench.send('POST', `/v1/conversations/${id}/items`, item)).body.error).toEqual(LOCKED);
  const other = (await bench.send('POST', '/v1/conversations', {})).body;
  expect((await say('Hello', other.id)).status).toBe(200);
  bench.pass(2_500);
  expect((await say('And now?')).body.error).toEqual(LOCKED);
  expect(await items()).toEqual([]);

  bench.pass(500);
  expect(await items()).toHaveLength(2);
  const second = await say('And now?');
  expect(second.status).toBe(200);
  await bench.send('POST', `/v1/responses/${second.body.id}/cancel`);
  expect((await say('Once more')).status).toBe(200);
  expect(await items()).toHaveLength(2);
});

test('so does one that somebody waits for', async () => {
  const { client } = await connect({ latency: { startMs: 0, thinkMs: 400 } });
  const { id: conversation } = await client.conversations.create();
  const body = { model: 'gpt-5', input: 'Hello', conversation };
  const first = client.responses.create(body);
  await expect
    .poll(async () => {
      const error: unknown = await client.conversations.items
        .create(conversation, { items: [{ role: 'user', content: 'Hi' }] })
        .catch((refused: unknown) => refused);
      return error instanceof OpenAI.APIError ? error.code : undefined;
    })
    .toBe('conversation_locked');
  expect((await first).status).toBe('completed');
  expect((await client.responses.create(body)).status).toBe('completed');
});
