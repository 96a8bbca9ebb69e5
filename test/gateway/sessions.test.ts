import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { RequestRules } from '../../src/contracts/approval/rule-schema.ts';
import { createApiKey, createInboxLink } from '../../src/gateway/app.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import {
  APPROVAL_ID,
  BASE_URL,
  createBrowser,
  createTestGateway,
  formFields,
  NOW,
  problemOf,
  sampleApproval,
  SESSION_SECRET,
  signedWebhook,
  TENANT,
  type Browser,
  type TestGateway,
} from './support.ts';

/** Two gateways with one store: what one of them takes, the other knows. */

const CARD = `/inbox/approvals/${APPROVAL_ID}`;
let folder: string;
let store: Store;
let now = NOW;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-sessions-'));
  store = await openStore({ url: `sqlite:${join(folder, 'store.sqlite')}`, clock: () => now });
});
afterAll(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

const gatewayWith = (overrides: Parameters<typeof createTestGateway>[0] = {}) =>
  createTestGateway({ store, clock: () => now, ...overrides });
const linkFor = (id: string, groups?: string[]) =>
  createInboxLink({
    ...{ sessionSecret: SESSION_SECRET, baseUrl: BASE_URL, tenant: TENANT },
    approver: { id, ...(groups && { groups }) },
    clock: () => now,
  });

async function enter(gateway: TestGateway, url: string, browser = createBrowser(gateway)) {
  const page = await (await browser.get(url)).text();
  return { browser, answer: await browser.post('/inbox/login', formFields(page)) };
}

/** The same cookies, sent to another gateway. */
function through(gateway: TestGateway, { cookies }: Browser): Browser {
  const other = createBrowser(gateway);
  for (const [name, value] of cookies) other.cookies.set(name, value);
  return other;
}

const statusOf = async (browser: Browser) => (await browser.get('/inbox')).status;

describe('with a store', () => {
  it('a sign-in link works once for all gateways', async () => {
    const [one, other] = [gatewayWith(), gatewayWith()];
    const url = await linkFor('alice');
    const waiting = createBrowser(other);
    const page = await (await waiting.get(url)).text();
    expect((await enter(one, url)).answer.status).toBe(303);
    expect((await waiting.post('/inbox/login', formFields(page))).status).toBe(401);
    expect((await createBrowser(other).get(url)).status).toBe(401);
  });

  it('a session opens every gateway, and signing out ends it at once on all of them', async () => {
    const [one, other] = [gatewayWith(), gatewayWith()];
    const { browser } = await enter(one, await linkFor('alice'));
    const copy = through(other, browser);
    expect(await statusOf(copy)).toBe(200);
    const [, csrf = ''] = /name="csrf" value="([^"]*)"/.exec(await (await copy.get('/inbox')).text()) ?? [];
    expect((await copy.post('/inbox/logout', { csrf })).status).toBe(200);
    expect(await statusOf(browser)).toBe(401);
  });

  it('a session ends after twelve hours, or two without use', async () => {
    const gateway = gatewayWith();
    const { browser } = await enter(gateway, await linkFor('alice'));
    for (now = NOW; now < NOW + 11 * 3_600_000; now += 3_600_000) expect(await statusOf(browser)).toBe(200);
    now = NOW + 12 * 3_600_000 + 1_000;
    expect(await statusOf(browser)).toBe(401);
    const { browser: idle } = await enter(gateway, await linkFor('alice'));
    now += 2 * 3_600_000 + 1_000;
    expect(await statusOf(idle)).toBe(401);
    now = NOW;
  });

  it('whose right is taken away is out at once, and comes in by no link', async () => {
    const gateway = gatewayWith();
    const { browser } = await enter(gateway, await linkFor('mallory'));
    expect(await statusOf(browser)).toBe(200);
    await store.revocations.revoke(TENANT, 'mallory');
    expect(await statusOf(browser)).toBe(401);
    const { answer } = await enter(gateway, await linkFor('mallory'));
    expect([answer.status, await answer.text()]).toEqual([
      403,
      expect.stringContaining('Your right to decide has been taken away'),
    ]);
  });
});

