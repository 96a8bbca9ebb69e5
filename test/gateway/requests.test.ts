import { describe, expect, it } from 'vitest';

import { createApiKey } from '../../src/gateway/app.ts';
import {
  createTestGateway,
  problemOf,
  NOW,
  REQUEST_ID,
  sampleApproval,
  signedInBrowser,
  signedWebhook,
  TENANT,
} from './support.ts';

const ACTION = 'Send the contract to Acme for $48,000 a year';

async function ask(json: unknown, callbackHosts: string[] = []) {
  const gateway = createTestGateway({ callbackHosts });
  const response = await gateway.ask('POST', '/decisions', { json });
  return { gateway, response, body: (await response.json()) as Record<string, unknown> };
}

describe('POST /decisions', () => {
  it('answers 201 with id, status and times; an hour is the default', async () => {
    const { gateway, response, body } = await ask({ action: ACTION });
    expect(response.status).toBe(201);
    expect(response.headers.get('location')).toBe(`/decisions/${REQUEST_ID}`);
    expect(body).toEqual({
      id: REQUEST_ID,
      status: 'pending',
      created_at: '2026-03-01T12:00:00.000Z',
      expires_at: '2026-03-01T13:00:00.000Z',
    });
    expect(gateway.client.asked).toMatchObject([
      { tenant: TENANT, requestedBy: 'backoffice', action: ACTION, urgency: 'medium', withinMs: 3_600_000 },
    ]);
  });

  it('who must agree is of the key, and never of the body', async () => {
    const rule = { quorum: { approve: 2, deny: 1 }, notRequester: true as const, note: 'deny' as const };
    const strict = createApiKey({
      ...{ name: 'deploy-bot', tenant: TENANT, scopes: ['turns:write'] },
      requests: { approvers: ['release'], ...rule },
    });
    const gateway = createTestGateway({ apiKeys: [strict.entry] });
    const post = (json: object) => gateway.ask('POST', '/decisions', { key: strict.key, json });
    expect((await post({ action: ACTION, approver: 'sarah' })).status).toBe(201);
    expect(gateway.client.asked).toMatchObject([
      { requestedBy: 'deploy-bot', approvers: ['release'], rule, approver: 'sarah' },
    ]);
    for (const [field, value] of Object.entries({
      ...{ approvers: ['anybody'], quorum: { approve: 1 }, notRequester: false, not_requester: false },
      ...{ rule: {}, requests: {}, note: 'never', breakGlass: { groups: ['all'] } },
    })) {
      const response = await post({ action: ACTION, [field]: value });
      expect(response.status, field).toBe(422);
      expect(await response.json()).toMatchObject({ errors: [{ field, message: 'is not a known field' }] });
    }
    expect(gateway.client.asked).toHaveLength(1);
  });

  it('hands on everything that was asked, and the Idempotency-Key', async () => {
    const gateway = createTestGateway({ callbackHosts: ['hooks.example.com'] });
    const json = {
      ...{ action: ACTION, context: { calls: 3 }, approver: 'sarah@company.com', urgency: 'critical' },
      ...{ timeout_minutes: 120, callback_url: 'https://hooks.example.com/answers' },
    };
    const headers = { 'idempotency-key': 'contract-7' };
    const { status } = await gateway.ask('POST', '/decisions', { json, headers });
    expect(status).toBe(201);
    expect(gateway.client.asked).toMatchObject([
      {
        ...{ context: { calls: 3 }, approver: 'sarah@company.com', urgency: 'critical' },
        ...{ withinMs: 7_200_000, idempotencyKey: 'contract-7' },
        callbackUrl: 'https://hooks.example.com/answers',
      },
    ]);
  });

  it.each<[string, object, number, string, RegExp]>([
    ['no action', {}, 422, 'action', /./],
    ['an empty action', { action: '' }, 422, 'action', /must say what/],
    ['an action of 4,001 characters', { action: 'x'.repeat(4_001) }, 413, 'action', /at most 4,000/],
    ['an unknown urgency', { action: ACTION, urgency: 'soon' }, 422, 'urgency', /one of low, medium/],
    ['0 minutes', { action: ACTION, timeout_minutes: 0 }, 422, 'timeout_minutes', /from 1 to 43200/],
    ['half a minute', { action: ACTION, timeout_minutes: 0.5 }, 422, 'timeout_minutes', /whole number/],
    ['31 days', { action: ACTION, timeout_minutes: 44_640 }, 422, 'timeout_minutes', /43200/],
    ['minutes as a text', { action: ACTION, timeout_minutes: '60' }, 422, 'timeout_minutes', /whole number/],
    ['a list as context', { action: ACTION, context: [1] }, 422, 'context', /text or a JSON object/],
    ['a context of 101 kB', { action: ACTION, context: 'x'.repeat(101_000) }, 413, 'context', /100,000/],
    ['an unknown field', { action: ACTION, timeout: 5 }, 422, 'timeout', /not a known field/],
  ])('%s is refused, with the field and what is allowed', async (_what, json, status, field, message) => {
    const { gateway, response, body } = await ask(json);
    expect(response.status).toBe(status);
    expect(body.errors).toMatchObject([{ field, message: expect.stringMatching(message) as string }]);
    expect(gateway.client.asked).toEqual([]);
  });

  it.each<[string, string[], string, RegExp]>([
    ['no host is listed', [], 'https://hooks.example.com/', /COUNTERSIGN_CALLBACK_HOSTS does not list it/],
    ['another host is listed', ['other.example.com'], 'https://hooks.example.com/', /HOSTS does not list/],
    ['another port is listed', ['hooks.example.com:8443'], 'https://hooks.example.com/', /does not list/],
    ['a pattern meets a private address', ['*'], 'http://10.0.0.7/', /not public/],
    ['a pattern meets loopback written as a number', ['*'], 'http://2130706433/', /127\.0\.0\.1.*not public/],
    ['a pattern meets loopback in IPv6', ['*'], 'http://[::1]:8080/', /not public/],
    ['a pattern meets an IPv4 address inside IPv6', ['*'], 'http://[::ffff:10.0.0.7]/', /not public/],
    ['a pattern meets the cloud’s metadata', ['*'], 'http://169.254.169.254/', /not public/],
    ['it is no web address', ['*'], 'file:///etc/passwd', /http or https/],
    ['it holds a password', ['*'], 'https://a:b@hooks.example.com/', /password/],
  ])('a callback is refused when %s', async (_why, hosts, url, message) => {
    const { gateway, response, body } = await ask({ action: ACTION, callback_url: url }, hosts);
    expect(response.status).toBe(422);
    expect(body).toMatchObject({
      type: 'urn:countersign:problem:callback-not-allowed',
      errors: [{ field: 'callback_url', message: expect.stringMatching(message) as string }],
    });
    expect(gateway.client.asked).toEqual([]);
  });

  it.each<[string[], string]>([
    [['10.0.0.7:8443'], 'https://10.0.0.7:8443/answers'],
    [['[::1]'], 'http://[::1]:9000/'],
    [['*.example.com'], 'https://hooks.example.com/'],
    [['*'], 'https://hooks.example.com/'],
    [['localhost'], 'http://localhost:3000/'],
  ])('with %j listed, a callback to %s is taken', async (hosts, url) => {
    expect((await ask({ action: ACTION, callback_url: url }, hosts)).response.status).toBe(201);
  });
});

