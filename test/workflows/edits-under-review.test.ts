import { randomUUID } from 'node:crypto';

import { describe, expect, test } from 'vitest';
import { z } from 'zod';

import type { Decision } from '../../src/contracts/approval/decision.ts';
import { countedReceipt } from '../../src/gateway/receipt-problem.ts';
import { defineTool, forbid, requireApproval } from '../../src/index.ts';
import { until } from '../../src/testing/wait.ts';
import { appWith } from '../support/app.ts';
import { TENANT, worldFor } from '../support/world.ts';

/** Reviews of edits take as long as the policy: here until a test lets those of its own turn go on. */
class Hold {
  readonly user = randomUUID();
  reviews = 0;
  release = (): void => undefined;
  readonly until = new Promise<void>((resolve) => {
    this.release = resolve;
  });
}
const holds = new Map<string, Hold>();
const effects: { key: string; args: unknown }[] = [];

const tool = (name: string, options: Parameters<typeof requireApproval>[0]) =>
  defineTool({
    ...{ name, description: 'Pay an order back.', effect: 'idempotent' as const },
    parameters: z.strictObject({ orderId: z.string().regex(/^A-\d+$/, 'must look like A-1042') }),
    policy: async ({ orderId }, { user }) => {
      const hold = holds.get(user ?? '');
      if (orderId !== 'A-1' && hold) {
        hold.reviews += 1;
        await hold.until;
      }
      return orderId === 'A-3' ? forbid('Not this one.') : requireApproval(options);
    },
    execute: (args, { idempotencyKey: key }) => {
      effects.push({ key, args });
      return `${name} is done.`;
    },
  });

const app = appWith([
  tool('refund', {}),
  tool('brief', { within: '6s' }),
  tool('wiping', { onRunDeadline: 'cancel' }),
  tool('patient', { within: '1h', onRunDeadline: 'park' }),
  tool('hasty', { within: '8s', onRunDeadline: 'park' }),
]);

const scenario = {
  rules: ['refund', 'brief', 'wiping', 'hasty', 'patient'].map((name) => ({
    when: [name],
    rounds: [{ calls: [{ tool: name, arguments: { orderId: 'A-1' } }] }],
    reply: { perOutput: [{ say: '{{output}}' }] },
  })),
  otherwise: { reply: 'Hello.' },
};

// A run lives 28 s: less the submit margin of 20 s, people have 8 s.
const world = worldFor({ app, name: 'under review', simulator: { scenario, runTtlSeconds: 28 } });

const EDIT = { decision: 'edit' as const, arguments: { orderId: 'A-2' } };

/** A question whose edits are reviewed until `hold` is released. */
async function asked(message: string, conversationId = `review-${randomUUID().slice(0, 8)}`) {
  const hold = new Hold();
  holds.set(hold.user, hold);
  const approval = await world.asked(message, { conversationId, context: { user: hold.user } });
  const { approvalId, turnId } = approval;
  return {
    ...{ approval, hold, turnId },
    underReview: () => until('the review', () => hold.reviews > 0),
    signal: (decision: Partial<Decision>): Promise<void> =>
      world
        .turn(turnId)
        .signal('decide', { approvalId, decisionId: randomUUID(), approver: { id: 'ada' }, ...decision }),
    effects: () => effects.filter(({ key }) => key === approvalId).map(({ args }) => args),
  };
}

async function past(time: string | null): Promise<void> {
  await until('the deadline', () => Date.now() > Date.parse(time!) + 500);
}

describe('a turn that is cancelled while an edit is under review', () => {
  test('takes its way out though the edit came by signal: the run is cancelled, the next message answered', async () => {
    const conversationId = `review-${randomUUID().slice(0, 8)}`;
    const { turnId, hold, signal, underReview, effects } = await asked('refund', conversationId);
    await signal(EDIT);
    await underReview();
    await world.client.cancelTurn(TENANT, turnId);
    expect(await world.end(turnId)).toMatchObject({
      status: 'cancelled',
      approvals: [{ status: 'cancelled' }],
    });
    hold.release();
    expect((await world.seen(turnId)).statuses).toEqual(['cancelled']);
    expect(await world.ended('hi', { conversationId })).toMatchObject({ reply: 'Hello.' });
    expect(effects()).toEqual([]);
  });

  test('tells whoever edited by update that the turn was cancelled', async () => {
    const { approval, turnId, hold, underReview } = await asked('refund');
    const deciding = world.decide(approval, EDIT);
    await underReview();
    await world.client.cancelTurn(TENANT, turnId);
    const receipt = await deciding;
    expect(receipt).toMatchObject({ outcome: 'cancelled', status: 'cancelled' });
    expect(() => countedReceipt(receipt)).toThrow(expect.objectContaining({ type: 'approval-cancelled' }));
    expect(await world.end(turnId)).toMatchObject({ status: 'cancelled' });
    hold.release();
  });
});

