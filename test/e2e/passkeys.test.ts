import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

import type { Approval } from '../../src/contracts/approval/approval.ts';
import { shown } from '../../src/contracts/deciding/proposals.ts';
import { createInboxLink, startGateway, type RunningGateway } from '../../src/gateway/app.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { applyDecision } from '../../src/workflows/ledger.ts';
import { APPROVAL_ID, createFakeClient, sampleApproval, SESSION_SECRET, TENANT } from '../gateway/support.ts';
import { axeFaults, launchChromium } from '../support/chromium.ts';

/** Passkeys in a real browser, with an authenticator that Chromium plays. Behind the gateway stands the real ledger. */

const CARD = `/inbox/approvals/${APPROVAL_ID}`;
const TOUCHED = { runDeadline: null, rule: { auth: { passkey: true as const } } };
const client = createFakeClient();
let folder: string;
let store: Store;
let gateway: RunningGateway;
let base: string;
let browser: Browser;
let approval: Approval;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-passkeys-'));
  store = await openStore({ url: `sqlite:${join(folder, 'store.sqlite')}` });
  // Its own address holds a port that is known only once it listens, and passkeys belong to a name.
  const free = await startGateway({ deps: depsOf(), host: '127.0.0.1', port: 0 });
  const { port } = new URL(free.url);
  await free.close();
  base = `http://localhost:${port}`;
  gateway = await startGateway({ deps: depsOf(base), host: '127.0.0.1', port: Number(port) });
  browser = await launchChromium({ hosts: ['localhost'] });
});
afterAll(async () => {
  await browser.close();
  await gateway.close();
  await store.close();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(() => {
  hold({});
});

function depsOf(publicUrl?: string) {
  return { client, store, apiKeys: [], sessionSecret: SESSION_SECRET, ...(publicUrl && { publicUrl }) };
}

function hold(more: Partial<Approval>): void {
  const deadline = new Date(Date.now() + 3_600_000).toISOString();
  const { proposals: _, ...sample } = sampleApproval({ deadline, ...TOUCHED, ...more });
  approval = sample;
  client.approvals = [shown(approval)];
  client.decisions = [];
  client.answer = (decision) => {
    const { approval: after, receipt } = applyDecision(approval, decision, undefined, Date.now());
    approval = after;
    client.approvals = [shown(approval)];
    return receipt;
  };
}

interface Seat {
  page: Page;
  leave: () => Promise<void>;
}

/** Somebody signed in by a link, in a browser of their own with an authenticator of their own. */
async function sit(id: string): Promise<Seat> {
  const context = await browser.newContext();
  const page = await context.newPage();
  const devtools = await context.newCDPSession(page);
  await devtools.send('WebAuthn.enable');
  await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      ...{ protocol: 'ctap2', transport: 'internal', hasResidentKey: true },
      ...{ hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
    },
  });
  const link = await createInboxLink({
    ...{ sessionSecret: SESSION_SECRET, baseUrl: base, tenant: TENANT, approver: { id } },
  });
  await page.goto(link);
  await page.getByRole('button', { name: /sign in/i }).click();
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
  return { page, leave: () => context.close() };
}

async function register({ page }: Seat, name = 'my key'): Promise<void> {
  await page.goto(`${base}/inbox/passkeys`);
  await page.fill('#passkey-name', name);
  await page.getByRole('button', { name: 'Add a passkey' }).click();
  await page.getByText(name).waitFor();
}

/** Presses Approve on the card, which leads to the page that asks for the passkey. */
async function press(page: Page, before?: () => Promise<void>): Promise<void> {
  await page.goto(`${base}${CARD}`);
  await before?.();
  await page.getByRole('button', { name: 'Approve', exact: true }).click();
}
/** Nothing that axe finds, in either theme. */
async function looksRight(page: Page): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    expect(await axeFaults(page)).toEqual([]);
  }
}
const touchButton = (page: Page) => page.getByRole('button', { name: 'Touch the passkey, and decide' });

/** Touches it, but keeps the form from being sent: its fields. */
async function touched(page: Page, before?: () => Promise<void>): Promise<Record<string, string>> {
  await press(page, before);
  await touchButton(page).waitFor();
  await page.evaluate('HTMLFormElement.prototype.submit = () => undefined');
  await touchButton(page).click();
  await page.waitForFunction('document.querySelector("input[name=touch]").value');
  return page.evaluate(
    'Object.fromEntries(new FormData(document.querySelector("form[data-passkey]")).entries())',
  );
}

/** Sends such a form once more, as their browser would, to this gateway. */
async function send(page: Page, fields: Record<string, string>, to = base): Promise<[number, string]> {
  const cookies = await page.context().cookies(`${base}/inbox`);
  const answer = await fetch(`${to}${CARD}/decision`, {
    ...{ method: 'POST', redirect: 'manual', body: new URLSearchParams(fields) },
    headers: {
      cookie: cookies.map(({ name, value }) => `${name}=${value}; __Host-${name}=${value}`).join('; '),
      'sec-fetch-site': 'same-origin',
    },
  });
  return [answer.status, await answer.text()];
}
const REFUSED = [403, expect.stringContaining('The passkey proves nothing') as string];

test('a person adds a passkey, touches it for a decision, and the decision says so', async () => {
  const seat = await sit('ada');
  await register(seat);
  expect(await store.passkeys.list(TENANT, 'ada')).toMatchObject([{ name: 'my key', usedAt: null }]);
  await looksRight(seat.page);
  await press(seat.page);
  await seat.page.getByRole('heading', { name: 'Touch your passkey' }).waitFor();
  await looksRight(seat.page);
  expect(client.decisions).toEqual([]);
  await touchButton(seat.page).click();
  await seat.page.waitForURL(/sent=/);
  expect(client.decisions).toMatchObject([
    { decision: 'approve', approver: { id: 'ada' }, authenticated: { by: 'link', passkey: true } },
  ]);
  expect(approval.status).toBe('approved');
  expect((await store.passkeys.list(TENANT, 'ada'))[0]?.usedAt).not.toBeNull();
  await seat.leave();
});

