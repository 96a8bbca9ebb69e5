import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';

import type { WriteRecord } from '../../src/activities/recording/recording.ts';
import { requestWorkflowId, turnWorkflowId } from '../../src/contracts/ids.ts';
import type { Fact } from '../../src/contracts/recording/fact.ts';
import { requireApproval, type Verdict } from '../../src/index.ts';
import { testingBundle } from '../../src/testing/bundle.ts';
import { startGate, type Gate } from '../../src/testing/gate.ts';
import { temporalAddress } from '../setup/temporal.ts';
import { doActivity } from '../support/one-activity.ts';
import { payBack, refundUnder } from '../support/pay-back.ts';
import { startWorkflowsOnly } from '../support/workflows-only.ts';

/**
 * A workflow task that is lost before it ends may be done again with another decision before the one that it took. So nothing that follows
 * from a decision is written within its task.
 */
let policy: Verdict;
let gate: Gate;
beforeAll(async () => {
  gate = await startGate({ ...payBack(refundUnder(() => policy)), store: true, patience: '45s' });
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

test('a request that is approved: its answer is sent after that', async () => {
  const { id } = await gate.client.askForDecision({
    ...{ tenant: gate.tenant, requestedBy: 'backoffice', action: 'Send it', urgency: 'high' as const },
    ...{ withinMs: 3_600_000, callbackUrl: 'http://127.0.0.1:9/' },
  });
  await expect.poll(() => kinds(id)).toEqual(['requested']);
  expect(await withinTaskOf(requestWorkflowId(gate.tenant, id), id, 'approve')).toEqual([]);
  await expect.poll(() => kinds(id)).toEqual(['requested', 'voted', 'settled']);
});

test('a question that is asked once more, because the yes held no longer', async () => {
  policy = requireApproval({ within: '30d', onRunDeadline: 'deny' });
  const turn = await gate.say('pay back', { user: 'ada' });
  const card = await turn.asked();
  const handle = gate.temporal.workflow.getHandle(turnWorkflowId(gate.tenant, turn.turnId));
  await gate.kill('worker', { restart: false });
  const { written, stop } = await startWriting();
  await decide(handle, card.approvalId, 'approve');
  await expect.poll(() => awaited(handle)).toEqual(['executeAndSubmit']);
  const again = { outcome: 'stale', output: 'It is too old.', askAgain: {}, record: 'owed' };
  await doActivity({ address: temporalAddress(), taskQueue: gate.taskQueue }, 'executeAndSubmit', again);
  await expect.poll(() => awaited(handle)).toEqual(['writeRecord']);
  await stop();
  expect(written).toEqual([]);
  await gate.restart('worker');
  await (await turn.asked()).approve({ as: 'grace' });
  expect(await turn.reply()).toBe('Refunded A-1.');
  expect(await kinds(card.approvalId)).toEqual(['requested', 'voted', 'settled', 'stale']);
});

async function kinds(approvalId: string): Promise<string[]> {
  return (await gate.store!.record.ofApproval(gate.tenant, approvalId)).map(({ kind }) => kind);
}

/** Decides while no worker takes an activity. @returns what was written before the task with the decision had ended. */
async function withinTaskOf(workflowId: string, approvalId: string, decision: string): Promise<Fact[]> {
  await gate.kill('worker', { restart: false });
  const { written, stop } = await startWriting();
  const handle = gate.temporal.workflow.getHandle(workflowId);
  await decide(handle, approvalId, decision);
  await expect.poll(() => awaited(handle)).toContain('writeRecord');
  expect(await awaited(handle)).not.toContain('deliverCallback');
  await stop();
  await gate.restart('worker');
  // The question itself, if its own task was not over.
  return written.filter(({ is }) => is !== 'requested');
}

/** A worker that takes no activity but local ones. */
async function startWriting(): Promise<{ written: Fact[]; stop: () => Promise<void> }> {
  const written: Fact[] = [];
  const { codePath: bundlePath } = await testingBundle();
  const stop = await startWorkflowsOnly({ address: temporalAddress(), bundlePath }, gate.taskQueue, {
    writeRecord: ({ facts }: WriteRecord) => {
      written.push(...facts);
      return Promise.resolve({ record: 'written' });
    },
    checkDecision: () => Promise.resolve({ is: 'good' }),
  });
  return { written, stop };
}

async function decide(handle: WorkflowHandle, approvalId: string, decision: string): Promise<void> {
  await handle.signal('decide', {
    ...{ approvalId, decisionId: 'only', decision, approver: { id: 'grace' }, source: 'signal' },
    decidedAt: new Date().toISOString(),
  });
}

async function awaited(handle: WorkflowHandle): Promise<(string | null | undefined)[] | undefined> {
  const { raw } = await handle.describe();
  return raw.pendingActivities?.map(({ activityType }) => activityType?.name);
}