describe.concurrent('an edit that came in time', () => {
  test.each([
    ['its own deadline', 'brief', 'deadline'],
    ['the deadline of the run', 'refund', 'runDeadline'],
    ['a deadline of the run that cancels it', 'wiping', 'runDeadline'],
  ] as const)('by signal counts though its review ends after %s', async (_, message, deadline) => {
    const { approval, turnId, hold, signal, underReview, effects } = await asked(message);
    await signal(EDIT);
    await underReview();
    await past(approval[deadline]);
    expect(await world.client.getApproval(TENANT, approval.approvalId)).toMatchObject({ status: 'pending' });
    hold.release();
    const turn = await world.end(turnId);
    expect(turn).toMatchObject({
      status: 'completed',
      approvals: [{ status: 'approved', outcome: 'executed' }],
    });
    expect(Date.parse(turn.approvals[0]!.resolvedAt!)).toBeLessThan(Date.parse(approval[deadline]!));
    expect(effects()).toEqual([{ orderId: 'A-2' }]);
  });

  test('by update counts, too, and its sender is told', async () => {
    const { approval, turnId, hold, underReview } = await asked('brief');
    const deciding = world.turn(turnId).executeUpdate('decideNow', {
      args: [{ approvalId: approval.approvalId, decisionId: 'by-update', approver: { id: 'ada' }, ...EDIT }],
    });
    await underReview();
    await past(approval.deadline);
    hold.release();
    expect(await deciding).toMatchObject({ outcome: 'applied', status: 'approved' });
    expect(await world.end(turnId)).toMatchObject({ status: 'completed' });
  });

  test('counts of a parked question, too', async () => {
    const { approval, turnId, hold, signal, underReview, effects } = await asked('hasty');
    await world.park(turnId);
    await signal(EDIT);
    await underReview();
    await past(approval.deadline);
    hold.release();
    expect(await world.end(turnId)).toMatchObject({ approvals: [{ status: 'approved' }] });
    expect(effects()).toEqual([{ orderId: 'A-2' }]);
  });

  test('and is refused after the deadline ends the question at once', async () => {
    const { approval, turnId, hold, signal, underReview, effects } = await asked('brief');
    await signal({ ...EDIT, arguments: { orderId: 'A-3' } });
    await underReview();
    await past(approval.deadline);
    hold.release();
    expect(await world.end(turnId)).toMatchObject({ approvals: [{ status: 'expired' }] });
    expect(effects()).toEqual([]);
  });

  test('is reviewed again within seconds when its worker was killed', async () => {
    const { approval, turnId, hold } = await asked('refund');
    hold.release();
    await world.decide(approval, EDIT);
    await world.end(turnId);
    const { events } = await world.turn(turnId).fetchHistory();
    const reviews = (events ?? []).flatMap(({ activityTaskScheduledEventAttributes: scheduled }) =>
      scheduled?.activityType?.name === 'reviewEdit' ? [Number(scheduled.heartbeatTimeout?.seconds)] : [],
    );
    expect(reviews).toEqual([4]);
  });
});

describe.concurrent('a second decision while an edit is under review', () => {
  test('is told so by update, and changes nothing', async () => {
    const { approval, turnId, hold, signal, underReview } = await asked('refund');
    await signal(EDIT);
    await underReview();
    const receipt = await world.decide(approval, { decision: 'deny', approver: { id: 'eve' } });
    expect(receipt).toMatchObject({ outcome: 'refused', reason: 'under_review', status: 'pending' });
    hold.release();
    expect(await world.end(turnId)).toMatchObject({ approvals: [{ decision: { approver: { id: 'ada' } } }] });
  });

  test('waits for its turn when nobody waits for its receipt, and counts as of when it came', async () => {
    const { approval, turnId, hold, signal, underReview } = await asked('brief');
    await signal({ ...EDIT, argumentsDigest: 'sha256:other' });
    await signal(EDIT);
    await underReview();
    await signal({ decision: 'deny', approver: { id: 'eve' } });
    await past(approval.deadline);
    hold.release();
    expect(await world.end(turnId)).toMatchObject({
      approvals: [{ status: 'approved', decision: { approver: { id: 'ada' } } }],
    });
  });
});

test('an approval that 2,100 decisions could not change can still be decided, and its history is short', async () => {
  const approval = await world.asked('patient');
  const wrong = { argumentsDigest: 'sha256:other', approver: { id: 'eve' } };
  for (let sent = 0; sent < 2_100; sent += 10) {
    const receipts = await Promise.all(Array.from({ length: 10 }, () => world.decide(approval, wrong)));
    for (const receipt of receipts) expect(receipt).toMatchObject({ reason: 'digest_mismatch' });
  }
  expect((await world.history(approval.turnId)).length).toBeLessThan(50);
  expect(await world.decide(approval, {})).toMatchObject({ outcome: 'applied' });
  expect(await world.end(approval.turnId)).toMatchObject({ status: 'completed' });
});

test('one person’s refused edits are bounded: then they can still approve, and others can still edit', async () => {
  const approval = await world.asked('patient');
  const bad = { decision: 'edit' as const, arguments: { orderId: 'nonsense' }, approver: { id: 'eve' } };
  for (let sent = 0; sent < 50; sent += 1)
    expect(await world.decide(approval, bad)).toMatchObject({ reason: 'invalid_arguments' });
  const { length } = await world.history(approval.turnId);
  expect(await world.decide(approval, bad)).toMatchObject({ outcome: 'refused', reason: 'too_many_edits' });
  expect((await world.history(approval.turnId)).length).toBe(length);
  expect(await world.decide(approval, EDIT)).toMatchObject({ outcome: 'applied' });
  expect(await world.end(approval.turnId)).toMatchObject({ status: 'completed' });
});
