import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

import type { Page } from 'playwright-core';
import { afterEach, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';

import { defineApp, defineAssistant, defineTool, requireApproval } from '../../src/index.ts';
import { inboxFor, looksRight } from '../support/inbox.ts';
import { TENANT } from '../support/world.ts';

/** Pages that follow what happens, in a real browser. A heartbeat comes every second, so that a test need not wait for minutes. */
const BEAT_MS = 1_000;

const order = z.strictObject({ orderId: z.string() });
const refund = defineTool({
  ...{ name: 'refund', description: 'Pay an order back.', effect: 'idempotent' },
  parameters: order.extend({ amountCents: z.int().positive() }),
  policy: requireApproval({ reason: 'Money leaves the house.' }),
  execute: () => 'refund is done.',
});
const wipe = defineTool({
  ...{ name: 'wipe', description: 'Delete an order.', parameters: order },
  policy: requireApproval({ quorum: { approve: 2 } }),
  present: ({ orderId }) => ({ title: `The end of ${orderId}`, fields: [] }),
  execute: () => 'wipe is done.',
});
const app = defineApp({
  assistants: [
    defineAssistant({ name: 'desk', model: 'gpt-test', instructions: 'Help.', tools: [refund, wipe] }),
  ],
});
const inbox = inboxFor({ app, name: 'inbox-live', streamHeartbeatMs: BEAT_MS });
const opened: string[] = [];
/** What a test leaves open waits for nobody in the next one. */
afterEach(async () => {
  for (const context of inbox.browser.contexts()) await context.close();
  for (const approvalId of opened.splice(0)) await bobDecides(approvalId);
});

async function ask(message = 'single'): Promise<{ turnId: string; approvalId: string }> {
  const { turnId, approvalId } = await inbox.world.asked(message, { context: { user: 'u-7' } });
  opened.push(approvalId);
  return { turnId, approvalId };
}

const bobDecides = (approvalId: string, decision: 'approve' | 'deny' = 'deny') =>
  inbox.world.client.decide(TENANT, { approvalId, decision, approver: { id: 'bob', groups: ['support'] } });

/** Opens a card, and waits until it follows. */
async function openFollowing(page: Page, approvalId: string): Promise<void> {
  const following = page.waitForResponse(/\/events$/);
  await page.goto(`${inbox.gateway.url}/inbox/approvals/${approvalId}`);
  await following;
}

const chip = (page: Page) => page.locator('.eyebrow .chip');
const said = (page: Page) => page.locator('#announce');
const focused = (page: Page) =>
  page.evaluate<string>('document.activeElement.id || document.activeElement.innerText');

test.each(['light', 'dark'] as const)(
  'a card says by itself that it is settled, by whom, and what came of it (%s)',
  async (colorScheme) => {
    const page = await inbox.signIn({ colorScheme });
    const { approvalId } = await ask();
    await page.goto(`${inbox.gateway.url}/inbox/approvals/${approvalId}`);
    await page.evaluate('window.isTheSamePage = true');
    await bobDecides(approvalId, 'approve');
    await chip(page).getByText('Approved').waitFor();
    await page.getByText('The action was carried out.').first().waitFor();
    expect(await page.locator('.resolution').innerText()).toMatch(
      /bob approved it[^]*What the tool gave back/,
    );
    await expect.poll(() => said(page).innerText()).toContain('bob approved it. The action was carried out.');
    expect(await page.getByRole('button', { name: 'Approve' }).count()).toBe(0);
    expect(await page.evaluate('window.isTheSamePage')).toBe(true);
    await looksRight(page, 'live');
  },
);

test('after a decision the card tells what came of it, without being asked again', async () => {
  const page = await inbox.signIn();
  const { approvalId } = await ask();
  await page.goto(`${inbox.gateway.url}/inbox/approvals/${approvalId}`);
  await page.getByRole('button', { name: 'Approve' }).first().click();
  await page.getByText('Your decision counts.').waitFor();
  await page.getByText('The action was carried out.').first().waitFor();
  await page.getByText('What the tool gave back').waitFor();
});

test('a form that somebody is at stays when the card is settled, and goes when they leave it empty', async () => {
  const page = await inbox.signIn();
  const { approvalId } = await ask();
  await page.goto(`${inbox.gateway.url}/inbox/approvals/${approvalId}`);
  const note = page.locator('#deny-note');
  await note.pressSequentially('I think');
  await bobDecides(approvalId);
  await page.getByText('It was settled meanwhile').waitFor();
  expect(await focused(page)).toBe('deny-note');
  expect(await note.inputValue()).toBe('I think');
  await note.fill('');
  await page.getByRole('link', { name: 'Back to the inbox' }).focus();
  await note.waitFor({ state: 'detached' });
  expect(await focused(page)).toBe('Back to the inbox');
});

test('arguments that somebody changes are never swapped under the eyes of whoever is about to decide', async () => {
  const page = await inbox.signIn();
  const { approvalId, turnId } = await ask();
  await page.goto(`${inbox.gateway.url}/inbox/approvals/${approvalId}`);
  const approver = { id: 'bob', groups: ['support'] };
  await inbox.world.client.decide(TENANT, {
    ...{ approvalId, decision: 'edit', arguments: { orderId: 'A-2', amountCents: 1 }, approver },
  });
  await page.getByText('Somebody has changed the arguments since').waitFor();
  const main = await page.locator('main').innerText();
  expect(main).toContain('4200');
  expect(main).not.toContain('A-2');
  await page.getByRole('link', { name: 'Show them as they are now' }).click();
  await page.getByText('A-2').first().waitFor();
  await inbox.world.end(turnId);
});

test('a list takes in what is asked and settled, keeps focus and place, and has the count in its title', async () => {
  const page = await inbox.signIn({ viewport: { width: 800, height: 300 } });
  const [first, second] = [await ask(), await ask()];
  const item = ({ approvalId }: { approvalId: string }) => page.locator(`[data-id="${approvalId}"]`);
  await item(second).waitFor();
  await item(first).waitFor();
  await expect.poll(() => page.title()).toBe('(2) Inbox · Countersign');
  await item(second).getByRole('link').focus();
  await page.evaluate('scrollTo(0, document.body.scrollHeight)');
  const seen = `document.querySelector('[data-id="${second.approvalId}"]')`;
  const top = () => page.evaluate<number>(`${seen}.getBoundingClientRect().top`);
  const hasFocus = () => page.evaluate<boolean>(`${seen}.contains(document.activeElement)`);
  const before = await top();

  await bobDecides(first.approvalId);
  await item(first).waitFor({ state: 'detached' });
  expect(await said(page).innerText()).toBe('One is settled.');
  const third = await ask();
  await item(third).waitFor();
  await expect.poll(() => said(page).innerText()).toBe('One more question.');
  expect(await hasFocus()).toBe(true);
  expect(Math.abs((await top()) - before)).toBeLessThan(200);

  // What has the focus is not taken away from under it.
  await bobDecides(second.approvalId);
  await item(second).getByText('settled').waitFor();
  expect(await hasFocus()).toBe(true);
  await expect.poll(() => page.title()).toBe('(1) Inbox · Countersign');
  await looksRight(page, 'live');
  await item(third).getByRole('link').focus();
  await item(second).waitFor({ state: 'detached' });
  await bobDecides(third.approvalId);
  await page.getByText('Nothing waits for you').waitFor();
  expect(await page.title()).toBe('Inbox · Countersign');
  expect(await focused(page)).not.toBe('');
});

test('a list names a call as its tool does, until somebody changes the call', async () => {
  const page = await inbox.signIn();
  const { approvalId, turnId } = await ask('wiping');
  onTestFinished(async () => {
    await inbox.world.client.cancelTurn(TENANT, turnId);
  });
  const title = page.locator(`[data-id="${approvalId}"] h2 a`);
  await title.focus();
  expect([await title.innerText(), await title.getAttribute('class')]).toEqual(['The end of A-1', null]);
  const change = { decision: 'edit', arguments: { orderId: 'A-2' }, approver: { id: 'carol' } } as const;
  await inbox.world.client.decide(TENANT, { approvalId, ...change });
  await expect.poll(() => title.innerText()).toBe('wipe');
  expect([await title.getAttribute('class'), await focused(page)]).toEqual(['tool', 'wipe']);
});

test('a page is back by itself when the gateway was restarted', async () => {
  const page = await inbox.signIn();
  const { approvalId } = await ask();
  await openFollowing(page, approvalId);
  await inbox.restartGateway(() => bobDecides(approvalId));
  await chip(page).getByText('Denied').waitFor();
});

test('a page whose stream is refused, or held back, looks now and then instead', async () => {
  for (const how of ['refused', 'held back'] as const) {
    const page = await inbox.signIn();
    await page.route(/\/events$/, (route) => (how === 'refused' ? route.abort() : undefined));
    const { approvalId } = await ask();
    await page.goto(`${inbox.gateway.url}/inbox/approvals/${approvalId}`);
    const answers: number[] = [];
    page.on('response', (response) => {
      if (new URL(response.url()).pathname.endsWith('/parts')) answers.push(response.status());
    });
    // What has not changed is not sent again.
    await expect.poll(() => answers.includes(304), { timeout: 15_000 }).toBe(true);
    expect(new Set(answers)).toEqual(new Set([304]));
    await bobDecides(approvalId);
    await chip(page).getByText('Denied').waitFor();
    expect(answers).toContain(200);
  }
});

test('a proxy that closes connections without traffic closes no stream', async () => {
  const proxy = await startIdleProxy(inbox.gateway.port, 2 * BEAT_MS);
  try {
    const page = await inbox.signIn({ baseUrl: proxy.url });
    const { approvalId } = await ask();
    const streams: string[] = [];
    page.on('request', (request) => {
      if (request.url().endsWith('/events')) streams.push(request.url());
    });
    await page.goto(`${proxy.url}/inbox/approvals/${approvalId}`);
    await expect.poll(() => proxy.closed(), { timeout: 15_000 }).toBeGreaterThan(0);
    await page.waitForTimeout(3 * BEAT_MS);
    expect(streams).toHaveLength(1);
    await bobDecides(approvalId);
    await chip(page).getByText('Denied').waitFor();
    expect(streams).toHaveLength(1);
  } finally {
    await proxy.stop();
  }
});

test.each(['ends', 'is revoked'])(
  'a page says so when its session %s, and follows nothing more',
  async (how) => {
    const page = await inbox.signIn();
    const { approvalId } = await ask();
    await openFollowing(page, approvalId);
    if (how === 'ends') await inbox.store.sessions.endAllOf(TENANT, 'ada');
    else await inbox.store.revocations.revoke(TENANT, 'ada');
    await page.getByText('You are signed out').waitFor();
    await bobDecides(approvalId);
    await page.waitForTimeout(2 * BEAT_MS);
    expect(await chip(page).innerText()).toBe('Waiting for a decision');
    await inbox.store.revocations.restore(TENANT, 'ada');
  },
);

test('a card that is not found any more says so, and asks no more', async () => {
  const page = await inbox.signIn();
  const { approvalId } = await ask();
  let asked = 0;
  await page.route(/\/parts(\?|$)/, (route) => {
    asked += 1;
    return route.fulfill({ status: 404 });
  });
  await openFollowing(page, approvalId);
  await bobDecides(approvalId);
  await page.getByText('This approval is not found any more').waitFor();
  const before = asked;
  await page.waitForTimeout(2 * BEAT_MS);
  expect(asked).toBe(before);
  expect(await page.getByText('You are signed out').isVisible()).toBe(false);
});

test('without JavaScript list and card work as they are, and change when they are asked again', async () => {
  const page = await inbox.signIn({ javaScriptEnabled: false });
  const { approvalId, turnId } = await ask();
  await page.goto(`${inbox.gateway.url}/inbox/approvals/${approvalId}`);
  expect(await page.getByText('You are signed out').isVisible()).toBe(false);
  expect(await page.getByText('not found any more').isVisible()).toBe(false);
  expect(await page.getByText('Somebody has changed').isVisible()).toBe(false);
  expect(await page.getByText('It was settled meanwhile').isVisible()).toBe(false);
  await page.getByRole('button', { name: 'Deny' }).first().click();
  await page.getByText('Your decision counts.').waitFor();
  await inbox.world.end(turnId);
  const nothing = page.getByText('Nothing waits for you');
  // The index follows within about a second.
  await expect.poll(async () => (await page.goto(`${inbox.gateway.url}/inbox`), nothing.count())).toBe(1);
});

/** Stands before a gateway, and closes every connection on which nothing went either way for so long. */
async function startIdleProxy(target: number, idleMs: number) {
  const sockets = new Set<Socket>();
  let closed = 0;
  const server: Server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1');
    let timer: NodeJS.Timeout;
    const end = () => {
      clearTimeout(timer);
      for (const socket of [client, upstream]) socket.destroy();
    };
    const busy = () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        closed += 1;
        end();
      }, idleMs);
    };
    busy();
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.on('data', (piece) => {
        busy();
        to.write(piece);
      });
      from.on('error', end);
      from.on('close', end);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    closed: () => closed,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
