import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';

import type { Approval } from '../../src/contracts/approval/approval.ts';
import { freePort } from '../../src/cli/temporal/ports.ts';
import { until } from '../../src/testing/wait.ts';
import { launchChromium } from '../support/chromium.ts';
import { commandOf, type Clone } from './clone.ts';
import { makeServiceClone } from './service.ts';

let clone: Clone;
let browser: Browser;
let url: string;

beforeAll(async () => {
  clone = await makeServiceClone('nextjs-service');
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  const command = commandOf('nextjs-service', 'npm run dev');
  await clone.start(command, { PORT: String(port) }).says('Ready in');
  browser = await launchChromium();
});
afterAll(async () => {
  await browser.close();
  await clone.remove();
});

test('it is typed', async () => {
  await clone.run('examples/nextjs-service/node_modules/.bin/tsc --project examples/nextjs-service');
});

test('a user of the page asks, another one who is signed in decides, and the record names that one', async () => {
  const ada = await signIn('ada');
  await ada.getByLabel('Message').fill('Please refund order A-1044, it arrived broken');
  await ada.getByRole('button', { name: 'Send' }).click();

  const { approvalId } = await clone.pending('the question', ({ arguments: args, requestedBy }) => {
    return args.orderId === 'A-1044' && requestedBy === 'ada';
  });
  const grace = await signIn('grace');
  const card = grace.locator('form', { hasText: 'A-1044' });
  await card.getByRole('button', { name: 'Approve' }).click();
  await expect.poll(() => grace.getByRole('status').textContent()).toBe('Approved.');

  await until('the reply', async () => {
    await ada.reload({ waitUntil: 'domcontentloaded' });
    const reply = ada.getByText('Refunded 42.00 EUR for order A-1044.');
    return (await reply.count()) === 1;
  });
  const { decision } = await clone.ask<Approval>(`/v1/approvals/${approvalId}`);
  expect(decision?.approver).toEqual({ id: 'grace', groups: ['support'] });
});

async function signIn(name: string) {
  const page = await (await browser.newContext()).newPage();
  page.setDefaultTimeout(60_000);
  await page.goto(url, { waitUntil: 'domcontentloaded' });
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Password').fill(name);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText(`Signed in as ${name}.`).waitFor();
  return page;
}
