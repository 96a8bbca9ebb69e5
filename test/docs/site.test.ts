import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';

import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { addressOf, pagesOf, SECTIONS } from '../../docs/.vitepress/pages.ts';
import { axeFaults, launchChromium } from '../support/chromium.ts';
import { testFolder } from '../support/folder.ts';
import { pages, root } from './markdown.ts';

const TYPES: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};

/** Of the pages in the repository; those of the TypeScript API are made for the site, and their places with them. */
const placed = SECTIONS.filter(({ folder }) => folder !== 'reference/api').flatMap(pagesOf);
const API = 'reference/api/countersign/client';

test('every page has one place in the sidebar, and every place a page', () => {
  const there = pages()
    .filter((page) => /^docs\/(?!index\.md)/.test(page))
    .map((page) => page.slice('docs/'.length, -'.md'.length));
  expect(placed.toSorted()).toEqual(there.toSorted());
});

describe('the site', () => {
  let base: string;
  let browser: Browser;
  const folder = testFolder();
  const ends: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    // Fails over a dead link.
    const env = { ...process.env, NODE_ENV: 'production' };
    await promisify(execFile)('npm', ['run', '-s', 'docs', '--', '--outDir', folder], { cwd: root, env });
    const server = await serve(folder);
    ends.unshift(() => new Promise((resolve) => server.close(resolve)));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    browser = await launchChromium();
    ends.unshift(() => browser.close());
  }, 180_000);
  afterAll(async () => {
    for (const end of ends) await end();
  });

  /** A page of its own; `strayed` holds what it asked for elsewhere, and what it complained of. */
  async function open(options: BrowserContextOptions = {}): Promise<{ page: Page; strayed: string[] }> {
    const context = await browser.newContext(options);
    const strayed: string[] = [];
    const page = await context.newPage();
    page.on('request', (request) => {
      const { origin, protocol } = new URL(request.url());
      if (origin !== base && protocol !== 'data:') strayed.push(request.url());
    });
    page.on('console', (message) => message.type() === 'error' && strayed.push(message.text()));
    return { page, strayed };
  }

  test('no page is wider than a desk or a telephone shows, or loads anything from elsewhere', async () => {
    const wide: string[] = [];
    const look = async (width: number, paths: string[]) => {
      // What is read without JavaScript is what it draws with it, at a fraction of the time.
      const { page, strayed } = await open({ javaScriptEnabled: false, viewport: { width, height: 800 } });
      for (const path of paths) {
        await page.goto(base + path);
        const needed = await page.evaluate<number>('document.documentElement.scrollWidth');
        if (needed > width) wide.push(`${path} at ${width}: ${needed}`);
      }
      return strayed;
    };
    // What a telephone can show a desk can: of those, one page of each kind.
    const everything = ['/', ...[...placed, API].map(htmlOf)];
    const kinds = ['/', ...['http-api', 'reference/http', API].map(htmlOf)];
    const strayed = (await Promise.all([look(375, everything), look(1280, kinds)])).flat();
    expect(wide).toEqual([]);
    expect(strayed).toEqual([]);
  });

  test('a word is found without a network', async () => {
    const { page, strayed } = await open();
    await page.goto(`${base}/`);
    await page.getByRole('button', { name: 'Search' }).first().click();
    await page.getByRole('searchbox').fill('idempotency');
    await page.locator('a.result', { hasText: 'HTTP' }).first().click();
    await page.waitForURL(/\/http-api/);
    expect(strayed).toEqual([]);
  });

  test.each(['light', 'dark'] as const)('axe finds nothing serious, %s', async (colorScheme) => {
    const { page } = await open({ colorScheme });
    for (const path of ['/', '/http-api.html']) {
      await page.goto(base + path);
      const found = await axeFaults(page);
      expect(found.filter(({ impact }) => impact === 'serious' || impact === 'critical')).toEqual([]);
    }
  });
});

function htmlOf(page: string): string {
  const address = addressOf(page);
  return address.endsWith('/') ? address : `${address}.html`;
}

async function serve(folder: string): Promise<Server> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const file = join(folder, decodeURI(pathname).replace(/\/$/, '/index.html'));
    readFile(file).then(
      (body) =>
        response
          .setHeader('content-type', TYPES[extname(file)] ?? 'application/octet-stream')
          .setHeader('cache-control', 'max-age=60')
          .end(body),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
