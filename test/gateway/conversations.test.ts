import { expect, it } from 'vitest';

import { IdempotencyKeyReusedError } from '../../src/client.ts';
import { createTestGateway, problemOf } from './support.ts';

it("lists the conversations of the key's tenant", async () => {
  const { ask, keys } = createTestGateway();
  const response = await ask('GET', '/v1/conversations?user=maria&limit=1');
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({
    conversations: [{ conversationId: 'order-4711' }],
    more: false,
  });
  const other = await ask('GET', '/v1/conversations', { key: keys.otherTenant.key });
  expect(await other.json()).toEqual({ conversations: [], more: false });
  expect(await (await ask('GET', '/v1/conversations?user=nobody')).json()).toMatchObject({
    conversations: [],
  });
});

it.each([
  ['an empty user', '?user=', 'user'],
  ['a user of 201 characters', `?user=${'x'.repeat(201)}`, 'user'],
  ['no limit', '?limit=0', 'limit'],
  ['a limit of 101', '?limit=101', 'limit'],
])('refuses %s', async (_what, query, field) => {
  const response = await createTestGateway().ask('GET', `/v1/conversations${query}`);
  expect(await problemOf(response)).toMatchObject({ status: 400, errors: [{ field }] });
});

it('answers a key that comes again with another body with 422', async () => {
  const { ask, client } = createTestGateway();
  client.failure = new IdempotencyKeyReusedError();
  const response = await ask('POST', '/v1/conversations/order-4711/turns', {
    json: { message: 'Hello' },
    headers: { 'idempotency-key': 'k-1' },
  });
  expect(await problemOf(response)).toMatchObject({
    status: 422,
    type: 'urn:countersign:problem:idempotency-key-reused',
  });
});