test('who has none is told how to add one, and then decides', async () => {
  const seat = await sit('bob');
  await seat.page.goto(`${base}${CARD}`);
  await seat.page.fill('#deny-note', 'Not today.');
  await seat.page.getByRole('button', { name: 'Deny', exact: true }).click();
  await seat.page.getByText('Add one in another tab').waitFor();
  const [other] = await Promise.all([
    seat.page.context().waitForEvent('page'),
    seat.page.getByText('Add one in another tab').click(),
  ]);
  await other.getByRole('heading', { name: 'Passkeys', exact: true }).waitFor();
  await other.close();
  await register(seat); // the authenticator is this tab's
  await seat.page.goBack();
  await press(seat.page);
  await touchButton(seat.page).click();
  await seat.page.waitForURL(/sent=/);
  expect(approval.status).toBe('approved');
  await seat.leave();
});

test('no touch for something else, of somebody else, or once more, approves anything', async () => {
  const [carol, eve] = [await sit('carol'), await sit('eve')];
  await register(carol);
  await register(eve);
  const good = await touched(carol.page);
  const hers = await touched(eve.page);
  const touchOfCarol = { touch: good.touch ?? '' };
  const tries: [string, Seat, Record<string, string>][] = [
    ['another kind', carol, { ...good, decision: 'deny' }],
    ['other words', carol, { ...good, note: 'And the rest, too.' }],
    ['no touch', carol, { ...good, touch: '' }],
    ['no token', carol, { ...good, token: '' }],
    ['the token of another page', carol, { ...good, token: (await touched(carol.page)).token ?? '' }],
    ['a token that was changed', carol, { ...good, token: `${good.token ?? ''}x` }],
    ['the touch of somebody else', eve, { ...hers, ...touchOfCarol }],
    ['touch and token of somebody else', eve, { ...hers, ...touchOfCarol, token: good.token ?? '' }],
  ];
  for (const [name, { page }, fields] of tries) expect(await send(page, fields), name).toEqual(REFUSED);
  // What somebody has changed meanwhile is not what was touched for.
  const changed = `sha256:${'0'.repeat(64)}`;
  hold({ argumentsDigest: changed });
  expect(await send(carol.page, { ...good, argumentsDigest: changed })).toEqual(REFUSED);
  hold({});
  expect(approval.status).toBe('pending');
  // As it was made it counts, once: for another decision, it does not.
  expect((await send(carol.page, good))[0]).toBe(303);
  expect(approval.status).toBe('approved');
  hold({});
  expect(await send(carol.page, { ...good, decisionId: 'another' })).toEqual(REFUSED);
  // Nor with an authenticator that does not count.
  const [kept] = await store.passkeys.list(TENANT, 'carol');
  await store.passkeys.remove(TENANT, kept!.credentialId);
  await store.passkeys.add(TENANT, { ...kept!, counter: 0 });
  expect(await send(carol.page, { ...good, decisionId: 'another' })).toEqual(REFUSED);
  expect(approval.status).toBe('pending');
  await Promise.all([carol.leave(), eve.leave()]);
});

test('a touch covers the tick that lets later calls through, and no other one', async () => {
  const seat = await sit('gina');
  await register(seat);
  const mayGrant = { forMs: 3_600_000, narrowerBy: [], boundTo: 'conversation' as const };
  const held = () => hold({ rule: { ...TOUCHED.rule, mayGrant } });
  held();
  const plain = await touched(seat.page);
  expect(plain.grant).toBeUndefined();
  const whole = JSON.stringify(mayGrant);
  expect(await send(seat.page, { ...plain, grant: whole })).toEqual(REFUSED);
  const ticked = await touched(seat.page, async () => {
    await seat.page.getByLabel('And the same for 1 hour').first().check();
  });
  const words = await seat.page.locator('main').innerText();
  expect(words).toContain('the same for 1 hour, in this conversation');
  const { grant: _untouched, ...without } = ticked;
  const longer = JSON.stringify({ ...mayGrant, forMs: 7_200_000 });
  for (const fields of [without, { ...ticked, grant: longer }])
    expect(await send(seat.page, fields)).toEqual(REFUSED);
  expect(approval.status).toBe('pending');
  expect((await send(seat.page, ticked))[0]).toBe(303);
  expect(approval).toMatchObject({
    ...{ status: 'approved', granted: mayGrant },
    decision: { grant: mayGrant, authenticated: { passkey: true } },
  });
  await seat.leave();
});

test('a passkey that was copied, or taken away, signs nothing more', async () => {
  const seat = await sit('dora');
  await register(seat);
  const { credentialId } = (await store.passkeys.list(TENANT, 'dora'))[0]!;
  const good = await touched(seat.page);
  // Its copy has counted further.
  expect(await store.passkeys.use(TENANT, credentialId, 1_000)).toBe(true);
  expect(await send(seat.page, good)).toEqual(REFUSED);
  const later = await touched(seat.page);
  await store.passkeys.remove(TENANT, credentialId);
  expect(await send(seat.page, later)).toEqual(REFUSED);
  await seat.leave();
});

test('at another origin the same touch signs nothing', async () => {
  const seat = await sit('finn');
  await register(seat);
  const deps = depsOf('https://countersign.example.com');
  const other = await startGateway({ deps, host: '127.0.0.1', port: 0 });
  expect(await send(seat.page, await touched(seat.page), other.url)).toEqual(REFUSED);
  await other.close();
  await seat.leave();
});
