import type { Page } from 'playwright-core';
import { afterEach, expect, test } from 'vitest';
import { z } from 'zod';

import { defineApp, defineAssistant, defineTool, requireApproval } from '../../src/index.ts';
import { inboxFor, looksRight } from '../support/inbox.ts';
import { TENANT } from '../support/world.ts';

/** The card of an application that says how its call is shown, in a real browser. */
const refund = defineTool({
  ...{ name: 'refund', description: 'Pay an order back.', effect: 'idempotent' },
  parameters: z.strictObject({ orderId: z.string(), amountCents: z.int().positive() }),
  policy: ({ amountCents }) =>
    requireApproval({
      reason: 'Money leaves the house.',
      ...(amountCents > 50_000 && { showConversation: false }),
    }),
  present: ({ orderId, amountCents }) => ({
    title: `Refund of ${orderId}`,
    summary: 'The customer gets the money back on the card.',
    fields: [
      { label: 'Amount', kind: 'money', value: amountCents / 100, currency: 'EUR' },
      { label: 'Bought', kind: 'date', value: '2026-03-01T12:00:00Z' },
      { label: 'Order', kind: 'link', value: 'https://shop.example/orders/A-1' },
      { label: 'Books', kind: 'diff', value: ' open\n-paid\n+paid back' },
    ],
    risk: 'high',
  }),
  execute: ({ orderId }) => `${orderId} is paid back.`,
});
const app = defineApp({
  assistants: [defineAssistant({ name: 'desk', model: 'gpt-test', instructions: 'Help.', tools: [refund] })],
});

const inbox = inboxFor({ app: app, name: 'inbox-card' });

const opened: string[] = [];
/** What a test leaves open is nothing that the next one is led to. */
afterEach(async () => {
  const denial = { decision: 'deny', approver: { id: 'bob' } } as const;
  for (const approvalId of opened.splice(0))
    await inbox.world.client.decide(TENANT, { approvalId, ...denial });
});

async function openCard(
  page: Page,
  message = 'single',
  more: { conversationId?: string } = {},
): Promise<{ turnId: string; approvalId: string }> {
  const turnId = await inbox.world.say(message, { context: { user: 'u-7' }, ...more });
  const [approval] = await inbox.world.pending(turnId);
  const { approvalId } = approval!;
  opened.push(approvalId);
  await page.goto(`${inbox.gateway.url}/inbox/approvals/${approvalId}`);
  return { turnId, approvalId };
}

test.each(['light', 'dark'] as const)(
  'a tool says how its call is shown, and its arguments are one click away (%s)',
  async (colorScheme) => {
    const page = await inbox.signIn({ colorScheme });
    const { turnId, approvalId } = await openCard(page);
    const main = page.locator('main');
    const shown = [
      'Refund of A-1',
      'EUR 42.00',
      'High risk',
      'https://shop.example/orders/A-1',
      '+paid back',
    ];
    const text = (await main.innerText()).replaceAll(/\s/g, ' ');
    for (const part of shown) expect(text).toContain(part);
    expect(text).not.toContain('4200');
    await looksRight(page, `presented-${colorScheme}`);
    await page.getByText('What will run').click();
    expect(await main.innerText()).toContain('4200');

    const edited = { orderId: 'A-2', amountCents: 100 };
    const approver = { id: 'ada' };
    await inbox.world.client.decide(TENANT, {
      ...{ approvalId, decisionId: 'e-1', decision: 'edit', arguments: edited, approver },
      ...{ source: 'test', decidedAt: new Date().toISOString() },
    });
    const turn = await inbox.world.end(turnId);
    // What was changed is shown as it is now.
    expect(turn.approvals[0]?.presented).toMatchObject({
      title: 'Refund of A-2',
      fields: [{ value: '1' }, {}, {}, {}],
    });
    await page.context().close();
  },
);

