import { join } from 'node:path';

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import type { AnyApproval, Approval } from '../../src/contracts/approval/approval.ts';
import type { Grant } from '../../src/contracts/approval/grant.ts';
import { shown } from '../../src/contracts/deciding/proposals.ts';
import type { Fact } from '../../src/contracts/recording/fact.ts';
import { createInboxLink, startGateway, type RunningGateway } from '../../src/gateway/app.ts';
import type { Words } from '../../src/gateway/inbox/strings/en.ts';
import { LANGUAGES } from '../../src/gateway/inbox/strings/languages.ts';
import { toRow } from '../../src/record/index-rows.ts';
import { revokeGrant } from '../../src/record/grants.ts';
import { createRecorder } from '../../src/record/recorder.ts';
import { StoreUnavailableError } from '../../src/store/errors.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { TemporalUnavailableError } from '../../src/client/temporal-unavailable.ts';
import { createFakeClient, sampleApproval, SESSION_SECRET, TENANT, TURN_ID } from '../gateway/support.ts';
import { axeFaults, launchChromium } from '../support/chromium.ts';
import { englishOn } from '../support/english.ts';
import { testFolder } from '../support/folder.ts';
import { runOnly } from '../support/inbox.ts';

/**
 * Every page of the inbox as axe sees it, with everything on it at once, in both languages and themes, at a desk and on a phone. Other files look at what
 * moves: drafts (inbox), live cards (inbox-live), keys (inbox-card), answers to several (inbox-several), devices (notifications) and passkeys.
 */

const HOUR_MS = 3_600_000;
const iso = (offsetMs: number) => new Date(Date.now() + offsetMs).toISOString();

let count = 0;
/** Of a turn; it waits for ada unless said otherwise. */
function approvalOf(more: Partial<Approval> = {}): Approval {
  const { proposals: _, ...sample } = sampleApproval({ requestedAt: iso(-60_000), deadline: iso(HOUR_MS) });
  return { ...sample, runDeadline: null, approvalId: `${TURN_ID}.p4x7r2e${(count += 1)}`, ...more };
}
const decided = (decision: 'approve' | 'deny' | 'edit' | 'respond', more: Partial<Approval> = {}) => {
  const by = { approver: { id: 'bob' }, source: 'api', decidedAt: iso(-30_000), note: 'Paid <b>twice</b>.' };
  const extra = decision === 'respond' ? { response: 'Ask again on Monday.' } : {};
  const made = { decisionId: 'd-1', decision, ...by, ...extra } as NonNullable<Approval['decision']>;
  return approvalOf({ resolvedAt: iso(-30_000), decision: made, ...more });
};
const vote = {
  ...{ decisionId: 'd-9', decision: 'approve' as const, approver: { id: 'bob', groups: ['support'] } },
  ...{ source: 'api', decidedAt: iso(-30_000), at: iso(-30_000), note: 'Seen.' },
};
const terms = { forMs: HOUR_MS, narrowerBy: ['amountCents'], boundTo: 'conversation' as const };
const firstWords = { orderId: 'A-4711', amountCents: 1, reason: 'arrived' };

const CARDS = {
  plain: approvalOf(),
  'with everything': approvalOf({
    ...{ reason: 'Money leaves the house.', approvers: ['support'], votes: [vote] },
    rule: {
      ...{ quorum: { approve: 2, deny: 2 }, note: 'always', breakGlass: { groups: ['support'] } },
      mayGrant: terms,
    },
    unmeetable: 'needs two of support, and there is one',
    arguments: {
      orderId: 'A-4711\u202e',
      amountCents: 12_900,
      reason: 'раypal',
      lines: [{ sku: 'lamp' }, null],
    },
    presented: {
      ...{ by: 'tool', title: 'Refund of A-4711', summary: 'To the card.', risk: 'critical', left: 2 },
      fields: [
        { label: 'Amount', kind: 'money', value: '129', currency: 'EUR' },
        { label: 'Bought', kind: 'date', value: '2026-03-01T12:00:00Z' },
        { label: 'Order', kind: 'link', value: 'https://shop.example/orders/A-4711' },
        { label: 'Books', kind: 'diff', value: ' open\n-paid\n+paid back' },
        { label: 'Query', kind: 'code', value: 'select 1' },
        { label: 'Customer', kind: 'person', value: 'maria', left: 3 },
      ],
    },
    replaced: [
      {
        ...{ by: { kind: 'model' }, at: iso(-60_000), arguments: firstWords, votes: [vote] },
        argumentsDigest: `sha256:${'1'.repeat(64)}`,
      },
    ],
    proposed: { by: { kind: 'person', id: 'bob' }, at: iso(-40_000) },
    askedBefore: { approvalId: `${TURN_ID}.p4x7r2d1`, approvedBy: ['bob'], at: iso(-90_000), why: 'stale' },
  }),
  'of somebody else': approvalOf({ approvers: ['it'] }),
  'at the provider': approvalOf({
    runsAt: 'provider',
    presented: { by: 'schema', labels: {}, failed: true },
  }),
  carried: decided('approve', {
    status: 'approved',
    outcome: 'executed',
    granted: { ...terms, until: iso(HOUR_MS) },
  }),
  failed: decided('edit', { status: 'approved', outcome: 'failed' }),
  unknown: decided('approve', { status: 'approved', outcome: 'unknown' }),
  denied: decided('deny', { status: 'denied' }),
  answered: decided('respond', { status: 'answered' }),
  expired: approvalOf({ status: 'expired', resolvedAt: iso(-1_000), deadline: iso(-1_000) }),
  cancelled: approvalOf({ status: 'cancelled', resolvedAt: iso(-1_000) }),
};
type Card = keyof typeof CARDS;
const pathOf = (card: Card) => `/inbox/approvals/${CARDS[card].approvalId}`;

