import { join } from 'node:path';

import { afterAll, beforeAll, expect, it, test } from 'vitest';

import type { Approval } from '../../src/contracts/approval/approval.ts';
import { createRecorder } from '../../src/record/recorder.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { testFolder } from '../support/folder.ts';
import { giveTooMany } from '../support/many-grants.ts';
import {
  APPROVAL_ID,
  createTestGateway,
  formFields,
  NOW,
  sampleApproval,
  signedInBrowser,
  TENANT,
  TURN_ID,
} from './support.ts';

/** Giving a grant on the card, and the page of those that hold. */

const CARD = `/inbox/approvals/${APPROVAL_ID}`;
const terms = { forMs: 3_600_000, narrowerBy: ['amountCents'], boundTo: 'conversation' as const };
const iso = (ms: number) => new Date(NOW + ms).toISOString();
let store: Store;

beforeAll(async () => {
  store = await openStore({ url: `sqlite:${join(testFolder(), 'store.sqlite')}`, clock: () => NOW });
  const about = { approvalId: APPROVAL_ID, tool: 'refund_order', digest: `sha256:${'3f9a'.repeat(16)}` };
  const vote = { decisionId: 'd1', decision: 'approve' as const, approver: { id: 'bob' }, source: 'api' };
  const grant = {
    ...{ grantId: APPROVAL_ID, assistant: 'desk', tool: 'refund_order', conversationId: 'order-4711', terms },
    ...{ arguments: { orderId: '<b>A-1</b>', amountCents: 4_200 }, argumentsDigest: about.digest },
    ...{ requestedAt: iso(-60_000), givenAt: iso(0), until: iso(3_600_000) },
    votes: [{ ...vote, decidedAt: iso(0), grant: terms }],
  };
  await createRecorder(store).write({ tenant: TENANT, turnId: TURN_ID, conversationId: 'order-4711' }, [
    { ...about, is: 'granted', at: iso(0), grant },
  ]);
});
afterAll(() => store.close());

/** A form whose tick is set: browsers send the box of one that is, and of no other. */
const ticked = (page: string, decision: string): Record<string, string> => ({
  ...formFields(page, decision),
  grant: new RegExp(`id="${decision}-grant"\\s+name="grant"\\s+value="([^"]+)"`)
    .exec(page)![1]!
    .replaceAll('&quot;', '"'),
});

const open = async (change: Partial<Approval> = {}) => {
  const gateway = createTestGateway({ store });
  gateway.client.approvals = [sampleApproval(change)];
  return { gateway, browser: await signedInBrowser(gateway, ['finance']) };
};

it('a card whose policy lets nobody grant has no tick', async () => {
  const { browser } = await open();
  expect(await (await browser.get(CARD)).text()).not.toContain('name="grant"');
});

it('the tick says what it lets through, and is sent with the decision only where it is set', async () => {
  const { gateway, browser } = await open({ rule: { mayGrant: terms } });
  const page = await (await browser.get(CARD)).text();
  expect(page.replaceAll(/<[^>]*>/g, '').replaceAll(/\s+/g, ' ')).toContain(
    'the same for 1 hour, also with less amountCents, in this conversation',
  );
  expect(page).not.toMatch(/id="approve-grant"[^>]*checked/);
  await browser.post(`${CARD}/decision`, formFields(page, 'approve'));
  await browser.post(`${CARD}/decision`, ticked(page, 'approve'));
  expect(gateway.client.decisions.map(({ grant }) => grant)).toEqual([undefined, terms]);
});

test.each([
  ['true'],
  ['"true"'],
  ['yes'],
  ['{}'],
  ['{"forMs":0}'],
  ['{"forMs":1e12}'],
  ['{"forMs":60000,"tool":"pay"}'],
  ['{"forMs":60000,"boundTo":"tenant"}'],
])('a tick that says %s is no grant, and nothing is decided', async (grant) => {
  const { gateway, browser } = await open({ rule: { mayGrant: terms } });
  const page = await (await browser.get(CARD)).text();
  const answer = await browser.post(`${CARD}/decision`, { ...formFields(page, 'approve'), grant });
  expect(answer.status).toBe(422);
  const shown = (await answer.text()).replaceAll(/<[^>]*>/g, '');
  expect(shown).toMatch(/grant(\.\w+)? (must be|is|unknown)/);
  expect(gateway.client.decisions).toEqual([]);
});