describe('the directory', () => {
  beforeAll(() =>
    store.people.put(TENANT, [
      {
        ...{ id: 'grace', name: 'Grace Hopper', mail: 'Grace@acme.example', slackId: 'U0GRACE' },
        groups: ['finance', 'on-call'],
      },
      { id: 'backoffice', groups: ['finance'] },
    ]),
  );

  const decisionOf = async (send: (gateway: TestGateway) => Promise<unknown>) => {
    const gateway = gatewayWith();
    await send(gateway);
    return gateway.client.decisions[0];
  };
  const webhook = (id: string, groups?: string[]) => async (gateway: TestGateway) =>
    gateway.app.request('/v1/webhooks/slack', {
      method: 'POST',
      ...signedWebhook(
        JSON.stringify({
          ...{ approvalId: APPROVAL_ID, decision: 'approve' },
          approver: { id, ...(groups && { groups }) },
        }),
        { timestamp: now / 1_000 },
      ),
    });
  const inbox = (id: string, groups?: string[]) => async (gateway: TestGateway) => {
    const { browser } = await enter(gateway, await linkFor(id, groups));
    const page = await (await browser.get(CARD)).text();
    await browser.post(`${CARD}/decision`, formFields(page, 'approve'));
  };
  const byKey = (gateway: TestGateway) =>
    gateway.ask('POST', `/v1/approvals/${APPROVAL_ID}/decision`, { json: { decision: 'approve' } });

  it.each([
    ['a webhook with her id', webhook('grace'), { by: 'webhook', name: 'slack' }],
    ['a webhook with her mail address', webhook('grace@ACME.example'), { by: 'webhook', name: 'slack' }],
    ['a webhook with her Slack id', webhook('U0GRACE'), { by: 'webhook', name: 'slack' }],
    ['the inbox', inbox('grace@acme.example'), { by: 'link', at: new Date(NOW).toISOString() }],
  ])('takes one person for one voter, by %s', async (_door, send, authenticated) => {
    expect(await decisionOf(send)).toMatchObject({
      approver: { id: 'grace', groups: ['finance', 'on-call'] },
      authenticated,
    });
  });

  it('says which groups its people have: a credential may name fewer, and none beside them', async () => {
    expect(await decisionOf(webhook('grace', ['finance', 'admin']))).toMatchObject({
      approver: { groups: ['finance'] },
    });
    expect(await decisionOf(inbox('grace', ['board']))).toMatchObject({ approver: { groups: [] } });
    expect(await decisionOf(byKey)).toMatchObject({
      approver: { id: 'backoffice', groups: ['finance'] },
      authenticated: { by: 'key', name: 'backoffice' },
    });
  });

  it('leaves whom it does not know as they came', async () => {
    expect(await decisionOf(webhook('eve', ['finance']))).toMatchObject({
      approver: { id: 'eve', groups: ['finance'] },
    });
  });

  it('is heard at the next decision by every door: who is revoked decides nothing', async () => {
    const gateway = gatewayWith();
    const { browser } = await enter(gateway, await linkFor('grace'));
    const fields = formFields(await (await browser.get(CARD)).text(), 'approve');
    await store.revocations.revoke(TENANT, 'grace');
    await store.revocations.revoke(TENANT, 'backoffice');
    const answers = [await webhook('U0GRACE')(gateway), await byKey(gateway)];
    for (const answer of answers) {
      expect(answer.status).toBe(403);
      expect(await problemOf(answer)).toMatchObject({ type: 'urn:countersign:problem:revoked' });
    }
    expect((await browser.post(`${CARD}/decision`, fields)).status).toBe(401);
    expect(gateway.client.decisions).toEqual([]);

    await store.revocations.restore(TENANT, 'grace');
    expect((await webhook('U0GRACE')(gateway)).status).toBe(200);
    await store.revocations.restore(TENANT, 'backoffice');
  });
});

