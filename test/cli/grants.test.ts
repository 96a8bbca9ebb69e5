import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';

import { EXIT_CODES } from '../../src/cli/errors/exit-codes.ts';
import { defineTool, requireApproval } from '../../src/index.ts';
import { openStore } from '../../src/store/store.ts';
import { startGate, type Gate } from '../../src/testing/gate.ts';
import { temporalAddress } from '../setup/temporal.ts';
import { runHere } from '../support/cli-here.ts';
import { testFolder } from '../support/folder.ts';
import { giveTooMany } from '../support/many-grants.ts';
import { payBack } from '../support/pay-back.ts';

/** Grants at the command line: given, listed, taken back. */

const refund = defineTool({
  ...{ name: 'refund', description: 'Pays money back.', parameters: z.strictObject({ orderId: z.string() }) },
  policy: requireApproval({ within: '30d', onRunDeadline: 'deny', mayGrant: { forMs: '1h' } }),
  execute: ({ orderId }) => `Refunded ${orderId}.`,
});
const url = `sqlite:${join(testFolder(), 'store.sqlite')}`;
let gate: Gate;

beforeAll(async () => {
  gate = await startGate({ ...payBack(refund), store: url, patience: '45s' });
});
afterAll(() => gate.close());

const run = (...args: string[]) =>
  runHere([...args, ...(args.includes('--tenant') ? [] : ['--tenant', gate.tenant])], {
    env: {
      ...{ TEMPORAL_ADDRESS: temporalAddress(), COUNTERSIGN_TASK_QUEUE: gate.taskQueue },
      COUNTERSIGN_DATABASE_URL: url,
    },
  });
const ask = async () => {
  const turn = await gate.say('pay back', { user: 'ada' });
  return { turn, id: (await turn.asked()).approvalId };
};
const approve = (id: string, ...more: string[]) => run('approvals', 'approve', id, '--as', 'grace', ...more);
const listed = async () =>
  (JSON.parse((await run('grants', 'list', '--json')).stdout) as { grants: Record<string, unknown>[] })
    .grants;

test('nobody has given a grant: the list says so', async () => {
  expect(await run('grants', 'list')).toMatchObject({
    ...{ code: 0, stdout: `No grant holds in "${gate.tenant}".\n` },
  });
  expect(await listed()).toEqual([]);
});

test('--grant lets the same through for as long as the policy lets it, until somebody takes it back', async () => {
  const { turn, id } = await ask();
  expect(await approve(id, '--grant')).toMatchObject({ code: 0 });
  await turn.reply();
  const [grant] = await listed();
  expect(grant).toMatchObject({ grantId: id, by: ['grace'], tool: 'refund', terms: { forMs: 3_600_000 } });
  expect((await run('grants', 'list')).stdout).toMatch(
    new RegExp(`^${id} {2}refund \\{.*\\n {2}grace {2}until `),
  );
  const same = { user: 'ada', conversationId: turn.conversationId };
  expect(await (await gate.say('pay back', same)).reply()).toContain('Refunded');

  const revoke = (grantId: string, ...more: string[]) =>
    run('grants', 'revoke', grantId, '--as', 'carol', ...more);
  expect(await revoke(id, '--reason', 'The week is over.')).toMatchObject({
    ...{ code: 0, stdout: `The grant ${id} lets nothing through any more.\n` },
  });
  expect(await listed()).toMatchObject([{ revoked: { by: 'carol', reason: 'The week is over.' } }]);
  expect((await run('grants', 'list')).stdout).toContain('taken back by carol');
  const asked = await gate.say('pay back', same);
  expect((await asked.asked()).approval.byGrant).toBeUndefined();
  // Once more changes nothing, and says what holds.
  const again = JSON.parse((await revoke(id, '--json')).stdout) as object;
  expect(again).toMatchObject({ grantId: id, revoked: { reason: 'The week is over.' } });
  await gate.client.cancelTurn(gate.tenant, asked.turnId);
});

test('--grant takes a shorter time, and refuses a longer one and what is no time', async () => {
  const { turn, id } = await ask();
  expect(await approve(id, '--grant', '2h')).toMatchObject({
    code: EXIT_CODES['not-applied'].code,
    stderr: expect.stringContaining('at most 3600000 ms') as string,
  });
  for (const bad of ['soon', '0m', '-5m', '10'])
    expect(await approve(id, `--grant=${bad}`), bad).toMatchObject({
      stderr: expect.stringContaining('Use a duration such as 90s, 30m or 1h.') as string,
    });
  expect((await gate.client.getApproval(gate.tenant, id))?.status).toBe('pending');
  expect(await approve(id, '--grant', '10m')).toMatchObject({ code: 0 });
  await turn.reply();
  expect(await listed()).toContainEqual(
    expect.objectContaining({ grantId: id, terms: expect.objectContaining({ forMs: 600_000 }) as object }),
  );
});

test('a grant that nobody knows cannot be taken back', async () => {
  const { code, stderr } = await run('grants', 'revoke', 'c-1.unknown', '--as', 'carol');
  expect(code).toBe(EXIT_CODES['not-found'].code);
  expect(stderr).toContain('There is no grant c-1.unknown');
  expect(stderr).toContain('"countersign grants list" lists them.');
});

test('of more grants than are shown, the list says that there are more', async () => {
  const store = await openStore({ url });
  await giveTooMany(store, 'many', Date.now());
  await store.close();
  expect((await run('grants', 'list', '--tenant', 'many')).stdout).toContain('There are more.');
  const { stdout } = await run('grants', 'list', '--tenant', 'many', '--json');
  expect(JSON.parse(stdout)).toMatchObject({ grants: { length: 200 }, more: true });
  expect(JSON.parse((await run('grants', 'list', '--json')).stdout)).toMatchObject({ more: false });
});
