import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { generateVAPIDKeys } from 'web-push';

import { createInboxLink, startGateway, type RunningGateway } from '../../src/gateway/app.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { createFakeClient, SESSION_SECRET, TENANT } from '../gateway/support.ts';
import { axeFaults, launchChromium } from '../support/chromium.ts';
import { startPushService } from '../support/push/service.ts';

/** Notifications in a real browser. It reaches no push service here: the test gives its subscription, and DevTools delivers. */

const { publicKey } = generateVAPIDKeys();
let folder: string;
let store: Store;
let gateway: RunningGateway;
let service: Awaited<ReturnType<typeof startPushService>>;
let browser: Browser;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-push-'));
  store = await openStore({ url: `sqlite:${join(folder, 'store.sqlite')}` });
  await store.people.put(TENANT, [{ id: 'grace', groups: ['finance'] }]);
  service = await startPushService();
  gateway = await startGateway({
    deps: {
      ...{ client: createFakeClient(), store, apiKeys: [], sessionSecret: SESSION_SECRET },
      ...{ pushKey: publicKey, callbackHosts: [service.host] },
    },
    ...{ host: '127.0.0.1', port: 0 },
  });
  browser = await launchChromium();
});
afterAll(async () => {
  await browser.close();
  await gateway.close();
  await service.close();
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

async function signIn(context: BrowserContext): Promise<Page> {
  const page = await context.newPage();
  const approver = { id: 'grace', groups: ['finance'] };
  const link = { sessionSecret: SESSION_SECRET, baseUrl: gateway.url, tenant: TENANT, approver };
  await page.goto(await createInboxLink(link));
  await page.getByRole('button', { name: /sign in/i }).click();
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
  return page;
}

/** What its push service would have given the browser. */
async function subscribeAs(page: Page, endpoint?: string): Promise<void> {
  const { endpoint: own, keys } = await service.subscribe(publicKey);
  const given = JSON.stringify({ endpoint: endpoint ?? own, expirationTime: null, keys });
  await page.addInitScript(`{
    const given = ${given};
    const made = { ...given, toJSON: () => given, unsubscribe: async () => (localStorage.removeItem('on'), true) };
    PushManager.prototype.subscribe = async () => (localStorage.setItem('on', 'yes'), made);
    PushManager.prototype.getSubscription = async () => (localStorage.getItem('on') ? made : null);
  }`);
}

test('a person switches notifications on and off by keys alone, and the page says so', async () => {
  const context = await browser.newContext({ permissions: ['notifications'] });
  const page = await signIn(context);
  const faults: string[] = [];
  page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
  await subscribeAs(page);
  await page.goto(`${gateway.url}/inbox/notifications`);
  const said = page.locator('#this-device [role=status]');
  await expect.poll(() => said.textContent()).toBe('Notifications are off, on this device.');
  await page.locator('#device-name').focus();
  await page.keyboard.type('My telephone');
  await page.keyboard.press('Enter');
  await expect.poll(() => said.textContent()).toBe('Notifications are on, on this device.');
  expect(await store.devices.list(TENANT, 'grace')).toMatchObject([{ name: 'My telephone' }]);
  expect(await page.locator('[role=alert]').textContent()).toContain('Notifications are on');
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    expect(await axeFaults(page)).toEqual([]);
  }
  await page.locator('#push-off button').focus();
  await page.keyboard.press('Enter');
  await expect.poll(() => said.textContent()).toBe('Notifications are off, on this device.');
  expect(await store.devices.list(TENANT, 'grace')).toEqual([]);
  expect(faults).toEqual([]);
  await context.close();
});

test('what is pushed is shown, replaced by its tag, and a click leads to the card and nowhere else', async () => {
  const context = await browser.newContext({ permissions: ['notifications'] });
  const page = await signIn(context);
  await subscribeAs(page);
  await page.goto(`${gateway.url}/inbox/notifications`);
  const devtools = await context.newCDPSession(page);
  const registered = Promise.withResolvers<string>();
  devtools.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
    const [one] = registrations;
    if (one) registered.resolve(one.registrationId);
  });
  await devtools.send('ServiceWorker.enable');
  await page.getByRole('button', { name: 'Switch on' }).click();
  await page.getByText('Notifications are on', { exact: false }).first().waitFor();
  const registrationId = await registered.promise;
  const worker = context.serviceWorkers()[0] ?? (await context.waitForEvent('serviceworker'));
  const push = (data: string) =>
    devtools.send('ServiceWorker.deliverPushMessage', { origin: gateway.url, registrationId, data });
  const shown = () =>
    worker.evaluate<{ title: string; body: string; tag: string }[]>(`(async () =>
      (await self.registration.getNotifications()).map(({ title, body, tag }) => ({ title, body, tag })))()`);
  const path = '/inbox/approvals/turn-1.call-1';
  await push(
    JSON.stringify({ title: 'refund', body: 'A decision is needed.', tag: 'a', path, isSilent: false }),
  );
  await expect.poll(shown).toEqual([{ title: 'refund', body: 'A decision is needed.', tag: 'a' }]);
  await push(JSON.stringify({ title: 'refund', body: 'Approved by ada.', tag: 'a', path, isSilent: true }));
  await expect.poll(shown).toEqual([{ title: 'refund', body: 'Approved by ada.', tag: 'a' }]);
  await push('no JSON');
  await expect.poll(async () => (await shown()).length).toBe(2);

  const clicked = (to: string) =>
    worker.evaluate<string[]>(`(async () => {
      const opened = [];
      self.clients.openWindow = async (path) => { opened.push(path); };
      const notification = { data: { path: ${JSON.stringify(to)} }, close() {} };
      const event = new Event('notificationclick');
      const waiting = [];
      Object.assign(event, { notification, waitUntil: (work) => waiting.push(work) });
      self.dispatchEvent(event);
      await Promise.all(waiting);
      return opened;
    })()`);
  expect(await clicked(path)).toEqual([path]);
  for (const evil of ['https://evil.example/', '//evil.example/inbox', '/inbox/../x', '/inbox/approvals/a/b'])
    expect(await clicked(evil)).toEqual(['/inbox']);
  await context.close();
});