describe('a request over HTTP, with a directory', () => {
  const ask = async (approver: string, requests: RequestRules = {}) => {
    const { entry, key } = createApiKey({
      ...{ name: 'backoffice', tenant: TENANT, scopes: ['turns:write'], requests },
    });
    const gateway = gatewayWith({ apiKeys: [entry] });
    const answer = await gateway.ask('POST', '/decisions', { key, json: { action: 'Pay.', approver } });
    return { answer, asked: gateway.client.asked[0] };
  };

  it('is answered by the group that it names', async () => {
    expect((await ask('finance')).asked).toMatchObject({ approver: 'finance', approvers: ['finance'] });
  });

  it.each(['grace', 'grace@acme.example', 'U0GRACE'])(
    'is answered by the person it names: %s',
    async (name) => {
      const { asked } = await ask(name, { approvers: ['finance'], note: 'deny' });
      expect(asked).toMatchObject({
        ...{ approver: name, approvers: ['finance'], rule: { person: 'grace', note: 'deny' } },
      });
    },
  );

  const two = { approve: 2, deny: 1 };
  const board = { approve: 1, deny: 1, from: [{ group: 'board', atLeast: 1 }] };
  it.each<[string, string, RequestRules, RegExp]>([
    ['nobody of it: it says who exists', 'Somebody', {}, /such as finance, on-call, backoffice, grace/],
    [
      'a group that the operator does not let answer',
      'finance',
      { approvers: ['on-call'] },
      /one of the groups/,
    ],
    ['a group that is too small', 'on-call', { quorum: two }, /has 1 people .* 2 must agree/],
    ['one person where two must agree', 'grace', { quorum: two }, /2 people must agree/],
    ['a person of another group', 'grace', { approvers: ['board'] }, /must belong to one of the groups/],
    ['a person of another group than somebody must be of', 'grace', { quorum: board }, /somebody of "board"/],
    ['the requester', 'backoffice', { notRequester: true }, /somebody else/],
  ])('is refused when it names %s', async (_, approver, requests, message) => {
    const { answer, asked } = await ask(approver, requests);
    expect([answer.status, asked]).toEqual([422, undefined]);
    const { errors } = await problemOf(answer);
    expect(errors).toMatchObject([{ field: 'approver', message: expect.stringMatching(message) as string }]);
  });

  it.each([
    ['on-call', 'has 0 people who may decide'],
    ['grace', 'the right of grace to decide has been taken away'],
  ])('is refused when nobody may decide any more: %s', async (name, words) => {
    await store.revocations.revoke(TENANT, 'grace');
    const { answer } = await ask(name);
    expect([answer.status, await answer.text()]).toEqual([422, expect.stringContaining(words)]);
    await store.revocations.restore(TENANT, 'grace');
  });

  it('carries why nobody of the directory can answer it, where the operator has named the groups', async () => {
    const { key, entry } = createApiKey({ name: 'bot', tenant: TENANT, scopes: ['turns:write'] });
    const gateway = gatewayWith({ apiKeys: [{ ...entry, requests: { approvers: ['legal'] } }] });
    await gateway.ask('POST', '/decisions', { key, json: { action: 'Pay.' } });
    const why = 'one person of legal must approve, and nobody of the directory can';
    expect(gateway.client.asked).toMatchObject([{ unmeetable: why, approvers: ['legal'] }]);
  });
});

describe('a store that is down', () => {
  const broken = async () => {
    const gone = await openStore({ url: `sqlite:${join(folder, 'gone.sqlite')}` });
    const { StoreUnavailableError } = await import('../../src/store/errors.ts');
    const fail = () => Promise.reject(new StoreUnavailableError('unreachable', 'nothing answers'));
    return { ...gone, people: { ...gone.people, get: fail }, sessions: { ...gone.sessions, find: fail } };
  };

  it('lets nobody in, and says so', async () => {
    const gateway = gatewayWith({ store: await broken() });
    const browser = createBrowser(gateway);
    browser.cookies.set('countersign_session', 'x');
    const answer = await browser.get('/inbox');
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
  });

  it('holds back only decisions for which it matters who decides', async () => {
    const gateway = gatewayWith({ store: await broken() });
    const decide = () =>
      gateway.ask('POST', `/v1/approvals/${APPROVAL_ID}/decision`, { json: { decision: 'approve' } });
    expect((await decide()).status).toBe(200);
    gateway.client.approvals = [sampleApproval({ approvers: ['finance'] })];
    const answer = await decide();
    expect([answer.status, (await problemOf(answer)).type]).toEqual([
      503,
      'urn:countersign:problem:store-unavailable',
    ]);
    expect(gateway.client.decisions).toHaveLength(1);
  });
});
