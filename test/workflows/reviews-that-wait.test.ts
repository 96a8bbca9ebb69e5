import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';

import { requestWorkflowId, turnWorkflowId } from '../../src/contracts/ids.ts';
import { defineTool, requireApproval } from '../../src/index.ts';
import { testingBundle } from '../../src/testing/bundle.ts';
import { READ_CLOCK, type ClockState } from '../../src/testing/clock/messages.ts';
import { startGate, type Gate } from '../../src/testing/gate.ts';
import { until } from '../../src/testing/wait.ts';
import { temporalAddress } from '../setup/temporal.ts';
import { appWith } from '../support/app.ts';
import { startWorkflowsOnly } from '../support/workflows-only.ts';

/** Edits that came in time, and whose review nobody ends for a while: its worker was killed, or none takes it. */

/** When each review began. The first one of a test that wants it so never ends. */
const reviews: { atMs: number[]; isFirstEndless: boolean } = { atMs: [], isFirstEndless: false };
const app = appWith([
  defineTool({
    ...{ name: 'refund', description: 'Pay an order back.', effect: 'idempotent' },
    parameters: z.strictObject({ orderId: z.string() }),
    policy: async ({ orderId }) => {
      if (orderId !== 'A-1') reviews.atMs.push(Date.now());
      if (reviews.isFirstEndless && reviews.atMs.length === 1) await new Promise(() => undefined);
      return requireApproval({ within: '1m' });
    },
    execute: ({ orderId }) => `${orderId} is paid back.`,
  }),
]);
const scenario = {
  rules: [
    {
      when: ['refund'],
      rounds: [{ calls: [{ tool: 'refund', arguments: { orderId: 'A-1' } }] }],
      reply: { perOutput: [{ say: '{{output}}' }] },
    },
  ],
  otherwise: { reply: 'Hello.' },
};

let gate: Gate;
beforeAll(async () => {
  gate = await startGate({ app, scenario, patience: '45s' });
});
afterAll(() => gate.close());
beforeEach(() => {
  Object.assign(reviews, { atMs: [], isFirstEndless: false });
});

test('the worker that reviews it is killed shortly before the deadline: another one does within 5 s, and it counts', async () => {
  reviews.isFirstEndless = true;
  const turn = await gate.say('refund');
  const { approvalId, deadline } = await turn.asked();
  await edit(turnWorkflowId(gate.tenant, turn.turnId), approvalId, { orderId: 'A-2' });
  await expect.poll(() => reviews.atMs).toHaveLength(1);
  const killedMs = Date.now();
  await gate.kill('worker');
  await gate.advance(new Date(deadline!.getTime() + 1_000));
  await expect.poll(() => reviews.atMs.length).toBeGreaterThan(1);
  expect(reviews.atMs[1]! - killedMs).toBeLessThan(5_000);
  expect(await turn.ended()).toMatchObject({
    ...{ status: 'completed', reply: expect.stringContaining('A-2 is paid back.') as string },
    approvals: [{ status: 'approved', outcome: 'executed', arguments: { orderId: 'A-2' } }],
  });
  // The policy is asked once more right before the effect.
  expect(reviews.atMs).toHaveLength(3);
});