test('a subscription that leads inside is refused, and the page says why', async () => {
  const context = await browser.newContext({ permissions: ['notifications'] });
  const page = await signIn(context);
  await subscribeAs(page, 'http://169.254.169.254/latest');
  await page.goto(`${gateway.url}/inbox/notifications`);
  await page.getByRole('button', { name: 'Switch on' }).click();
  await expect.poll(() => page.locator('[role=alert]').textContent()).toContain('may not be called');
  const known = await store.devices.list(TENANT, 'grace');
  expect(known.filter(({ endpoint }) => endpoint.includes('169.254'))).toEqual([]);
  await context.close();
});

test('the inbox can be installed, its worker answers no request, and without JavaScript the page says why not', async () => {
  const get = (path: string) => fetch(`${gateway.url}${path}`);
  const manifest = (await (await get('/inbox/manifest.webmanifest')).json()) as { icons: { src: string }[] };
  for (const { src } of manifest.icons) {
    const icon = await get(src);
    expect(icon.headers.get('content-type')).toBe('image/png');
  }
  const script = await (await get('/inbox/push-worker.js')).text();
  expect(script).not.toMatch(/'fetch'|caches/);
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await signIn(context);
  const answer = await page.goto(`${gateway.url}/inbox/notifications`);
  expect(answer?.headers()['content-security-policy']).toMatch(
    /^default-src 'none';.*manifest-src 'self'; worker-src 'self'; form-action 'self'/,
  );
  expect(await page.locator('noscript').textContent()).toContain('Notifications need JavaScript');
  await context.close();
  const scripted = await browser.newContext();
  const inbox = await signIn(scripted);
  const devtools = await scripted.newCDPSession(inbox);
  const { errors } = await devtools.send('Page.getAppManifest');
  expect(errors).toEqual([]);
  expect(
    (await devtools.send('Page.getInstallabilityErrors')).installabilityErrors.map(({ errorId }) => errorId),
  ).toEqual([
    'in-incognito', // how tests browse
  ]);
  await scripted.close();
});