describe('GET /decisions/{id}', () => {
  it('answers every field, null where there is nothing yet', async () => {
    const { gateway } = await ask({ action: ACTION });
    const response = await gateway.ask('GET', `/decisions/${REQUEST_ID}`);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      ...{ id: REQUEST_ID, action: ACTION, context: null, urgency: 'medium', approver: null },
      ...{ status: 'pending', response_notes: null, resolved_at: null, resolved_by: null },
      created_at: new Date(NOW).toISOString(),
      expires_at: '2026-03-01T13:00:00.000Z',
    });
  });

  it.each(['req_0000000000000000000000aa', 'order-4711.k3f9w2m7c5q8', 'x'])('%s is not found', async (id) => {
    const response = await createTestGateway().ask('GET', `/decisions/${id}`);
    expect(await problemOf(response)).toMatchObject({
      status: 404,
      type: 'urn:countersign:problem:request-not-found',
    });
  });

  it('is not found by another tenant', async () => {
    const { gateway } = await ask({ action: ACTION });
    const { key } = gateway.keys.otherTenant;
    expect((await gateway.ask('GET', `/decisions/${REQUEST_ID}`, { key })).status).toBe(404);
  });
});

/** A pending request beside the turn's approval that the gateway knows. */
function gatewayWithRequest() {
  const gateway = createTestGateway();
  const { turnId: _, conversationId: _1, assistant: _2, toolCallId: _3, ...card } = sampleApproval();
  const approval = { ...card, approvalId: REQUEST_ID, tool: 'request', arguments: { action: ACTION } };
  gateway.client.approvals = [approval];
  return gateway;
}

it('a request is read and decided like every approval, by HTTP and by webhook', async () => {
  const gateway = gatewayWithRequest();
  const read = await gateway.ask('GET', `/v1/approvals/${REQUEST_ID}`);
  expect(await read.json()).toMatchObject({ approvalId: REQUEST_ID, tool: 'request', status: 'pending' });
  const json = { decision: 'approve', note: 'Go ahead.' };
  const decided = await gateway.ask('POST', `/v1/approvals/${REQUEST_ID}/decision`, { json });
  expect(decided.status).toBe(200);
  const body = JSON.stringify({ approvalId: REQUEST_ID, approver: { id: 'bob' }, decision: 'deny' });
  const told = await gateway.ask('POST', '/v1/webhooks/slack', { key: null, ...signedWebhook(body) });
  expect(told.status).toBe(200);
  expect(gateway.client.decisions).toMatchObject([
    { approvalId: REQUEST_ID, approver: { id: 'backoffice' }, source: 'api' },
    { approvalId: REQUEST_ID, approver: { id: 'bob' }, source: 'webhook:slack' },
  ]);
});

it('a request has a card in the inbox that says who acts on the answer', async () => {
  const gateway = gatewayWithRequest();
  const browser = await signedInBrowser(gateway);
  const list = await (await browser.get('/inbox')).text();
  expect(list).toContain(`/inbox/approvals/${REQUEST_ID}`);
  const page = await (await browser.get(`/inbox/approvals/${REQUEST_ID}`)).text();
  expect(page).toContain('Send the contract to Acme');
  expect(page).toContain('The requester is told to go ahead');
  expect(page).not.toMatch(/Conversation|Assistant|The model|The run/);
});