describe('while no worker takes the review', () => {
  test.each([
    ['counts though its review ends after the deadline', { action: 'Half of it' }, { status: 'modified' }],
    ['is refused after the deadline, and lets the request expire', { context: 'x' }, { status: 'expired' }],
  ])('an edit of a request %s', async (_, args, expected) => {
    const { id, deadline, stop } = await askUnreviewed();
    await edit(requestWorkflowId(gate.tenant, id), id, args);
    await reached(Date.parse(deadline) + 1_000, requestWorkflowId(gate.tenant, id));
    expect(await gate.client.getRequest(gate.tenant, id)).toMatchObject({ status: 'pending' });
    const late = { approvalId: id, decision: 'deny' as const, approver: { id: 'eve' } };
    expect(await gate.client.decide(gate.tenant, late)).toMatchObject({
      ...{ outcome: 'refused', reason: 'under_review' },
    });
    await gate.restart('worker');
    await stop();
    const { resolved_at: resolvedAt, ...view } = await settled(id);
    expect(view).toMatchObject({ ...expected, resolved_by: expected.status === 'modified' ? 'ada' : null });
    if (expected.status === 'modified') expect(Date.parse(resolvedAt!)).toBeLessThan(Date.parse(deadline));
  });

  test('the deadline of a turn and of a request waits a minute for it, and no longer', async () => {
    const turn = await gate.say('refund');
    const card = await turn.asked();
    const { id, deadline, stop } = await askUnreviewed();
    await edit(turnWorkflowId(gate.tenant, turn.turnId), card.approvalId, { orderId: 'A-2' });
    await edit(requestWorkflowId(gate.tenant, id), id, { action: 'Half of it' });
    const boundsMs = [card.deadline!.getTime(), Date.parse(deadline)].map((atMs) => atMs + 60_000);
    const workflows = [requestWorkflowId(gate.tenant, id), turnWorkflowId(gate.tenant, turn.turnId)];
    await reached(Math.min(...boundsMs) - 1_000, ...workflows);
    expect(await gate.client.getRequest(gate.tenant, id)).toMatchObject({ status: 'pending' });
    expect(await card.read()).toMatchObject({ status: 'pending' });
    await gate.advance(new Date(Math.max(...boundsMs)));
    const request = await settled(id);
    expect(request).toMatchObject({ status: 'expired' });
    await expect.poll(async () => (await card.read()).status).toBe('expired');
    await gate.restart('worker');
    await stop();
    const { status, approvals } = await turn.ended();
    expect(status).toBe('completed');
    const resolvedMs = [approvals[0]!.resolvedAt, request.resolved_at].map((at) => Date.parse(at!));
    for (const [index, atMs] of resolvedMs.entries()) {
      expect(atMs - boundsMs[index]!).toBeGreaterThanOrEqual(0);
      expect(atMs - boundsMs[index]!).toBeLessThan(5_000);
    }
    expect(gate.effects().filter(({ idempotencyKey }) => idempotencyKey === card.approvalId)).toEqual([]);
  });
});

/** Resolves when the review is asked for. */
async function edit(workflowId: string, approvalId: string, args: object): Promise<void> {
  const handle = gate.temporal.workflow.getHandle(workflowId);
  await handle.signal('decide', {
    ...{ approvalId, decisionId: JSON.stringify(args), approver: { id: 'ada' } },
    ...{ decision: 'edit', arguments: args },
  });
  await expect.poll(async () => (await handle.describe()).raw.pendingActivities).toHaveLength(1);
}

/** A request, and from then on no worker that takes an activity. */
async function askUnreviewed() {
  const { id, expires_at: deadline } = await gate.client.askForDecision({
    ...{ tenant: gate.tenant, requestedBy: 'backoffice', action: 'Send it', urgency: 'high' as const },
    withinMs: 60_000,
  });
  await gate.kill('worker', { restart: false });
  const { codePath: bundlePath } = await testingBundle();
  const stop = await startWorkflowsOnly({ address: temporalAddress(), bundlePath }, gate.taskQueue);
  return { id, deadline, stop };
}

/** Moves the clock there, and waits until the timers of these workflows have fired that are due: the gate waits for its own worker only. */
async function reached(atMs: number, ...workflowIds: string[]): Promise<void> {
  await gate.advance(new Date(atMs));
  for (const id of workflowIds)
    await until(`the timers of ${id}`, async () => {
      const { aheadMs, waits } = await gate.temporal.workflow.getHandle(id).query<ClockState>(READ_CLOCK);
      const isThere = Date.now() + aheadMs >= atMs && waits.every((dueMs) => dueMs > atMs);
      return isThere || null;
    });
}

function settled(id: string) {
  return until('the answer', async () => {
    const view = await gate.client.getRequest(gate.tenant, id);
    return view == null || view.status === 'pending' ? null : view;
  });
}
