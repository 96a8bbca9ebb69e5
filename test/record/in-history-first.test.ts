import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';

import type { WriteRecord } from '../../src/activities/recording/recording.ts';
import { requestWorkflowId, turnWorkflowId } from '../../src/contracts/ids.ts';
import type { Fact } from '../../src/contracts/recording/fact.ts';
import { defineTool, requireApproval, type Verdict } from '../../src/index.ts';
import { testingBundle } from '../../src/testing/bundle.ts';
import { startGate, type Gate } from '../../src/testing/gate.ts';
import { temporalAddress } from '../setup/temporal.ts';
import { payBack } from '../support/pay-back.ts';
import { startWorkflowsOnly } from '../support/workflows-only.ts';

/**
 * A workflow task that is lost before it ends may be done again with another decision before the one that it took. So nothing that follows
 * from a decision is written within its task.
 */
let policy: Verdict;
const desk = payBack(
  defineTool({
    ...{ name: 'refund', description: 'Pays money back.', effect: 'idempotent' },
    parameters: z.strictObject({ orderId: z.string() }),
    policy: () => policy,
    execute: ({ orderId }) => `Refunded ${orderId}.`,
  }),
);

let gate: Gate;
beforeAll(async () => {
  gate = await startGate({ ...desk, store: true, patience: '45s' });
});
afterAll(() => gate.close());

test('a vote that leaves the question open', async () => {
  policy = requireApproval({ within: '30d', onRunDeadline: 'deny', quorum: { approve: 2 } });
  const turn = await gate.say('pay back', { user: 'ada' });
  const card = await turn.asked();
  const workflowId = turnWorkflowId(gate.tenant, turn.turnId);
  expect(await withinTaskOf(workflowId, card.approvalId, 'approve')).toEqual([]);
  await expect.poll(() => kinds(card.approvalId)).toEqual(['requested', 'voted']);
  await card.approve({ as: 'linus' });
  await turn.reply();
});

test('a parked question that is denied', async () => {
  policy = requireApproval({ within: '30d' });
  const turn = await gate.say('pay back', { user: 'ada' });
  const card = await turn.asked();
  await gate.advance('1d');
  expect((await turn.read()).status).toBe('parked');
  const workflowId = turnWorkflowId(gate.tenant, turn.turnId);
  expect(await withinTaskOf(workflowId, card.approvalId, 'deny')).toEqual([]);
  await (await turn.continuation()).reply();
  expect(await kinds(card.approvalId)).toEqual(['requested', 'parked', 'voted', 'settled']);
});

test('a request that is approved', async () => {
  const { id } = await gate.client.askForDecision({
    ...{ tenant: gate.tenant, requestedBy: 'backoffice', action: 'Send it', urgency: 'high' as const },
    withinMs: 3_600_000,
  });
  await expect.poll(() => kinds(id)).toEqual(['requested']);
  expect(await withinTaskOf(requestWorkflowId(gate.tenant, id), id, 'approve')).toEqual([]);
  await expect.poll(() => kinds(id)).toEqual(['requested', 'voted', 'settled']);
});

async function kinds(approvalId: string): Promise<string[]> {
  return (await gate.store!.record.ofApproval(gate.tenant, approvalId)).map(({ kind }) => kind);
}

/** Decides while no worker takes an activity. @returns what was written before the task with the decision had ended. */
async function withinTaskOf(workflowId: string, approvalId: string, decision: string): Promise<Fact[]> {
  await gate.kill('worker', { restart: false });
  const written: Fact[] = [];
  const { codePath: bundlePath } = await testingBundle();
  const stop = await startWorkflowsOnly({ address: temporalAddress(), bundlePath }, gate.taskQueue, {
    writeRecord: ({ facts }: WriteRecord) => {
      written.push(...facts.filter(({ is }) => is !== 'requested'));
      return Promise.resolve({ record: 'written' });
    },
    checkDecision: () => Promise.resolve({ is: 'good' }),
  });
  const handle = gate.temporal.workflow.getHandle(workflowId);
  await handle.signal('decide', {
    ...{ approvalId, decisionId: 'only', decision, approver: { id: 'grace' }, source: 'signal' },
    decidedAt: new Date().toISOString(),
  });
  const awaited = async () =>
    (await handle.describe()).raw.pendingActivities?.map((one) => one.activityType?.name);
  await expect.poll(awaited).toContain('writeRecord');
  await stop();
  await gate.restart('worker');
  return written;
}
