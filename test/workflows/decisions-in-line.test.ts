import { randomUUID } from 'node:crypto';

import { beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';

import type { Approval } from '../../src/contracts/approval/approval.ts';
import type { Decision } from '../../src/contracts/approval/decision.ts';
import { NOTE_CHARACTERS, REFUSED_EDITS } from '../../src/contracts/limits.ts';
import { allow, defineTool, forbid, requireApproval } from '../../src/index.ts';
import { until } from '../../src/testing/wait.ts';
import { appWith } from '../support/app.ts';
import { TENANT, worldFor } from '../support/world.ts';

/** Decisions that come while something else is under way: another decision's review, another call of the round, the turn's end. */

/** What lasts as long as a test holds it: the review of an edit, the tool `slow`. */
const held = { begun: 0, release: (): void => undefined, until: Promise.resolve() };
const effects: unknown[] = [];

const app = appWith([
  defineTool({
    ...{ name: 'refund', description: 'Pay an order back.', effect: 'idempotent' as const },
    parameters: z.strictObject({ orderId: z.string() }),
    policy: async ({ orderId }) => {
      if (orderId !== 'A-1') {
        held.begun += 1;
        await held.until;
      }
      return orderId === 'A-3' ? forbid('Not this one.') : requireApproval({ within: '1h' });
    },
    execute: (args) => {
      effects.push(args);
      return 'Refunded.';
    },
  }),
  defineTool({
    ...{ name: 'slow', description: 'Takes its time.', effect: 'at-most-once' as const },
    ...{ parameters: z.strictObject({}), policy: allow() },
    execute: async () => {
      held.begun += 1;
      await held.until;
      return 'Done.';
    },
  }),
]);

const refund = { tool: 'refund', arguments: { orderId: 'A-1' } };
const reply = { perOutput: [{ say: '{{output}}' }] };
const scenario = {
  rules: [
    { when: ['refund'], rounds: [{ calls: [refund] }], reply },
    { when: ['both'], rounds: [{ calls: [{ tool: 'slow', arguments: {} }, refund] }], reply },
  ],
  otherwise: { reply: 'Hello.' },
};

const world = worldFor({ app, name: 'in line', simulator: { scenario } });
beforeEach(() => {
  effects.length = 0;
  held.begun = 0;
  held.until = new Promise((resolve) => {
    held.release = resolve;
  });
});

const begun = () => until('what is held', () => held.begun > 0);

async function asked(message: string): Promise<Approval> {
  const [approval] = await world.pending(await world.say(message));
  return approval!;
}

function signal({ turnId, approvalId }: Approval, id: string, decision: Partial<Decision>): Promise<void> {
  return world
    .turn(turnId)
    .signal('decide', { approvalId, decisionId: randomUUID(), approver: { id }, ...decision });
}

const editTo = (orderId: string) => ({ decision: 'edit' as const, arguments: { orderId } });

test('decisions that wait for a review are taken as they came, also when the edit before them is refused', async () => {
  const approval = await asked('refund');
  await signal(approval, 'ada', editTo('A-3'));
  await begun();
  await signal(approval, 'bob', editTo('A-2'));
  await signal(approval, 'eve', { decision: 'approve' });
  held.release();
  expect(await world.end(approval.turnId)).toMatchObject({
    approvals: [{ status: 'approved', decision: { approver: { id: 'bob' } } }],
  });
  expect(effects).toEqual([{ orderId: 'A-2' }]);
});

test('a note by signal that is longer than the model can be told of is refused: the next decision counts', async () => {
  const approval = await asked('refund');
  await signal(approval, 'eve', { decision: 'approve', note: 'n'.repeat(NOTE_CHARACTERS + 1) });
  await signal(approval, 'ada', { decision: 'approve', note: 'n'.repeat(NOTE_CHARACTERS) });
  expect(await world.end(approval.turnId)).toMatchObject({
    approvals: [{ status: 'approved', decision: { approver: { id: 'ada' } } }],
  });
});

test('edits that wait for a review count towards the limit of one person’s refused edits', async () => {
  const approval = await asked('refund');
  await signal(approval, 'eve', editTo('A-3'));
  await begun();
  await Promise.all(Array.from({ length: 60 }, () => signal(approval, 'eve', editTo('A-3'))));
  held.release();
  await signal(approval, 'ada', { decision: 'deny' });
  expect(await world.end(approval.turnId)).toMatchObject({
    approvals: [{ status: 'denied', decision: { approver: { id: 'ada' } } }],
  });
  expect(held.begun).toBe(REFUSED_EDITS);
});

describe('a turn that is cancelled', () => {
  test.each([
    ['an approval', { decision: 'approve' as const }],
    ['an edit', editTo('A-2')],
  ])(
    'while another call still runs is over for its questions at once: %s is told so',
    async (_, decision) => {
      const approval = await asked('both');
      await begun();
      await world.client.cancelTurn(TENANT, approval.turnId);
      expect(await world.decide(approval, decision)).toMatchObject({ outcome: 'cancelled' });
      expect(await world.client.getApproval(TENANT, approval.approvalId)).toMatchObject({
        ...{ status: 'cancelled', outcome: 'not_executed' },
      });
      held.release();
      expect(await world.end(approval.turnId)).toMatchObject({ status: 'cancelled' });
      expect(effects).toEqual([]);
    },
  );

  test('while a decision waits for the review of another one takes its way out', async () => {
    const approval = await asked('refund');
    await signal(approval, 'ada', editTo('A-2'));
    await begun();
    await signal(approval, 'bob', { decision: 'approve' });
    await world.client.cancelTurn(TENANT, approval.turnId);
    expect(await world.end(approval.turnId)).toMatchObject({
      ...{ status: 'cancelled', approvals: [{ status: 'cancelled' }] },
    });
    held.release();
    expect((await world.seen(approval.turnId)).statuses).toEqual(['cancelled']);
    expect(effects).toEqual([]);
  });
});
