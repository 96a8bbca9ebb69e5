import { expect, it } from 'vitest';

import { APPROVAL_ID, createTestGateway, HINT_TOKEN, signedWebhook, TENANT } from './support.ts';

const TEN_MEGABYTES = 10 * 1024 * 1024;

it.each([
  '/v1/conversations/order-4711/turns',
  `/v1/approvals/${APPROVAL_ID}/decision`,
  '/v1/webhooks/slack',
  '/v1/webhooks/openai',
  `/v1/webhooks/handover?tenant=${TENANT}&approval=${APPROVAL_ID}&token=${HINT_TOKEN}`,
  '/decisions',
])('POST %s refuses a body of 10 MB with the limit, and does nothing', async (path) => {
  const { ask, client } = createTestGateway();
  const { headers } = signedWebhook('');
  const response = await ask('POST', path, {
    body: JSON.stringify({ message: 'x'.repeat(TEN_MEGABYTES) }),
    headers: { ...headers, 'content-type': 'application/json' },
  });
  expect(response.status).toBe(413);
  expect(await response.json()).toMatchObject({
    type: 'urn:countersign:problem:body-too-large',
    detail: expect.stringContaining('1,048,576') as string,
  });
  const { started, decisions, cancelled, hints, runHints, asked } = client;
  expect([started, decisions, cancelled, hints, runHints, asked].flat()).toEqual([]);
});
