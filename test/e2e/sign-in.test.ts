import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startGateway, type RunningGateway } from '../../src/gateway/app.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { APPROVAL_ID, createFakeClient, sampleApproval, SESSION_SECRET, TENANT } from '../gateway/support.ts';
import { launchChromium } from '../support/chromium.ts';

/** Two gateways with one store, a real identity provider as a process of its own, and a real browser. */

const CARD = `/inbox/approvals/${APPROVAL_ID}`;
const client = createFakeClient();
const logged: string[] = [];
let provider: ChildProcess;
let issuer: string;
let folder: string;
let store: Store;
let gateways: RunningGateway[];
let browser: Browser;

beforeAll(async () => {
  provider = fork(new URL('../support/oidc-provider.ts', import.meta.url), { stdio: 'ignore' });
  [{ issuer }] = (await once(provider, 'message')) as [{ issuer: string }];
  folder = await mkdtemp(join(tmpdir(), 'countersign-sign-in-'));
  store = await openStore({ url: `sqlite:${join(folder, 'store.sqlite')}` });
  const deps = {
    ...{ client, store, apiKeys: [], sessionSecret: SESSION_SECRET },
    log: (event: string) => logged.push(event),
    oidc: { issuer, clientId: 'countersign', clientSecret: 'secret', tenant: { fixed: TENANT } },
  };
  gateways = await Promise.all([0, 0].map((port) => startGateway({ deps, host: '127.0.0.1', port })));
  provider.send([
    {
      ...{ client_id: 'countersign', client_secret: 'secret' },
      redirect_uris: gateways.map(({ url }) => `${url}/inbox/sign-in/callback`),
      backchannel_logout_uri: `${gateways[1]!.url}/inbox/sign-in/logout`,
      backchannel_logout_session_required: true,
    },
  ]);
  await once(provider, 'message');
  browser = await launchChromium({ hosts: ['127.0.0.2'] });
});
afterAll(async () => {
  await browser.close();
  await Promise.all(gateways.map((gateway) => gateway.close()));
  await store.close();
  provider.disconnect();
  await rm(folder, { recursive: true, force: true });
});

const at = (gateway: number, path = '/inbox') => `${gateways[gateway]!.url}${path}`;

/** Opens a page as somebody who must sign in for it. */
async function signIn(path: string, as: string): Promise<{ page: Page; context: BrowserContext }> {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(path);
  await fillSignIn(page, as);
  await page.click('button[type=submit]'); // "Continue", the first time
  await page.waitForURL(path);
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
  return { page, context };
}

async function fillSignIn(page: Page, as: string): Promise<void> {
  await page.fill('input[name=login]', as);
  await page.fill('input[name=password]', 'any');
  await page.click('button[type=submit]');
}

describe('in a real browser, at a real identity provider', () => {
  it('a person signs in, comes back to the card, and decides', async () => {
    const { page, context } = await signIn(at(0, CARD), 'ada');
    await page
      .getByRole('button', { name: /^Approve/ })
      .first()
      .click();
    await page.waitForURL(/sent=/);
    expect(client.decisions.at(-1)).toMatchObject({
      approver: { id: 'ada@acme.example', groups: ['finance'] },
      authenticated: { by: 'oidc', issuer },
    });
    await context.close();
  });

  it('a policy that wants a fresh sign-in leads there and back in the same tab, and what was typed is kept', async () => {
    client.approvals = [sampleApproval({ rule: { auth: { maxAgeMinutes: 5 } } })];
    const { answer } = client;
    client.answer = ({ approvalId, decisionId }) => ({
      ...{ outcome: 'refused', reason: 'authentication_too_old', approvalId, decisionId },
    });
    const { page, context } = await signIn(at(0, CARD), 'ada');
    const before = Date.now();
    await page.getByLabel('Note for the model and the record').fill('Paid twice.\nLook at the bank.');
    await page.getByRole('button', { name: 'Deny' }).click();
    client.answer = answer;
    await page.getByRole('link', { name: 'Sign in and come back' }).click();
    expect(page.url()).toContain(issuer);
    await fillSignIn(page, 'ada');
    await page.waitForURL(at(0, CARD));
    await page.getByText('You are signed in again. Nothing was decided yet').waitFor();
    const note = page.getByLabel('Note for the model and the record');
    expect(await note.inputValue()).toBe('Paid twice.\nLook at the bank.');
    await page.getByRole('button', { name: 'Deny' }).click();
    await page.waitForURL(/sent=/);
    const decided = client.decisions.at(-1);
    expect(decided).toMatchObject({ decision: 'deny', note: 'Paid twice.\nLook at the bank.' });
    // The provider tells whole seconds.
    expect(Date.parse(decided?.authenticated?.at ?? '')).toBeGreaterThanOrEqual(before - 1_000);
    expect(context.pages()).toHaveLength(1);
    client.approvals = [sampleApproval()];
    await context.close();
  });

  it('signing out on one gateway ends the session at once on the other', async () => {
    const { page, context } = await signIn(at(0), 'bob');
    const cookies = await context.cookies();
    await page.goto(at(1));
    await page.getByRole('button', { name: 'Sign out' }).waitFor();
    await page.goto(at(0));
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Signed out' }).waitFor();
    // A copy of the cookie, kept from before.
    const copy = cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
    for (const gateway of [0, 1]) {
      const answer = await fetch(at(gateway), { headers: { cookie: copy }, redirect: 'manual' });
      expect([answer.status, answer.headers.get('location')]).toEqual([302, '/inbox/sign-in?to=%2Finbox']);
    }
    await context.close();
  });

  it('signing out at the provider ends the session by its back channel', async () => {
    const { page, context } = await signIn(at(0), 'cleo');
    await page.goto(`${issuer}/session/end`);
    await page.locator('button[name=logout], button[autofocus]').first().click();
    await expect.poll(() => logged).toContain('inbox.signed_out_by_provider');
    expect(await store.sessions.list(TENANT, 'cleo@acme.example')).toEqual([]);
    await page.goto(at(0));
    expect(page.url()).toContain(issuer);
    await context.close();
  });

  it('whose right is taken away is out in the middle of it, and cannot come back', async () => {
    const { page, context } = await signIn(at(0, CARD), 'mallory');
    const decided = client.decisions.length;
    await store.revocations.revoke(TENANT, 'mallory@acme.example');
    await page
      .getByRole('button', { name: /^Approve/ })
      .first()
      .click();
    await page.getByRole('heading', { name: 'Sign in again' }).waitFor();
    await page.goto(at(0));
    await page.getByText('Your right to decide has been taken away').waitFor();
    expect(client.decisions).toHaveLength(decided);
    await context.close();
  });
});
