import { join } from 'node:path';

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

import type { Approval } from '../../src/contracts/approval/approval.ts';
import { shown } from '../../src/contracts/deciding/proposals.ts';
import { changesOf } from '../../src/contracts/recording/changes.ts';
import { createInboxLink, startGateway, type RunningGateway } from '../../src/gateway/app.ts';
import { createRecorder } from '../../src/record/recorder.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { applyDecision } from '../../src/workflows/ledger.ts';
import { APPROVAL_ID, createFakeClient, sampleApproval, SESSION_SECRET, TENANT } from '../gateway/support.ts';
import { axeFaults, launchChromium } from '../support/chromium.ts';
import { testFolder } from '../support/folder.ts';
import { runOnly } from '../support/inbox.ts';

/** Giving a grant, and taking it back, in a real browser. Behind the gateway stand the real ledger and a real store. */

const PHONE = { width: 375, height: 812 };
const mayGrant = { forMs: 3_600_000, narrowerBy: ['amountCents'], boundTo: 'conversation' as const };
const client = createFakeClient();
let store: Store;
let gateway: RunningGateway;
let browser: Browser;
let approval: Approval;
let id: string;
let count = 0;

beforeAll(async () => {
  store = await openStore({ url: `sqlite:${join(testFolder(), 'store.sqlite')}` });
  const deps = { client, store, apiKeys: [], sessionSecret: SESSION_SECRET };
  gateway = await startGateway({ deps, host: '127.0.0.1', port: 0 });
  browser = await launchChromium();
});
afterAll(async () => {
  await browser.close();
  await gateway.close();
  await store.close();
});
beforeEach(() => {
  id = `${APPROVAL_ID.slice(0, -2)}${10 + count++}`;
  const { proposals: _, ...sample } = sampleApproval({
    ...{ approvalId: id, assistant: 'desk', runDeadline: null, rule: { mayGrant } },
    deadline: new Date(Date.now() + 3_600_000).toISOString(),
  });
  approval = sample;
  client.approvals = [shown(approval)];
  client.answer = (decision) => {
    const before = approval;
    const { approval: after, receipt } = applyDecision(approval, decision, undefined, Date.now());
    approval = after;
    client.approvals = [shown(approval)];
    const { turnId, conversationId } = after;
    void createRecorder(store).write({ tenant: TENANT, turnId, conversationId }, changesOf(before, after));
    return receipt;
  };
});

async function signIn(options: Parameters<Browser['newContext']>[0]): Promise<Page> {
  const context = await browser.newContext({ viewport: PHONE, ...options });
  const page = await context.newPage();
  const approver = { id: 'ada', groups: ['finance'] };
  const about = { sessionSecret: SESSION_SECRET, baseUrl: gateway.url, tenant: TENANT, approver };
  await page.goto(await createInboxLink(about));
  await page.getByRole('button').first().click();
  await page.waitForURL(`${gateway.url}/inbox`);
  return page;
}

async function expectUsable(page: Page, name: string): Promise<void> {
  expect(
    (await axeFaults(page, { runOnly })).map(({ fault }) => fault),
    name,
  ).toEqual([]);
  const width = await page.evaluate<number>('document.documentElement.scrollWidth');
  expect(width, name).toBeLessThanOrEqual(PHONE.width);
}

test.each(['light', 'dark'] as const)(
  'the tick, what was given, and the list can be used by everybody, as far as axe can tell (%s)',
  async (colorScheme) => {
    const page = await signIn({ colorScheme });
    await page.goto(`${gateway.url}/inbox/approvals/${id}`);
    await expectUsable(page, 'card');
    const tick = page.getByLabel('And the same for 1 hour').first();
    // With the keyboard alone.
    await tick.focus();
    await page.keyboard.press('Space');
    expect(await tick.isChecked()).toBe(true);
    await page.getByRole('button', { name: 'Approve', exact: true }).press('Enter');
    await page.waitForURL(/sent=/);
    expect(await page.locator('main').innerText()).toContain('It also lets through the same for 1 hour');
    await expectUsable(page, 'given');
    await page.goto(`${gateway.url}/inbox/grants`);
    await page.getByRole('button', { name: 'Take it back' }).waitFor();
    await expectUsable(page, 'grants');
    await page.getByRole('button', { name: 'Take it back' }).press('Enter');
    await page.getByText('took it back').first().waitFor();
    await expectUsable(page, 'taken back');
    expect(await store.grants.find(TENANT, id)).toMatchObject({ terms: mayGrant, revoked: { by: 'ada' } });
    await page.context().close();
  },
);

test('without JavaScript a grant is given, listed and taken back', async () => {
  const page = await signIn({ javaScriptEnabled: false });
  await page.goto(`${gateway.url}/inbox/approvals/${id}`);
  await page.getByLabel('And the same for 1 hour').first().check();
  await page.getByRole('button', { name: 'Approve', exact: true }).click();
  await page.waitForURL(/sent=/);
  expect(approval).toMatchObject({ status: 'approved', granted: mayGrant });
  await page.getByRole('link', { name: 'Grants' }).last().click();
  const card = page.locator(`article[aria-labelledby="grant-${id}"]`);
  expect(await card.innerText()).toContain('ada let through the same for 1 hour, also with less amountCents');
  await card.getByRole('button', { name: 'Take it back' }).click();
  await card.getByText('took it back').waitFor();
  expect(await store.grants.find(TENANT, id)).toMatchObject({ revoked: { by: 'ada' } });
  await page.context().close();
});

test('a card that was approved without the tick gives no grant', async () => {
  const page = await signIn({});
  await page.goto(`${gateway.url}/inbox/approvals/${id}`);
  await page.getByRole('button', { name: 'Approve', exact: true }).click();
  await page.waitForURL(/sent=/);
  expect(approval.status).toBe('approved');
  expect(approval.granted).toBeUndefined();
  expect(await page.locator('main').innerText()).not.toContain('lets through');
  await page.context().close();
});
