import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';

import { EXIT_CODES } from '../../src/cli/errors/exit-codes.ts';
import type { AnyShownApproval } from '../../src/contracts/approval/approval.ts';
import { defineTool, requireApproval } from '../../src/index.ts';
import { startGate, type Gate } from '../../src/testing/gate.ts';
import { until } from '../../src/testing/wait.ts';
import { temporalAddress } from '../setup/temporal.ts';
import { runHere } from '../support/cli-here.ts';
import { payBack } from '../support/pay-back.ts';

/** Approvals that one person cannot settle, at the command line. */

const refund = defineTool({
  ...{ name: 'refund', description: 'Pays money back.', parameters: z.strictObject({ orderId: z.string() }) },
  policy: requireApproval({
    ...{ within: '30d', onRunDeadline: 'deny', approvers: ['finance', 'on-call'] },
    ...{ quorum: { approve: 2 }, breakGlass: { groups: ['on-call'] } },
  }),
  execute: ({ orderId }) => `Refunded ${orderId}.`,
});
const NOTE = 'The customer stands at the desk.';
let gate: Gate;

beforeAll(async () => {
  gate = await startGate({ ...payBack(refund), patience: '45s' });
});
afterAll(() => gate.close());

const run = (...args: string[]) =>
  runHere([...args, '--tenant', gate.tenant], {
    env: { TEMPORAL_ADDRESS: temporalAddress(), COUNTERSIGN_TASK_QUEUE: gate.taskQueue },
  });
const decide = (decision: string, id: string, as: string, ...more: string[]) =>
  run('approvals', decision, id, '--as', as, '--group', ...more);
const ask = async () => {
  const turn = await gate.say('pay back', { user: 'ada' });
  return { turn, approval: (await turn.asked()).approval };
};
const refused = (says: string) => ({
  code: EXIT_CODES['not-applied'].code,
  stderr: expect.stringContaining(says) as string,
});

test('a card and the lists show the votes so far, and whose are missing', async () => {
  const { turn, approval } = await ask();
  const id = approval.approvalId;
  const voted = await decide('approve', id, 'bob', 'finance', '--note', 'As agreed.');
  expect(voted).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('Still missing: the approval of one person more') as string,
  });
  for (const shown of [await run('approvals', 'show', id), await run('turn', 'show', turn.turnId)]) {
    expect(shown.stdout).toContain('  approvers  finance, on-call\n');
    expect(shown.stdout).toMatch(/ {2}vote {7}bob: approve, at \S+, "As agreed\."\n/);
    expect(shown.stdout).toContain('  missing    the approval of one person more\n');
  }
  await until('the vote in the list', async () => {
    const { stdout } = await run('approvals', 'list');
    return stdout.includes(`  bob: approve; missing: the approval of one person more\n`) ? true : null;
  });
  const json = JSON.parse((await run('approvals', 'show', id, '--json')).stdout) as AnyShownApproval;
  expect(json.votes).toMatchObject([{ approver: { id: 'bob' }, note: 'As agreed.' }]);
  await decide('approve', id, 'cleo', 'finance');
  expect(gate.effects().at(-1)?.idempotencyKey).toBe(id);
});

test('--break-glass settles alone, by those who may and with a reason only', async () => {
  const { approval } = await ask();
  const glass = (as: string, group: string, ...note: string[]) =>
    decide('approve', approval.approvalId, as, group, '--break-glass', ...note);
  expect(await glass('bob', 'finance', '--note', NOTE)).toMatchObject(refused('on-call'));
  expect(await glass('grace', 'on-call')).toMatchObject(refused('at least 10 characters'));
  expect(await glass('grace', 'on-call', '--note', NOTE)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('refund was carried out.') as string,
  });
  const { decision } = (await gate.client.getApproval(gate.tenant, approval.approvalId))!;
  expect(decision).toMatchObject({ breakGlass: true, note: NOTE, approver: { id: 'grace' } });
});

test('--digest must be of what stands there, and is needed once somebody has changed it', async () => {
  const { approval } = await ask();
  const { approvalId: id, argumentsDigest: before } = approval;
  const edited = await decide('edit', id, 'bob', 'finance', '--arguments', '{"orderId": "B-2"}');
  expect(edited.stdout).toContain('Still missing');
  const { argumentsDigest: now } = (await gate.client.getApproval(gate.tenant, id))!;
  const approve = (...digest: string[]) => decide('approve', id, 'cleo', 'finance', ...digest);
  expect(await approve()).toMatchObject(refused('argumentsDigest is required'));
  expect(await approve('--digest', before)).toMatchObject(refused('argumentsDigest does not match'));
  expect(await approve('--digest', now)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('refund was carried out.') as string,
  });
});