const client = createFakeClient();
client.approvals = Object.values(CARDS).map((one: AnyApproval) => shown(one));
let store: Store;
let gateway: RunningGateway;
let browser: Browser;

beforeAll(async () => {
  store = await openStore({ url: `sqlite:${join(testFolder(), 'store.sqlite')}` });
  await store.index.put(Object.values(CARDS).map(toRow));
  const { approvalId, tool, argumentsDigest: digest } = CARDS.carried;
  const about = { approvalId, tool, digest };
  const held = (grantId: string): Grant => ({
    ...{ grantId, assistant: 'desk', tool, conversationId: 'c-1', requestedBy: 'ada', terms, votes: [vote] },
    ...{ arguments: firstWords, argumentsDigest: digest, requestedAt: iso(-60_000) },
    ...{ givenAt: iso(-30_000), until: iso(HOUR_MS) },
  });
  const granted = (grant: Grant): Fact => ({
    ...{ is: 'granted', approvalId: grant.grantId, tool, digest, at: grant.givenAt, grant },
  });
  const other = CARDS.failed.approvalId;
  await createRecorder(store).write({ tenant: TENANT, turnId: TURN_ID, conversationId: 'order-4711' }, [
    {
      ...{ ...about, is: 'requested', at: iso(-60_000) },
      question: {
        ...{ arguments: {}, toolDescription: 'Pays money back.', requestedBy: 'maria@shop.example' },
        ...{ deadline: iso(HOUR_MS), runDeadline: null, onRunDeadline: 'deny' },
      },
    },
    { ...about, is: 'voted', at: iso(-30_000), vote },
    { ...about, is: 'settled', at: iso(-30_000), status: 'approved', decisionId: 'd-1' },
    ...[held(approvalId), held(other)].map(granted),
    { ...about, is: 'started', at: iso(-20_000) },
    { ...about, is: 'ended', at: iso(-10_000), outcome: 'executed', output: 'Refunded 129.00 EUR.' },
  ]);
  await revokeGrant(store, TENANT, other, { by: { id: 'carol' }, reason: 'enough', nowMs: Date.now() });
  gateway = await startGateway({
    deps: { client, store, apiKeys: [], sessionSecret: SESSION_SECRET },
    ...{ host: '127.0.0.1', port: 0 },
  });
  browser = await launchChromium();
});
afterAll(async () => {
  await browser.close();
  await gateway.close();
  await store.close();
});

/** Opens a page, and does on it what leads to the one that is looked at. */
type Way = (page: Page, words: Words) => Promise<unknown>;
const to =
  (path: string) =>
  (page: Page): Promise<unknown> =>
    page.goto(gateway.url + path);
const edit =
  (text: string, button: 'look' | 'approveEdit'): Way =>
  async (page, { decide }) => {
    await to(pathOf('plain'))(page);
    await page.getByText(decide.edit).click();
    await page.locator('#edit-arguments').fill(text);
    await page.getByRole('button', { name: decide[button] }).click();
    await page.waitForURL(/decision$/);
  };
const linkOf = () => {
  const approver = { id: 'ada', groups: ['support'] };
  return createInboxLink({ sessionSecret: SESSION_SECRET, baseUrl: gateway.url, tenant: TENANT, approver });
};

