import type { BrowserContextOptions, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { z } from 'zod';

import { defineApp, defineAssistant, defineTool, requireApproval } from '../../src/index.ts';
import { axeFaults } from '../support/chromium.ts';
import { inboxFor, runOnly } from '../support/inbox.ts';

/** The inbox in German, in a real browser. */
const refund = defineTool({
  ...{ name: 'refund', description: 'Pay an order back.', effect: 'idempotent' },
  parameters: z.strictObject({ orderId: z.string(), amountCents: z.int().positive() }),
  policy: () => requireApproval({ reason: 'Money leaves the house.' }),
  present: ({ orderId, amountCents }) => ({
    title: `Refund of ${orderId}`,
    fields: [{ label: 'Amount', kind: 'money', value: amountCents / 100, currency: 'EUR' }],
    risk: 'critical',
  }),
  execute: ({ orderId }) => `${orderId} is paid back.`,
});
const app = defineApp({
  assistants: [defineAssistant({ name: 'desk', model: 'gpt-test', instructions: 'Help.', tools: [refund] })],
});

const inbox = inboxFor({ app: app, name: 'inbox-language' });

const signIn = (options: BrowserContextOptions) =>
  inbox.signIn({ viewport: { width: 375, height: 740 }, timezoneId: 'Europe/Berlin', ...options });

async function ask(): Promise<string> {
  const turnId = await inbox.world.say('single', { context: { user: 'u-7' } });
  const [approval] = await inbox.world.pending(turnId);
  return approval!.approvalId;
}

/** What is wrong with a page for whoever reads it on a telephone, in both themes. */
async function faultsOf(page: Page): Promise<unknown[]> {
  const faults: unknown[] = [];
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    faults.push(...(await axeFaults(page, { runOnly })));
  }
  const tooWide = await page.evaluate<number>(`(() => {
    for (const details of document.querySelectorAll('details')) details.open = true;
    return document.documentElement.scrollWidth - document.documentElement.clientWidth;
  })()`);
  return tooWide > 0 ? [...faults, `${page.url()} is ${tooWide} px too wide`] : faults;
}

test('a German browser lists, opens, decides and sees the end in German, by the same keys, without a fault at 375 px', async () => {
  const approvalId = await ask();
  const page = await signIn({ locale: 'de-DE' });
  const heading = page.getByRole('heading', { level: 1 });
  await expect.poll(() => heading.textContent()).toBe('Offene Anfragen');
  expect(await page.title()).toBe('(1) Eingang · Countersign');
  expect(await page.locator('.meta .left').textContent()).toMatch(/^noch \d+ (Tg|Std|Min|Sek)\./);
  expect(await faultsOf(page)).toEqual([]);

  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await expect.poll(() => page.locator('#announce').textContent()).toBe('Das ist der letzte Eintrag.');
  await page.keyboard.press('o');
  await page.waitForURL(`**/${approvalId}`);
  const time = page.locator('.facts time').first();
  expect(await time.textContent()).toMatch(/^\d\d\.\d\d\.\d{4}, \d\d:\d\d:\d\d ME(S)?Z$/);
  expect(await time.getAttribute('title')).toMatch(/^\d\d\.\d\d\.\d{4}, \d\d:\d\d:\d\d UTC$/);
  // The tool's own words are in no language that we know.
  expect(await heading.locator('bdi').getAttribute('lang')).toBe('');
  expect(await faultsOf(page)).toEqual([]);

  await page.keyboard.press('?');
  expect(await page.getByRole('dialog', { name: 'Tastenkürzel' }).isVisible()).toBe(true);
  await page.keyboard.press('Escape');
  await page.locator('h1').click();
  await page.keyboard.press('a');
  await expect.poll(() => page.locator('button:focus').textContent()).toBe('Freigeben');
  await page.keyboard.press('Enter');
  await page.getByText('Ihre Entscheidung gilt.', { exact: true }).waitFor();
  await page.getByText('Die Aktion wurde ausgeführt.', { exact: true }).waitFor();
  await expect.poll(() => page.locator('#live-state').textContent()).toContain('Freigegeben');
  expect(await faultsOf(page)).toEqual([]);

  for (const path of ['grants', 'passkeys', 'notifications', 'several', `approvals/${approvalId}/record`]) {
    await page.goto(`${inbox.gateway.url}/inbox/${path}`);
    expect(await page.locator('html').getAttribute('lang')).toBe('de');
    expect(await faultsOf(page)).toEqual([]);
  }
  await page.context().close();
});

test('without JavaScript a reader of English changes to German and back, and stays on the page', async () => {
  const page = await signIn({ locale: 'en-GB', javaScriptEnabled: false });
  await page.goto(`${inbox.gateway.url}/inbox?view=decided`);
  await page.getByRole('button', { name: 'Deutsch' }).click();
  expect(page.url()).toBe(`${inbox.gateway.url}/inbox?view=decided`);
  expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Entschieden');
  await page.getByRole('button', { name: 'English' }).click();
  expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Decided');
  await page.context().close();
});
