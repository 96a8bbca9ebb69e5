import { join } from 'node:path';

import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, expect } from 'vitest';

import { createInboxLink, startGateway, type RunningGateway } from '../../src/gateway/app.ts';
import type { App } from '../../src/index.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { axeFaults, launchChromium } from './chromium.ts';
import { testFolder } from './folder.ts';
import { startWorld, TENANT, type World } from './world.ts';

const sessionSecret = 'a secret of at least thirty-two characters';
const ADA = { id: 'ada', groups: ['support'] };

/** What axe holds each page of the inbox to. */
export const runOnly = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** The inbox of an application in a real browser, with a store, a worker and a gateway of its own, for the tests of a file. */
export function inboxFor(options: { app: App; name: string; streamHeartbeatMs?: number }) {
  const { app, name, ...deps } = options;
  let store: Store;
  let world: World;
  let gateway: RunningGateway;
  let browser: Browser;
  const serve = (port = 0) =>
    startGateway({
      deps: { client: world.client, apiKeys: [], sessionSecret, store, ...deps },
      ...{ host: '127.0.0.1', port },
    });

  beforeAll(async () => {
    store = await openStore({ url: `sqlite:${join(testFolder(), 'store.sqlite')}` });
    world = await startWorld({ app, name, store });
    gateway = await serve();
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser.close();
    await gateway.close();
    await world.stop();
    await store.close();
  });

  const linkOfAda = (baseUrl = gateway.url) =>
    createInboxLink({ sessionSecret, baseUrl, tenant: TENANT, approver: ADA });

  return {
    get store() {
      return store;
    },
    get world() {
      return world;
    },
    get gateway() {
      return gateway;
    },
    get browser() {
      return browser;
    },
    linkOfAda,
    /** A page of ada's, at her list. */
    async signIn({
      baseUrl = gateway.url,
      ...context
    }: BrowserContextOptions & { baseUrl?: string } = {}): Promise<Page> {
      const page = await (await browser.newContext(context)).newPage();
      await page.goto(await linkOfAda(baseUrl));
      await page.getByRole('button').first().click();
      await page.waitForURL(`${baseUrl}/inbox`);
      return page;
    },
    /** Another gateway at the same address, and what happens while there is none. */
    async restartGateway(meanwhile: () => Promise<unknown>): Promise<void> {
      const { port } = gateway;
      await gateway.close();
      await meanwhile();
      gateway = await serve(port);
    },
  };
}

/** Nothing that axe finds, in these themes or as it is, and nothing wider than the window, at a desk and on a phone. */
export async function looksRight(
  page: Page,
  name: string,
  themes: readonly ('dark' | 'light')[] = [],
): Promise<void> {
  for (const colorScheme of themes.length > 0 ? themes : [undefined]) {
    // Halfway between two themes no contrast is right.
    await page.emulateMedia({ reducedMotion: 'reduce', ...(colorScheme && { colorScheme }) });
    for (const width of [1280, 375]) {
      await page.setViewportSize({ width, height: 812 });
      const faults = (await axeFaults(page, { runOnly })).map(({ fault }) => fault);
      expect([name, colorScheme, ...faults]).toEqual([name, colorScheme]);
      const wide = await page.evaluate<number>('document.documentElement.scrollWidth');
      expect(wide, name).toBeLessThanOrEqual(width);
      const folder = process.env.SCREENSHOTS;
      const file = [name, colorScheme, width].filter((part) => part !== undefined).join('-');
      if (folder !== undefined) await page.screenshot({ path: `${folder}/${file}.png`, fullPage: true });
    }
  }
}
