import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { AnyApproval } from '../../src/contracts/approval/approval.ts';
import { toRow } from '../../src/record/index-rows.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { createTestGateway, NOW, problemOf, sampleApproval, signedInBrowser } from './support.ts';

/** Lists as services and people ask for them: what waits, what is theirs, and what was decided. */

const IN_AN_HOUR = new Date(NOW + 3_600_000).toISOString();
const ids = ['a', 'b', 'c', 'd'].map((last) => `order-4711.k3f9w2m7c5q8.p4x7r2d${last}`);
const [FOR_ANYBODY = '', FOR_IT = '', DENIED = '', APPROVED = ''] = ids;

let folder: string;
let store: Store;
let gateway: ReturnType<typeof createTestGateway>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-lists-'));
  store = await openStore({ url: `sqlite:${join(folder, 'store.sqlite')}`, clock: () => NOW });
  gateway = createTestGateway({ store });
  const { approvers: _, ...sample } = sampleApproval({ deadline: IN_AN_HOUR });
  const decision = {
    ...{ decisionId: 'd-1', decision: 'deny', approver: { id: '<b>grace</b>' }, source: 'api' },
    decidedAt: IN_AN_HOUR,
  };
  const rows = [
    { ...sample, approvalId: FOR_ANYBODY, requestedBy: 'ada' },
    { ...sample, approvalId: FOR_IT, approvers: ['it'], tool: 'deploy', conversationId: 'c-2' },
    { ...sample, approvalId: DENIED, status: 'denied', resolvedAt: IN_AN_HOUR, decision },
    { ...sample, approvalId: APPROVED, status: 'approved', resolvedAt: IN_AN_HOUR, reason: 'a broken mug' },
  ] as AnyApproval[];
  await store.index.put(rows.map(toRow));
});
afterAll(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

interface Page {
  approvals: { approvalId: string }[];
  more: boolean;
  next: string | null;
}
const list = async (query: string) =>
  (await (await gateway.ask('GET', `/v1/approvals${query}`)).json()) as Page;
const idsOf = async (query: string) => (await list(query)).approvals.map(({ approvalId }) => approvalId);

test.each([
  ['', [FOR_ANYBODY, FOR_IT]],
  ['?status=pending&tool=deploy', [FOR_IT]],
  ['?status=decided', [APPROVED, DENIED]],
  ['?status=denied,expired', [DENIED]],
  ['?status=all&sort=deadline', ids],
  ['?status=all&q=mug', [APPROVED]],
  ['?requester=ada', [FOR_ANYBODY]],
  ['?conversation=c-2', [FOR_IT]],
  ['?risk=high', []],
  ['?mine=true', [FOR_ANYBODY]],
  ['?mine=true&status=denied', []],
])('GET /v1/approvals%s lists what it names, and no more', async (query, expected) => {
  expect(await idsOf(query)).toEqual(expected);
});

test('pages follow each other by their cursor, and the last one has none', async () => {
  const first = await list('?status=all&sort=newest&limit=3');
  expect([first.approvals.length, first.more]).toEqual([3, true]);
  const second = await list(`?status=all&sort=newest&limit=3&cursor=${first.next}`);
  expect(second).toMatchObject({ more: false, next: null });
  const seen = [...first.approvals, ...second.approvals].map(({ approvalId }) => approvalId);
  expect(seen.toSorted()).toEqual(ids);
});

test('what was decided says how, when and by whom', async () => {
  const { approvals } = await list('?status=denied');
  expect(approvals[0]).toMatchObject({
    ...{ status: 'denied', resolvedAt: IN_AN_HOUR },
    voted: [{ by: '<b>grace</b>', decision: 'deny', at: IN_AN_HOUR }],
  });
});

test.each([
  ['status=gone', 'status', 'must be "decided", "all", or some of pending, approved'],
  ['mine=yes', 'mine', 'must be "true" or "false"'],
  ['sort=oldest', 'sort', 'must be "deadline" or "newest"'],
  ['risk=huge', 'risk', 'must be one of low, medium, high, critical'],
  ['conversation=a b', 'conversation', 'must be 1 to 128 letters'],
  [`q=${'x'.repeat(201)}`, 'q', 'must have at most 200 characters'],
  ['cursor=x', 'cursor', 'must be one that the page before gave, of the same sort "deadline"'],
])('GET /v1/approvals?%s is refused, naming the field', async (query, field, message) => {
  const answer = await gateway.ask('GET', `/v1/approvals?${query}`);
  expect(answer.status).toBe(400);
  const found = await problemOf(answer);
  expect(found.errors).toEqual([{ field, message: expect.stringContaining(message) as string }]);
});

test('a gateway without a store lists what waits, and says which fields need one', async () => {
  const without = createTestGateway();
  expect((await without.ask('GET', '/v1/approvals?status=pending&tool=deploy')).status).toBe(200);
  const found = await problemOf(await without.ask('GET', '/v1/approvals?status=all&q=mug&mine=true'));
  const message = 'needs a store, which this gateway has not: set COUNTERSIGN_DATABASE_URL';
  expect(found.errors).toEqual(['status', 'mine', 'q'].map((field) => ({ field, message })));
  const browser = await signedInBrowser(without);
  expect(await (await browser.get('/inbox')).text()).not.toContain('role="search"');
});

describe('the inbox', () => {
  const page = async (path: string, groups: string[] = []) => {
    const answer = await (await signedInBrowser(gateway, groups)).get(path);
    const text = await answer.text();
    return {
      status: answer.status,
      text,
      shown: ids.filter((id) => text.includes(`/inbox/approvals/${id}"`)),
    };
  };

  test.each([
    ['/inbox', [], [FOR_ANYBODY]],
    ['/inbox?view=mine', ['it'], [FOR_ANYBODY, FOR_IT]],
    ['/inbox?view=all', [], [FOR_ANYBODY, FOR_IT]],
    ['/inbox?view=decided', [], [DENIED, APPROVED]],
    ['/inbox?view=decided&q=mug&tool=&requester=', [], [APPROVED]],
    ['/inbox?view=all&conversation=c-2', [], [FOR_IT]],
  ])('%s of somebody in the groups %j shows what it names', async (path, groups, expected) => {
    expect((await page(path, groups)).shown).toEqual(expected);
  });

  test('keeps what was typed in the form, as text', async () => {
    const { text, shown } = await page(`/inbox?view=all&q=${encodeURIComponent('"><b>mug</b>')}`);
    expect(shown).toEqual([]);
    expect(text).toContain('value="&quot;&gt;&lt;b&gt;mug&lt;/b&gt;"');
    expect(text).toContain('Nothing matches');
    expect((await page('/inbox?view=decided')).text).not.toContain('<b>grace</b>');
  });

  test('says which field of an address is wrong', async () => {
    const { status, text } = await page('/inbox?view=all&cursor=x');
    expect([status, text.includes('cursor must be one that the page before gave')]).toEqual([400, true]);
  });
});
