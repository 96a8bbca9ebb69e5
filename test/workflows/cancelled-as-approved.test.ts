import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { argumentsDigest } from '../../src/contracts/digest.ts';
import { turnWorkflowId } from '../../src/contracts/ids.ts';
import { requireApproval } from '../../src/index.ts';
import { testingBundle } from '../../src/testing/bundle.ts';
import { startGate, type Gate } from '../../src/testing/gate.ts';
import { turnState } from '../../src/workflows/messages.ts';
import { temporalAddress } from '../setup/temporal.ts';
import { doActivity } from '../support/one-activity.ts';
import { payBack, refundUnder } from '../support/pay-back.ts';
import { startWorkflowsOnly } from '../support/workflows-only.ts';

const desk = payBack(refundUnder(requireApproval({ within: '30d', onRunDeadline: 'deny' })));

let gate: Gate;
beforeAll(async () => {
  gate = await startGate({ ...desk, store: true, patience: '45s' });
});
afterAll(() => gate.close());

test('a turn that is cancelled in the very task in which an edit is found good: nothing runs, and everybody is told so', async () => {
  const { handle, approvalId } = await asked();
  const { codePath: bundlePath } = await testingBundle();
  const stop = await startWorkflowsOnly({ address: temporalAddress(), bundlePath }, gate.taskQueue, {
    checkDecision: () => Promise.resolve({ is: 'good' }),
  });
  await handle.signal('decide', {
    ...decisionOn(approvalId),
    decision: 'edit',
    arguments: { orderId: 'A-2' },
  });
  await expect.poll(async () => (await handle.describe()).raw.pendingActivities).toHaveLength(1);
  await stop();
  await handle.cancel();
  // Its end and the cancellation wait for the same task.
  const args = { orderId: 'A-2' };
  const digest = argumentsDigest({ tool: 'refund', arguments: args, tenant: gate.tenant });
  const good = { kind: 'ready', arguments: args, argumentsDigest: digest, verdict: { kind: 'ask' } };
  await doActivity({ address: temporalAddress(), taskQueue: gate.taskQueue }, 'reviewEdit', good);
  await expect.poll(async () => (await handle.describe()).raw.pendingActivities ?? []).toHaveLength(0);
  await gate.restart('worker');
  await endsUndone(handle, approvalId);
});

/** A question, and from then on no worker. */
async function asked() {
  const turn = await gate.say('pay back', { user: 'ada' });
  const { approvalId } = await turn.asked();
  await gate.kill('worker', { restart: false });
  return { approvalId, handle: gate.temporal.workflow.getHandle(turnWorkflowId(gate.tenant, turn.turnId)) };
}

function decisionOn(approvalId: string) {
  const approver = { id: 'grace' };
  return { approvalId, decisionId: 'only', approver, source: 'signal', decidedAt: new Date().toISOString() };
}

async function endsUndone(handle: WorkflowHandle, approvalId: string): Promise<void> {
  await expect(handle.result()).rejects.toThrow(WorkflowFailedError);
  expect(await handle.query(turnState)).toMatchObject({
    approvals: [{ status: 'approved', outcome: 'not_executed' }],
  });
  const entries = await gate.store!.record.ofApproval(gate.tenant, approvalId);
  expect(entries.map(({ kind }) => kind)).toEqual(['requested', 'voted', 'settled', 'cancelled']);
  expect(gate.effects().filter(({ idempotencyKey }) => idempotencyKey === approvalId)).toEqual([]);
}
