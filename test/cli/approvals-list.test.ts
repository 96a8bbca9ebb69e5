import { afterAll, beforeAll, expect, test } from 'vitest';

import { EXIT_CODES } from '../../src/cli/errors/exit-codes.ts';
import type { AnyApproval } from '../../src/contracts/approval/approval.ts';
import { toRow } from '../../src/record/index-rows.ts';
import { openStore } from '../../src/store/store.ts';
import { APPROVAL_ID, sampleApproval, TENANT } from '../gateway/support.ts';
import { freshDatabase, type FreshDatabase } from '../store/databases.ts';
import { runHere } from '../support/cli-here.ts';

/** `countersign approvals list` of what was decided. */

let database: FreshDatabase;
beforeAll(async () => {
  database = await freshDatabase('sqlite');
  const store = await openStore({ url: database.url });
  const end = { resolvedAt: '2026-03-01T12:00:00.000Z' };
  const decision = {
    ...{ decisionId: 'd', decision: 'deny', approver: { id: 'grace' }, source: 'api' },
    decidedAt: end.resolvedAt,
  };
  const denied = { ...sampleApproval(), ...end, status: 'denied', decision } as AnyApproval;
  await store.index.put([toRow(denied)]);
  await store.close();
});
afterAll(() => database.remove());

const list = (...args: string[]) =>
  runHere(['approvals', 'list', '--tenant', TENANT, ...args], {
    env: { COUNTERSIGN_DATABASE_URL: database.url },
  });

test.each([
  [['--status', 'denied'], true],
  [['--status', 'decided', '--text', 'refund'], true],
  [['--status', 'all', '--tool', 'refund_order'], true],
  [['--status', 'all', '--tool', 'deploy'], false],
  [['--status', 'approved'], false],
  [['--text', 'refund'], false],
])('approvals list %j finds what was denied: %s', async (args, isFound) => {
  const { code, stdout } = await list(...args);
  expect([code, stdout.includes(APPROVAL_ID), stdout.includes('grace: deny')]).toEqual([0, isFound, isFound]);
});

test('a status that is none is refused, naming those that are', async () => {
  const { code, stderr } = await list('--status', 'gone');
  expect([code, stderr.includes('decided, all')]).toEqual([EXIT_CODES.usage.code, true]);
});
