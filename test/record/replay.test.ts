import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { z } from 'zod';

import { defineTool, requireApproval } from '../../src/index.ts';
import { turnWorkflowId } from '../../src/contracts/ids.ts';
import { startGate, type Gate } from '../../src/testing/gate.ts';
import { decide } from '../../src/workflows/messages.ts';
import { payBack } from '../support/pay-back.ts';

const refund = defineTool({
  ...{ name: 'refund', description: 'Pays money back.', parameters: z.strictObject({ orderId: z.string() }) },
  policy: () => requireApproval({ within: '30d', onRunDeadline: 'deny' }),
  execute: ({ orderId }) => `Refunded ${orderId}.`,
});

let gate: Gate;
beforeAll(async () => {
  gate = await startGate({ ...payBack(refund), store: true, patience: '45s' });
});
afterAll(() => gate.close());

/** One is left as a signal and the others wait, so that the worker finds all of them at once and looks at each in the store. */
test('decisions that come together are judged the same when the turn is replayed', async () => {
  const TURNS = 4;
  const asked = await Promise.all(
    Array.from({ length: TURNS }, async () => {
      const turn = await gate.say('pay back', { user: 'ada' });
      return { turn, card: await turn.asked() };
    }),
  );
  await gate.kill('worker', { restart: false });
  const receipts = await Promise.all([
    ...asked.map(async ({ turn, card: { approvalId } }) => {
      const handle = gate.temporal.workflow.getHandle(turnWorkflowId(gate.tenant, turn.turnId));
      const left = { approvalId, decision: 'approve' as const, decidedAt: new Date().toISOString() };
      const by = { decisionId: 'left', approver: { id: 'edsger' }, source: 'api' };
      await handle.signal(decide, { ...left, ...by });
      const rivals = ['grace', 'barbara', 'alan'].map((id) =>
        gate.client.decide(gate.tenant, { approvalId, decision: 'deny', approver: { id } }),
      );
      return Promise.all(rivals);
    }),
    gate.restart('worker'),
  ]);
  expect(receipts.flat()).not.toHaveLength(0);
  for (const { turn } of asked) {
    await turn.ended();
    const handle = gate.temporal.workflow.getHandle(turnWorkflowId(gate.tenant, turn.turnId));
    const options = { workflowBundle: { codePath: inject('workflowBundlePath') } };
    await Worker.runReplayHistory(options, await handle.fetchHistory());
  }
});