test('the card has what was said before it was asked, and whose words they are', async () => {
  const conversationId = 'said-before';
  for (let turn = 0; turn < 6; turn += 1)
    await inbox.world.ended(`Good morning ${turn} <b>\u202e`, { conversationId, context: { user: 'u-6' } });
  const page = await inbox.signIn();
  const lines = () => page.locator('.said blockquote').allInnerTexts();
  // The index follows within about a second.
  await openCard(page, 'single refund, please', { conversationId });
  await expect.poll(async () => (await page.reload(), (await lines()).length)).toBe(11);
  await page.getByText('10 lines before it').click();
  const [message, ...before] = await lines();
  expect(message).toMatch(/^Words of the user u-7, .*\n?single refund, please$/);
  // The oldest of the six turns is one too many.
  expect(before.map((text) => text.replace(/, [-\d: ]+UTC\s*/, ': '))).toEqual(
    [1, 2, 3, 4, 5].flatMap((turn) => [
      `Words of the user u-6: Good morning ${turn} <b>⟦U+202E RIGHT-TO-LEFT OVERRIDE⟧`,
      'The model’s words: Hello.',
    ]),
  );
  await looksRight(page, 'said');

  await openCard(page, 'large, and private');
  expect(await page.locator('main').innerText()).not.toContain('private');
  await page.context().close();
});

test('approve, deny, edit, answer and a conflict need nothing but keys', async () => {
  const page = await inbox.signIn({ timezoneId: 'Europe/Berlin' });
  const { keyboard } = page;
  const counts = () => page.getByText('Your decision counts.').waitFor();
  const decisionOf = async (turnId: string) => (await inbox.world.end(turnId)).approvals[0]?.decision;

  const approved = await openCard(page);
  const time = page.locator('.facts time').first();
  // The reader's zone, and UTC on hover.
  expect(await time.innerText()).toMatch(/ GMT\+1$/);
  expect(await time.getAttribute('title')).toMatch(/ UTC$/);
  await keyboard.press('a');
  await keyboard.press('Enter');
  await counts();
  expect(await decisionOf(approved.turnId)).toMatchObject({ decision: 'approve' });

  const denied = await openCard(page);
  await keyboard.press('d');
  await keyboard.type('jade: not yet');
  await keyboard.press('Tab');
  await keyboard.press('Enter');
  await counts();
  expect(await decisionOf(denied.turnId)).toMatchObject({ decision: 'deny', note: 'jade: not yet' });

  const edited = await openCard(page);
  await keyboard.press('e');
  await keyboard.press('Control+A');
  await keyboard.type('{"orderId": "A-9", "amountCents": 1}');
  for (const key of ['Tab', 'Tab', 'Enter']) await keyboard.press(key);
  await counts();
  expect(await decisionOf(edited.turnId)).toMatchObject({ decision: 'edit' });

  const answered = await openCard(page);
  await keyboard.press('r');
  await keyboard.type('Ask again on Monday.');
  for (const key of ['Tab', 'Enter']) await keyboard.press(key);
  await counts();
  expect(await decisionOf(answered.turnId)).toMatchObject({ response: 'Ask again on Monday.' });

  // A page that hears of it in time has nothing left to decide.
  await page.route(/\/(?:events|parts)(?:\?|$)/, (route) => route.abort());
  const { approvalId } = await openCard(page);
  await inbox.world.client.decide(TENANT, { approvalId, decision: 'deny', approver: { id: 'bob' } });
  await keyboard.press('a');
  await keyboard.press('Enter');
  await page.getByText('another one came first').waitFor();
  await page.unrouteAll();
  // What waits next is one key away.
  const after = await inbox.world.asked('single', { context: { user: 'u-7' } });
  const next = page.getByRole('link', { name: 'Next: Refund of A-1' });
  await expect.poll(async () => (await page.reload(), next.count())).toBe(1);
  expect(await next.getAttribute('href')).toContain(after.approvalId);
  await inbox.world.decide(after, { decision: 'deny' });
  await keyboard.press('a');
  expect(await page.getByRole('status').last().innerText()).toBe('There is nothing here to decide.');

  const waiting = await openCard(page);
  await page.goto(`${inbox.gateway.url}/inbox`);
  const link = page.locator(`a[href$="${waiting.approvalId}"]`);
  await expect.poll(async () => (await page.reload(), link.count())).toBe(1);
  await keyboard.press('j');
  expect(await page.evaluate<string>('document.activeElement.href')).toContain(waiting.approvalId);
  await keyboard.press('o');
  await page.waitForURL(/approvals/);

  // Who types by voice can switch them off.
  await keyboard.press('?');
  await page.getByLabel('Keys are off').check();
  await looksRight(page, 'keys');
  await page.getByRole('button', { name: 'Close' }).press('Enter');
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
  await keyboard.press('e');
  expect(await page.getByLabel('Arguments as JSON').isVisible()).toBe(false);
  await page.context().close();
});
