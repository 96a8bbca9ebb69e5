import { join } from 'node:path';

import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';

import type { About } from '../../src/contracts/recording/fact.ts';
import { createRecorder } from '../../src/record/recorder.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { testFolder } from '../support/folder.ts';
import { APPROVAL_ID, createTestGateway, NOW, sampleApproval, signedInBrowser, TENANT } from './support.ts';

/** What pages of the inbox ask for by themselves. A browser sees the rest (test/e2e/inbox-live.test.ts). */

let now = NOW;
let store: Store;
let gateway: ReturnType<typeof createTestGateway>;
beforeAll(async () => {
  store = await openStore({ url: `sqlite:${join(testFolder(), 'store.sqlite')}`, clock: () => now });
  gateway = createTestGateway({ store });
});
afterAll(() => store.close());

const CARD = `/inbox/approvals/${APPROVAL_ID}`;
const CARD_PARTS = `${CARD}/parts`;

test.each([
  ['/inbox', '/inbox/parts'],
  [CARD, CARD_PARTS],
])(
  '%s names what its parts are made of, and they are sent again only when they are others',
  async (page, parts) => {
    const browser = await signedInBrowser(gateway);
    const [, etag = ''] =
      /data-etag="&quot;([^&]+)&quot;"/.exec(await (await browser.get(page)).text()) ?? [];
    const same = await browser.get(parts, { 'if-none-match': `"${etag}"` });
    expect([same.status, await same.text()]).toEqual([304, '']);
    expect((await browser.get(parts, { 'if-none-match': `W/"${etag}"` })).status).toBe(304);
    const other = await browser.get(parts, { 'if-none-match': '"another"' });
    expect(other.status).toBe(200);
    const text = await other.text();
    expect(text).toContain('data-live');
    expect(text).not.toContain('<script');
    expect(other.headers.get('etag')).toBe(`"${etag}"`);
  },
);

test('the parts of a card are others once somebody has voted', async () => {
  const one = createTestGateway();
  const browser = await signedInBrowser(one);
  const etag = (await browser.get(CARD_PARTS)).headers.get('etag') ?? '';
  one.client.approvals = [sampleApproval({ status: 'denied' })];
  const answer = await browser.get(CARD_PARTS, { 'if-none-match': etag });
  expect(answer.status).toBe(200);
  expect(await answer.text()).toContain('data-status="denied"');
});

test.each(['/inbox/parts', '/inbox/events', CARD_PARTS, `${CARD}/events`])(
  '%s says 401 to whoever is not signed in, and leads nowhere',
  async (path) => {
    const answer = await gateway.ask('GET', path, { key: null });
    expect([answer.status, answer.headers.get('location')]).toEqual([401, null]);
  },
);

test('only lists and cards may connect, and to this gateway alone', async () => {
  const browser = await signedInBrowser(gateway);
  const policyOf = async (path: string) =>
    (await browser.get(path)).headers.get('content-security-policy') ?? '';
  for (const path of ['/inbox', CARD]) expect(await policyOf(path)).toContain("; connect-src 'self';");
  for (const path of ['/inbox/passkeys', `${CARD}/record`])
    expect(await policyOf(path)).not.toContain('connect-src');
});

test('an open page does not keep anybody signed in', async () => {
  onTestFinished(() => void (now = NOW));
  const browser = await signedInBrowser(gateway);
  for (let minutes = 0; minutes < 130; minutes += 10) {
    const { status } = await browser.get('/inbox/parts');
    expect(status, `after ${minutes} minutes`).toBe(minutes < 120 ? 200 : 401);
    now += 10 * 60_000;
  }
});

test('the card shows what the record says came of it, before the turn knows', async () => {
  const browser = await signedInBrowser(gateway);
  const approved = sampleApproval({ status: 'approved', outcome: 'executing' });
  gateway.client.approvals = [approved];
  expect(await (await browser.get(CARD)).text()).toContain('is being carried out');
  const { tool, argumentsDigest: digest } = approved;
  const about = { tenant: TENANT, turnId: approved.turnId, conversationId: approved.conversationId };
  const fact = { approvalId: APPROVAL_ID, tool, digest, at: new Date(NOW).toISOString() };
  const end = { ...fact, is: 'ended', outcome: 'executed', output: `<b>${'😀'.repeat(4_100)}` } as const;
  await createRecorder(store).write(about satisfies About, [{ ...fact, is: 'started' }, end]);
  const text = await (await browser.get(CARD)).text();
  expect(text).toContain('The action was carried out.');
  expect(text).toContain('&lt;b&gt;😀😀');
  expect(text).not.toContain('LONE SURROGATE');
  expect(text).toContain('… 103 more characters');
});

test('a gateway without a store lets lists look now and then, and streams cards', async () => {
  const without = createTestGateway();
  const browser = await signedInBrowser(without);
  expect((await browser.get('/inbox/events')).status).toBe(204);
  const stream = await browser.get(`${CARD}/events`);
  expect(stream.headers.get('content-type')).toBe('text/event-stream');
  await stream.body!.cancel();
});

test('a HEAD of a stream of the inbox locks nobody out of it', async () => {
  const browser = await signedInBrowser(gateway);
  for (const path of ['/inbox/events', `${CARD}/events`])
    for (let count = 0; count < 21; count += 1)
      expect((await browser.head(path)).status, `${path} ${count}`).toBe(200);
  const stream = await browser.get(`${CARD}/events`);
  expect(stream.status).toBe(200);
  await stream.body!.cancel();
});
