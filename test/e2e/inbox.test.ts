import { readFile } from 'node:fs/promises';

import { verifyReceipt } from '@countersign/receipts';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';

import { axeFaults } from '../support/chromium.ts';
import { createDesk } from '../support/desk.ts';
import { until } from '../../src/testing/wait.ts';
import { inboxFor, runOnly } from '../support/inbox.ts';

const desk = createDesk();
const inbox = inboxFor({ app: desk.app, name: 'inbox' });

async function openCard(page: Page, message: string): Promise<{ turnId: string }> {
  const turnId = await inbox.world.say(message, { context: { user: 'u-7' } });
  const [approval] = await inbox.world.pending(turnId);
  // The list follows within about a second.
  const link = page.locator(`a[href$="${approval!.approvalId}"]`);
  await until('the approval in the list', async () => {
    await page.goto(`${inbox.gateway.url}/inbox`);
    return (await link.count()) > 0;
  });
  await link.first().click();
  return { turnId };
}

test.each([true, false])(
  'a person signs in, sees what will happen, approves it (JavaScript %s)',
  async (javaScript) => {
    desk.effects.length = 0;
    const page = await inbox.signIn({ javaScriptEnabled: javaScript });
    const { turnId } = await openCard(page, 'single');
    const text = await page.locator('main').innerText();
    const shown = [
      'refund',
      'Pay an order back.',
      'A-1',
      '4200',
      'u-7',
      'Money leaves the house.',
      'sha256:',
    ];
    for (const part of shown) expect(text).toContain(part);
    expect(desk.effects).toEqual([]);
    await page.getByRole('button', { name: 'Approve', exact: false }).first().click();
    await page.getByText('approved', { exact: false }).first().waitFor();
    const turn = await inbox.world.end(turnId);
    const byAda = { decision: 'approve', approver: { id: 'ada' }, source: 'inbox' };
    expect(turn.approvals[0]?.decision).toMatchObject(byAda);
    expect(desk.effects).toHaveLength(1);

    await page.getByRole('link', { name: 'Record' }).click();
    const record = await page.locator('main').innerText();
    for (const part of ['ada approved it.', 'The action was carried out.']) expect(record).toContain(part);
    const saving = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Save the receipt' }).click();
    const receipt = await readFile(await (await saving).path(), 'utf8');
    expect(await verifyReceipt(receipt)).toMatchObject({ ok: true, entries: 5, problems: [] });
    await page.context().close();
  },
);

const PHONE = { width: 375, height: 812 };

test.each(['light', 'dark'] as const)(
  'every page can be used by everybody, as far as axe can tell (%s)',
  async (colorScheme) => {
    const context = await inbox.browser.newContext({ colorScheme, viewport: PHONE });
    const page = await context.newPage();
    const found: Record<string, string[]> = {};
    const look = async (name: string) => {
      found[name] = (await axeFaults(page, { runOnly })).map(({ fault }) => fault);
      for (const width of process.env.SCREENSHOTS ? [1280, PHONE.width] : []) {
        await page.setViewportSize({ ...PHONE, width });
        const path = `${process.env.SCREENSHOTS}/${colorScheme}-${name}-${width}.png`;
        await page.screenshot({ path, fullPage: true });
      }
      // Nothing is wider than a phone.
      expect(await page.evaluate<number>('document.documentElement.scrollWidth'), name).toBeLessThanOrEqual(
        PHONE.width,
      );
    };
    await page.goto(await inbox.linkOfAda());
    await look('sign-in');
    await page.getByRole('button').first().click();
    await page.waitForURL(`${inbox.gateway.url}/inbox`);
    const { turnId } = await openCard(page, 'single');
    const card = page.url();
    await look('card');
    await page.goto(`${inbox.gateway.url}/inbox`);
    await look('list');

    await page.goto(card);
    await page.getByText('Approve with other arguments').click();
    await page.getByLabel('Arguments as JSON').fill('{"amountCents": ');
    await page.getByRole('button', { name: 'Approve these arguments' }).click();
    await page.getByRole('alert').first().waitFor();
    await look('refused-edit');

    await page.goto(card);
    const session = (await context.cookies()).filter(({ name }) => name === 'countersign_session');
    await context.clearCookies({ name: 'countersign_session' });
    await page.getByLabel('Note for the model and the record').fill('Paid twice already.');
    await page.getByRole('button', { name: 'Deny' }).click();
    await page.getByText('Paid twice already.').waitFor();
    await look('sign-in-again');
    await context.addCookies(session);
    await page.getByRole('button', { name: 'I am signed in' }).click();
    await page.getByText('You are signed in again').waitFor();
    await look('resumed');
    await page.getByRole('button', { name: 'Deny' }).click();
    await page.getByText('Your decision counts').waitFor();
    await look('decided');
    const turn = await inbox.world.end(turnId);
    await page.getByRole('link', { name: 'Record' }).click();
    await page.getByText('ada denied it.').waitFor();
    await look('record');
    await page.goto(`${inbox.gateway.url}/inbox/nowhere`);
    await look('not-found');
    expect(turn.approvals[0]?.decision).toMatchObject({ note: 'Paid twice already.' });
    expect(found).toEqual(Object.fromEntries(Object.keys(found).map((name) => [name, []])));
    await context.close();
  },
);