it('whoever looks at a change keeps the tick, and has decided nothing', async () => {
  const { gateway, browser } = await open({ rule: { mayGrant: terms } });
  const page = await (await browser.get(CARD)).text();
  const change = { ...ticked(page, 'edit'), arguments: '{"orderId":"A-1","amountCents":1}', look: 'change' };
  const shown = await (await browser.post(`${CARD}/decision`, change)).text();
  expect(shown).toMatch(/id="edit-grant"[^>]*checked/);
  expect(shown).not.toMatch(/id="approve-grant"[^>]*checked/);
  expect(gateway.client.decisions).toEqual([]);
});

it.each<[string, Partial<Approval>, boolean]>([
  ['is kept where all is as it was read', {}, true],
  ['is not set beside arguments that somebody changed', { argumentsDigest: 'sha256:other' }, false],
  ['is not set beside other terms', { rule: { mayGrant: { ...terms, forMs: 7_200_000 } } }, false],
])('the tick of a form that was not accepted, or came back after a sign-in, %s', async (_, change, isSet) => {
  const { gateway, browser } = await open({ rule: { mayGrant: terms } });
  const form = ticked(await (await browser.get(CARD)).text(), 'approve');
  gateway.client.approvals = [sampleApproval({ rule: { mayGrant: terms }, ...change })];
  gateway.client.answer = ({ approvalId, decisionId }) => {
    return { outcome: 'refused', reason: 'digest_mismatch', approvalId, decisionId };
  };
  const failed = await browser.post(`${CARD}/decision`, form);
  expect(failed.status).toBe(409);
  const session = browser.cookies.get('countersign_session')!;
  browser.cookies.delete('countersign_session');
  const away = await browser.post(`${CARD}/decision`, form);
  expect(away.status).toBe(401);
  browser.cookies.set('countersign_session', session);
  const resumed = await browser.post(`${CARD}/resume`, formFields(await away.text()));
  expect(resumed.status).toBe(200);
  for (const page of [await failed.text(), await resumed.text()]) {
    const [box = ''] = /<input[^>]*id="approve-grant"[^>]*>/.exec(page) ?? [];
    expect(box).toContain('autocomplete="off"');
    expect(/\bchecked\b/.test(box)).toBe(isSet);
  }
});

it('a call that a grant let through says whose grant it was', async () => {
  const decision = {
    decisionId: 'grant:x',
    decision: 'approve' as const,
    approver: { id: 'bob' },
    source: 'grant',
  };
  const { browser } = await open({
    ...{
      status: 'approved',
      resolvedAt: iso(0),
      decision: { ...decision, decidedAt: iso(0) },
      outcome: 'executed',
    },
    byGrant: { grantId: APPROVAL_ID, by: ['bob'], until: iso(3_600_000) },
  });
  const page = (await (await browser.get(CARD)).text()).replaceAll(/<[^>]*>/g, '').replaceAll(/\s+/g, ' ');
  expect(page).toContain('Nobody was asked: it was let through by the grant of bob');
});

it('grants are listed as plain text, and taken back by a form of this inbox alone', async () => {
  const { browser } = await open();
  const list = await (await browser.get('/inbox/grants')).text();
  expect(list).toContain('&lt;b&gt;A-1&lt;/b&gt;');
  const revoke = `/inbox/grants/${APPROVAL_ID}/revoke`;
  expect((await browser.post(revoke, {})).status).toBe(403);
  expect((await store.grants.find(TENANT, APPROVAL_ID))?.revoked).toBeUndefined();
  const csrf = /name="csrf" value="([^"]+)"/.exec(list)?.[1] ?? '';
  expect((await browser.post(revoke, { csrf })).status).toBe(303);
  expect(await store.grants.find(TENANT, APPROVAL_ID)).toMatchObject({
    revoked: { by: 'alice@acme.example' },
  });
  expect(await (await browser.get('/inbox/grants')).text()).toContain('took it back');
  expect((await browser.post('/inbox/grants/nobody/revoke', { csrf })).status).toBe(404);
});

test('of more grants than are shown, those that hold come first, and page and API say that there are more', async () => {
  const { gateway, browser } = await open();
  const list = async (query = '') => (await gateway.ask('GET', `/v1/grants${query}`)).json();
  expect(await list()).toMatchObject({ grants: [{ revoked: {} }], more: false });
  expect(await (await browser.get('/inbox/grants')).text()).not.toContain('There are more');
  await giveTooMany(store, TENANT, NOW);
  const page = await (await browser.get('/inbox/grants')).text();
  expect(page.split('Take it back')).toHaveLength(201);
  expect(page).not.toContain('took it back');
  expect(page).toContain('There are more than are shown here.');
  const { grants, more } = (await list('?limit=200')) as { grants: { revoked?: object }[]; more: boolean };
  expect(grants.filter(({ revoked }) => revoked === undefined)).toHaveLength(200);
  expect(more).toBe(true);
});
