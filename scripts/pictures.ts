/**
 * Takes the pictures of the inbox that the pages show: `npm run pictures`. Everything is real but two things: the
 * clock's readings are set to fixed ones, so that a picture changes only when the inbox does, and the model is simulated.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { chromium, type Browser, type Page } from 'playwright-core';

import { SESSION_SECRET_FILE } from '../src/cli/files/dev-file.ts';
import { DEV_TENANT } from '../src/cli/session.ts';
import { startStack } from '../src/cli/stack.ts';
import { createInboxLink } from '../src/gateway/app.ts';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Asked in this order; the list shows the newest first. */
const TURNS = [
  { conversationId: 'workspaces', user: 'linus', message: 'Delete the trial workspace of Acme' },
  { conversationId: 'release-311', user: 'edsger', message: 'Deploy checkout 2026.11.3 to production' },
  { conversationId: 'order-4711', user: 'ada', message: 'Please refund order A-1042, it arrived broken' },
];

/** What clocks show in a picture, from the newest approval to the oldest. */
const LEFT = ['9 min 24 s left', '3 h 58 min left', '1 d 23 h left'];
const MOMENT = '2026-11-26 09:30:00 UTC';
const DEADLINES = ['2026-11-26 09:39:40 UTC', '2026-11-26 13:28:00 UTC', '2026-11-28 09:12:00 UTC'];

/** Sets the clock's readings: by hand in the page, because the time left is taken on the gateway. */
const SET_CLOCKS = `(() => {
  // The page's own script would count on.
  for (let id = setInterval(() => undefined, 1e6); id > 0; id -= 1) clearInterval(id);
  const left = ${JSON.stringify(LEFT)}, until = ${JSON.stringify(DEADLINES)};
  document.querySelectorAll('.deadline').forEach((shown, index) => {
    // The list has one deadline for each approval; on the card all are those of the first.
    const at = document.querySelector('.list') === null ? 0 : index;
    shown.querySelector('.left').textContent = left[at];
    shown.querySelector('time').textContent = until[at];
  });
  for (const time of document.querySelectorAll(':not(.deadline) > time')) time.textContent = '${MOMENT}';
})()`;

const folder = await mkdtemp(join(tmpdir(), 'countersign-pictures-'));
const stack = await startStack({
  folder,
  keepsState: false,
  applicationFile: here('pictures/countersign.config.ts'),
  scenarioFile: here('pictures/scenario.json'),
  runTtlSeconds: 600,
  onProgress: (message) => console.log(message),
  onEvent: () => undefined,
  onOutput: () => undefined,
});
let browser: Browser | undefined;
try {
  const { gateway, apiKey } = await stack.describe();
  for (const turn of TURNS) await askUntilPending(gateway, apiKey, turn);
  browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--font-render-hinting=none', '--disable-lcd-text'],
  });
  const sessionSecret = await readFile(join(folder, SESSION_SECRET_FILE), 'utf8');
  for (const colorScheme of ['light', 'dark'] as const) {
    const approver = { id: 'grace', groups: ['finance'] };
    const link = await createInboxLink({ sessionSecret, baseUrl: gateway, tenant: DEV_TENANT, approver });
    const context = await browser.newContext({
      colorScheme,
      viewport: { width: 560, height: 780 },
      deviceScaleFactor: 1.5,
    });
    const page = await context.newPage();
    await page.goto(link);
    await page.getByRole('button').first().click();
    await page.waitForURL(`${gateway}/inbox`);
    while ((await page.locator('li.item').count()) < TURNS.length) {
      await sleep(200); // the list follows within about a second
      await page.reload();
    }
    await take(page, `inbox-list-${colorScheme}`);
    await page.locator('li.item a').first().click();
    await page.locator('article').waitFor();
    await take(page, `inbox-card-${colorScheme}`);
    await context.close();
  }
} finally {
  await browser?.close();
  await stack.stop();
  await rm(folder, { recursive: true, force: true });
}

async function askUntilPending(
  gateway: string,
  apiKey: string,
  { conversationId, message, user }: (typeof TURNS)[number],
): Promise<void> {
  const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
  const body = JSON.stringify({ message, context: { user } });
  const started = await fetch(`${gateway}/v1/conversations/${conversationId}/turns`, {
    ...{ method: 'POST', headers, body },
  });
  const { turnId } = (await started.json()) as { turnId: string };
  const read = await fetch(`${gateway}/v1/turns/${turnId}?wait=30`, { headers });
  const { status } = (await read.json()) as { status: string };
  if (status !== 'awaiting_decision') throw new Error(`The turn "${message}" is ${status}: it asks nobody.`);
}

async function take(page: Page, name: string): Promise<void> {
  await page.evaluate(SET_CLOCKS);
  await page.screenshot({ path: here(`../docs/pictures/${name}.png`) });
  console.log(`docs/pictures/${name}.png`);
}
