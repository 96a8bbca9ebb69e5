import { expect, it } from 'vitest';

import {
  APPROVAL_ID,
  createTestGateway,
  problemOf,
  HINT_TOKEN,
  signedWebhook,
  TENANT,
  WEBHOOK_SECRET,
} from './support.ts';

const address = (token = HINT_TOKEN) =>
  `/v1/webhooks/handover?tenant=${TENANT}&approval=${APPROVAL_ID}&token=${token}`;

it.each<[string, string, string | undefined]>([
  ['an id', '{"id": "d-1", "status": "approved"}', 'd-1'],
  ['a decision_id', '{"event": "resolved", "decision_id": "d-1"}', 'd-1'],
  ['neither', '{"status": "approved"}', undefined],
  ['an id that is none', '{"id": 5}', undefined],
  ['no JSON', 'status=approved', undefined],
  ['nothing', '', undefined],
])('a hint with %s in its body is passed on without any decision', async (_what, body, decisionId) => {
  const gateway = createTestGateway();
  const response = await gateway.ask('POST', address(), { key: null, body });
  expect(response.status).toBe(204);
  expect(gateway.client.hints).toEqual([
    { tenant: TENANT, approvalId: APPROVAL_ID, token: HINT_TOKEN, decisionId },
  ]);
  expect(gateway.client.decisions).toEqual([]);
  expect(JSON.stringify(gateway.logged)).not.toContain(HINT_TOKEN);
});

it('a hint at an address that was not given out is refused', async () => {
  const gateway = createTestGateway();
  const response = await gateway.ask('POST', address('0'.repeat(32)), { key: null, body: '{}' });
  expect(await problemOf(response)).toMatchObject({
    status: 401,
    type: 'urn:countersign:problem:webhook-not-verified',
  });
});

it('without an approval in the address it is a signed webhook of a source of that name', async () => {
  const gateway = createTestGateway({
    webhookSources: [{ source: 'handover', tenant: TENANT, secrets: [WEBHOOK_SECRET] }],
  });
  const body = JSON.stringify({ approvalId: APPROVAL_ID, approver: { id: 'bob' }, decision: 'deny' });
  const signed = { key: null, ...signedWebhook(body) };
  expect((await gateway.ask('POST', '/v1/webhooks/handover', signed)).status).toBe(200);
  expect((await gateway.ask('POST', '/v1/webhooks/handover', { key: null, body })).status).toBe(401);
  expect(gateway.client.hints).toEqual([]);
});
