import { describe, expect, it } from 'vitest';

import { TooLargeError } from '../../src/client.ts';
import {
  APPROVAL_ID,
  createTestGateway,
  formFields,
  HINT_TOKEN,
  signedInBrowser,
  signedWebhook,
  TENANT,
} from './support.ts';

const TURNS = '/v1/conversations/order-4711/turns';
const DECISION = `/v1/approvals/${APPROVAL_ID}/decision`;
const TOO_LARGE = { status: 413, type: 'urn:countersign:problem:too-large' };
const EDIT = { decision: 'edit', arguments: { text: 'x'.repeat(300_000) } };
const EDIT_ERRORS = [
  { field: 'arguments', message: 'has 300,011 bytes as JSON, at most 300,000 are allowed' },
];

describe('a part of a body that is too large', () => {
  const pairs = Object.fromEntries([...Array(15).keys()].map((key) => [key, 'v']));
  it.each([
    ['message', '256,001 characters', '256,000', { message: 'x'.repeat(256_001) }],
    ['message', '900,002 bytes as JSON', '800,000', { message: '\u0001'.repeat(150_000) }],
    ['context', '16,012 bytes as JSON', '16,000', { message: 'hi', context: { notes: 'ü'.repeat(8_000) } }],
    ['metadata', '15 pairs', '13', { message: 'hi', metadata: pairs }],
    ['arguments', '300,011 bytes as JSON', '300,000', EDIT],
    ['note', '4,001 characters', '4,000', { decision: 'deny', note: 'x'.repeat(4_001) }],
    ['response', '16,001 characters', '16,000', { decision: 'respond', response: 'x'.repeat(16_001) }],
  ])('is answered 413 with its field, size and limit: %s, %s', async (field, size, limit, json) => {
    const { ask, client } = createTestGateway({ maximumBodyBytes: 2_000_000 });
    const response = await ask('POST', 'decision' in json ? DECISION : TURNS, { json });
    const message = `has ${size}, at most ${limit} are allowed`;
    expect(await response.json()).toMatchObject({
      ...TOO_LARGE,
      errors: [{ field, message }],
      detail: expect.stringContaining(`${field} ${message}`) as string,
    });
    expect(client.changes()).toEqual([]);
  });

  it('is told with what else is wrong, then as an invalid body', async () => {
    const json = { message: 'x'.repeat(256_001), colour: 'red' };
    const response = await createTestGateway().ask('POST', TURNS, { json });
    expect(await response.json()).toMatchObject({
      status: 422,
      errors: [{ field: 'message' }, { field: 'colour' }],
    });
  });

  it('is found by the client where no schema has seen it', async () => {
    const gateway = createTestGateway();
    const error = new TooLargeError('message', 'has 2 characters, at most 1 are allowed');
    gateway.client.failure = error;
    const response = await gateway.ask('POST', TURNS, { json: { message: 'hi' } });
    const { field, message } = error;
    expect(await response.json()).toMatchObject({ ...TOO_LARGE, errors: [{ field, message }] });
  });

  it('is refused in a webhook, too', async () => {
    const { ask, client } = createTestGateway();
    const body = JSON.stringify({ ...EDIT, approvalId: APPROVAL_ID, approver: { id: 'grace' } });
    const response = await ask('POST', '/v1/webhooks/slack', { key: null, ...signedWebhook(body) });
    expect(await response.json()).toMatchObject({ ...TOO_LARGE, errors: EDIT_ERRORS });
    expect(client.decisions).toEqual([]);
  });

  it('is told in the inbox, and nobody loses what they typed', async () => {
    const gateway = createTestGateway();
    const browser = await signedInBrowser(gateway);
    const card = `/inbox/approvals/${APPROVAL_ID}`;
    const fields = formFields(await (await browser.get(card)).text(), 'edit');
    const typed = JSON.stringify(EDIT.arguments);
    const answer = await browser.post(`${card}/decision`, { ...fields, decision: 'edit', arguments: typed });
    const page = await answer.text();
    expect(page).toContain(EDIT_ERRORS[0]!.message);
    expect(page).toContain('x'.repeat(300_000));
    expect(gateway.client.decisions).toEqual([]);
  });
});

it.each([
  TURNS,
  DECISION,
  '/v1/webhooks/slack',
  '/v1/webhooks/openai',
  `/v1/webhooks/handover?tenant=${TENANT}&approval=${APPROVAL_ID}&token=${HINT_TOKEN}`,
  '/decisions',
])('POST %s refuses a body of 10 MB with the limit, and does nothing', async (path) => {
  const { ask, client } = createTestGateway();
  const { headers } = signedWebhook('');
  const response = await ask('POST', path, { json: { message: 'x'.repeat(10 * 1024 * 1024) }, headers });
  expect(await response.json()).toMatchObject({
    status: 413,
    type: 'urn:countersign:problem:body-too-large',
    detail: expect.stringContaining('1,048,576') as string,
  });
  expect(client.changes()).toEqual([]);
});