const PAGES: [name: string, status: number, way: Way][] = [
  ['mine', 200, to('/inbox')],
  ['all', 200, to('/inbox?view=all')],
  ['decided', 200, to('/inbox?view=decided')],
  ['a search with filters', 200, to('/inbox?view=decided&q=refund&tool=refund_order&risk=')],
  ['a search that finds nothing', 200, to('/inbox?view=all&q=nothing&risk=high')],
  ['several', 200, to('/inbox/several')],
  ...(Object.keys(CARDS) as Card[]).map((card): [string, number, Way] => [
    `the card ${card}`,
    200,
    to(pathOf(card)),
  ]),
  ['a decision that counts', 200, to(`${pathOf('denied')}?sent=d-1`)],
  ['a conflict', 200, to(`${pathOf('denied')}?sent=d-2`)],
  ['a decision that was too late', 200, to(`${pathOf('expired')}?sent=d-2`)],
  ['the change of an edit', 200, edit('{"orderId": "A-9", "reason": "it arrived"}', 'look')],
  ['an edit that is no JSON', 422, edit('{"orderId": ', 'approveEdit')],
  ['the record', 200, to(`${pathOf('carried')}/record`)],
  ['a record without entries', 200, to(`${pathOf('plain')}/record`)],
  ['grants', 200, to('/inbox/grants')],
  ['passkeys', 200, to('/inbox/passkeys')],
  ['notifications', 200, to('/inbox/notifications')],
  ['a list that cannot be', 400, to('/inbox?conversation=a%20b')],
  [
    'a form from elsewhere',
    403,
    async (page) => {
      await to(pathOf('plain'))(page);
      await page.evaluate(`document.querySelector('.decide [name=csrf]').value = 'forged'`);
      await page.locator('.decide button.primary').first().click();
      await page.waitForURL(/decision$/);
    },
  ],
  ['nothing at an address', 404, to('/inbox/nowhere')],
  ['no such approval', 404, to(`/inbox/approvals/${TURN_ID}.nothing1`)],
  [
    'Temporal is down',
    503,
    async (page) => {
      client.failure = new TemporalUnavailableError('Temporal cannot be reached.');
      await to(pathOf('plain'))(page);
      client.failure = undefined;
    },
  ],
  [
    'the store is down',
    503,
    async (page) => {
      const down = new StoreUnavailableError('unreachable', 'The store cannot be reached.');
      const spy = vi.spyOn(store.sessions, 'find').mockRejectedValue(down);
      await to('/inbox')(page);
      spy.mockRestore();
    },
  ],
];

test.for(['en', 'de'] as const)(
  'axe finds nothing on any page of the inbox, in either theme, in the language %s',
  { timeout: 120_000 },
  async (language) => {
    // A colour that is on its way to another one is neither.
    const context = await browser.newContext({ reducedMotion: 'reduce', locale: language });
    const page = await context.newPage();
    page.setDefaultTimeout(10_000);
    let status = 0;
    page.on('response', (response) => {
      if (response.request().isNavigationRequest()) status = response.status();
    });
    const found: Record<string, unknown> = {};
    const look = async (name: string, expected: number) => {
      const wide: number[] = [];
      for (const width of [1280, 375]) {
        await page.setViewportSize({ width, height: 812 });
        const needed = await page.evaluate<number>('document.documentElement.scrollWidth');
        if (needed > width) wide.push(needed);
      }
      // What is closed is looked at, too.
      await page.evaluate('for (const closed of document.querySelectorAll("details")) closed.open = true');
      await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
      const light = await axeFaults(page, { runOnly });
      // Nothing but colours differs.
      await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
      const dark = await axeFaults(page, { runOnly: ['color-contrast'] });
      const faults = [...light, ...dark].map(({ fault }) => fault);
      const lang = await page.locator('html').getAttribute('lang');
      const english = language === 'en' ? [] : await englishOn(page);
      const wrong = [...faults, ...wide, ...english];
      if (wrong.length > 0 || status !== expected || lang !== language) found[name] = { wrong, status, lang };
    };

    const link = await linkOf();
    await page.goto(link);
    await look('sign-in', 200);
    await page.getByRole('button').first().click();
    await page.waitForURL(`${gateway.url}/inbox`);
    for (const [name, expected, way] of PAGES) {
      await way(page, LANGUAGES[language]);
      await look(name, expected);
    }
    await page.goto(link);
    await look('a link that was used', 401);
    await context.clearCookies();
    await page.goto(`${gateway.url}/inbox`);
    await look('nobody is signed in', 401);
    expect(found).toEqual({});
    await context.close();
  },
);
