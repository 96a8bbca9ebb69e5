import { beforeAll, describe, expect, test } from 'vitest';

import { InputError, type PendingFilter } from '../../src/client.ts';
import type { Approval } from '../../src/contracts/approval/approval.ts';
import type { TurnView } from '../../src/contracts/turn.ts';
import { shown } from '../../src/contracts/deciding/proposals.ts';
import { approvalField } from '../../src/contracts/workflow-names.ts';
import { deskFor, TENANT, worldFor } from '../support/world.ts';

const desk = deskFor();
const world = worldFor({ app: desk.app, name: 'turn' });

/** Its run has a status that nobody knows, for half a minute: it goes on beside the other tests. */
let puzzling: Promise<TurnView>;

beforeAll(() => {
  puzzling = world.ended('puzzling');
  puzzling.catch(() => undefined); // told to the test that waits for it
});

describe('a turn', () => {
  test('tells tools tenant and user from the trusted context', async () => {
    await world.ended('ungated', { context: { user: 'u-7', plan: 'gold' } });
    const context = { tenant: TENANT, user: 'u-7', plan: 'gold' };
    expect(desk.effects).toEqual([expect.objectContaining({ args: { orderId: 'A-1' }, context })]);
  });

  test('shows the pending approval with everything that will happen', async () => {
    const approval = await world.asked('single', { context: { user: 'u-7' } });
    expect(approval).toMatchObject({
      turnId: approval.turnId,
      tenant: TENANT,
      assistant: 'desk',
      tool: 'refund',
      toolDescription: 'Pay an order back.',
      arguments: { orderId: 'A-1', amountCents: 4_200 },
      status: 'pending',
      reason: 'Money leaves the house.',
      requestedBy: 'u-7',
      onRunDeadline: 'deny',
    });
    expect(approval.argumentsDigest).toMatch(/^sha256:[0-9a-f]{64}$/);
    // 600 s of the run, less 20 s for the submit, less the moments since its creation.
    const leftMs = Date.parse(approval.runDeadline!) - Date.parse(approval.requestedAt);
    expect(leftMs).toBeGreaterThan(570_000);
    expect(leftMs).toBeLessThanOrEqual(580_000);
    expect(approval.deadline).toBe(approval.runDeadline);
    expect((await world.client.listPending(TENANT)).approvals.map((found) => found.approvalId)).toContain(
      approval.approvalId,
    );
    expect(desk.effects).toEqual([]);
    await world.decide(approval, { decision: 'deny' });
    await world.end(approval.turnId);
  });
});

test('a turn that waits tells an operator where, in few frames of each promise', async () => {
  const turnId = await world.say('single');
  await world.pending(turnId);
  const handle = world.turn(turnId);
  const stacks = (await handle.query<string>('__stack_trace')).split('\n\n');
  const lines = stacks.map((stack) => stack.split('\n').length);
  expect(stacks.join('\n')).toMatch(/at hold \(.*gate\.ts:\d+:\d+\)/);
  expect(stacks.join('\n')).toMatch(/at whileHeld \(.*turn\.ts:\d+:\d+\)/);
  expect(Math.max(...lines)).toBeLessThanOrEqual(4);
  await world.client.cancelTurn(TENANT, turnId);
});

describe('the list of pending approvals', () => {
  test('names those of one tool alone, also of a turn that asks for several', async () => {
    const turnId = await world.say('mixed');
    await world.pending(turnId, 2);
    const listed = async (filter?: PendingFilter) => {
      const { approvals } = await world.client.listPending(TENANT, 200, filter);
      return approvals.filter((approval) => approval.turnId === turnId).map(({ tool }) => tool);
    };
    await expect.poll(() => listed({ tool: 'wipe' })).toEqual(['wipe']);
    expect(await listed({ tool: 'refund' })).toEqual(['refund']);
    expect(await listed({ tool: 'lookup' })).toEqual([]);
    expect(await listed()).toEqual(['refund', 'wipe']);
    await world.client.cancelTurn(TENANT, turnId);
    await world.end(turnId);
  });

  test('takes no tool that could not be one, so that a filter cannot say more than it should', async () => {
    const tool = "x' OR CountersignTenant = 'globex";
    await expect(world.client.listPending(TENANT, 50, { tool })).rejects.toBeInstanceOf(InputError);
  });
});

describe('a decision', () => {
  test('edit overwrites nothing: what was asked and what ran both stay, by whom and when, also when the turn is over', async () => {
    const asked = await world.asked('single');
    const { arguments: first, argumentsDigest, requestedAt, approvalId } = asked;
    const original = { by: { kind: 'model' }, at: requestedAt, arguments: first, argumentsDigest };
    expect(await world.client.getApproval(TENANT, approvalId)).toMatchObject({ proposals: [original] });
    const args = { orderId: 'A-1', amountCents: 100 };
    await world.decide(asked, { decision: 'edit', arguments: args, approver: { id: 'grace' } });
    const { approvals, reply } = await world.end(asked.turnId);
    expect(desk.effects).toMatchObject([{ args, key: approvalId }]);
    expect(reply).toContain(
      'What you asked for: {"orderId":"A-1","amountCents":4200}. What grace approved instead: {"orderId":"A-1","amountCents":100}',
    );
    const digest = approvals[0]!.argumentsDigest;
    expect(digest).not.toBe(argumentsDigest);
    expect(approvals[0]!.proposals).toEqual([
      original,
      {
        by: { kind: 'person', id: 'grace' },
        at: approvals[0]!.resolvedAt,
        arguments: args,
        argumentsDigest: digest,
      },
    ]);
    expect(approvals[0]!.decision?.arguments).toEqual(args);
    const { memo } = await world.turn(asked.turnId).describe();
    const held = memo?.['countersign.approval.0'] as Approval;
    expect(shown(held)).toMatchObject({ proposals: approvals[0]!.proposals });
    // Each is held once.
    expect(JSON.stringify(held).match(/"amountCents":100\b/g)).toHaveLength(1);
  });

  test('that breaks the schema is refused naming the field, and the approval stays pending', async () => {
    const approval = await world.asked('single');
    const edit = (args: object) => world.decide(approval, { decision: 'edit', arguments: { ...args } });
    expect(await edit({ orderId: 'x', amountCents: 1 })).toMatchObject({
      ...{ outcome: 'refused', reason: 'invalid_arguments', status: 'pending' },
      problems: [{ field: 'orderId', message: 'must look like A-1042' }],
    });
    for (const [amountCents, reason] of [
      [200_000, 'forbidden'],
      [60_000, 'not_an_approver'],
    ])
      expect(await edit({ orderId: 'A-1', amountCents })).toMatchObject({ outcome: 'refused', reason });
    expect(await world.decide(approval, {})).toMatchObject({ outcome: 'applied' });
    await world.end(approval.turnId);
    expect(desk.effects).toHaveLength(1);
  });

  test('by somebody outside the approvers is refused, by one of them applied', async () => {
    const approval = await world.asked('large');
    expect(approval.approvers).toEqual(['finance']);
    expect(await world.decide(approval, {})).toMatchObject({
      outcome: 'refused',
      reason: 'not_an_approver',
    });
    const byFinance = { approver: { id: 'grace', groups: ['finance'] } };
    expect(await world.decide(approval, byFinance)).toMatchObject({ outcome: 'applied' });
    await world.end(approval.turnId);
    expect(desk.effects).toMatchObject([{ approver: 'grace' }]);
  });

  test('of two at once one wins', async () => {
    const approval = await world.asked('single');
    const receipts = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        world.decide(approval, {
          decision: index % 2 === 0 ? 'approve' : 'deny',
          approver: { id: `p${index}` },
        }),
      ),
    );
    const outcomes = receipts.map((receipt) => receipt?.outcome);
    expect(outcomes.filter((outcome) => outcome === 'applied')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'conflict')).toHaveLength(19);
    const { approvals } = await world.end(approval.turnId);
    expect(desk.effects).toHaveLength(approvals[0]!.status === 'approved' ? 1 : 0);
  });

  test('about an approval that does not exist has no receipt', async () => {
    const approval = await world.asked('single');
    const unknown = (approvalId: string) => world.decide({ ...approval, approvalId }, {});
    expect(await unknown(`${approval.turnId}.000000000000`)).toBeNull();
    expect(await unknown('c-none.00000000000000000000.000000000000')).toBeNull();
    expect(await unknown('not an id')).toBeNull();
    await world.decide(approval, { decision: 'deny' });
    await world.end(approval.turnId);
    expect(await unknown(`${approval.turnId}.000000000000`)).toBeNull();
  });
});

describe('a tool that throws', () => {
  test('becomes an output that says so', async () => {
    desk.failures.next.push(...['locked', 'locked', 'locked still'].map((words) => new Error(words)));
    const turn = await world.ended('ungated');
    expect(turn.status).toBe('completed');
    expect(turn.reply).toBe('lookup: The tool "lookup" failed: locked still');
  });

  test('fails the turn when its definition says so: its open questions are closed, and the run is cancelled', async () => {
    desk.failures.next.push(new Error('boom'));
    const turn = await world.ended('fragility');
    expect(turn).toMatchObject({ status: 'failed', failure: { type: 'Tool.Failed' } });
    expect(turn.failure?.message).toContain('boom');
    expect(turn.approvals).toMatchObject([{ status: 'cancelled', outcome: 'not_executed' }]);
    expect((await world.seen(turn.turnId)).statuses).toEqual(['cancelled']);
  });
});

describe('a run that ends badly ends the turn with a failure a user can read', () => {
  test.each([
    ['failing', 'failed', 'Run.Failed', 'The model fell over.'],
    ['limited', 'failed', 'Run.RateLimited', 'Too fast.'],
    ['truncated', 'failed', 'Run.Incomplete', 'max_completion_tokens'],
    ['expiring', 'expired', 'Run.Expired', 'expired at the provider'],
    ['vanishing', 'cancelled', 'Run.Cancelled', 'not by this turn'],
  ])('%s', async (message, status, type, words) => {
    const turn = await world.ended(message);
    expect(turn).toMatchObject({ status, failure: { type } });
    expect(turn.failure?.message).toContain(words);
  });

  test('an unknown status is waited on for half a minute, then named', async () => {
    const turn = await puzzling;
    expect(turn).toMatchObject({ status: 'failed', failure: { type: 'Run.UnknownStatus' } });
    expect(turn.failure?.message).toContain('"generating"');
  });

  test('an unknown assistant is named, with the ones there are', async () => {
    const turn = await world.ended('hi', { assistant: 'nobody' });
    expect(turn).toMatchObject({ status: 'failed', failure: { type: 'Turn.UnknownAssistant' } });
    expect(turn.failure?.message).toContain('desk, parker, rejecter, mute');
  });
});

test('create, approve, submit, reply costs at most 30 events in the turn, whose memo then says what its result says', async () => {
  const { turnId, approvals } = await world.decided('single');
  expect((await world.history(turnId)).length).toBeLessThanOrEqual(30);
  expect(approvals).toMatchObject([{ outcome: 'executed' }]);
  const { memo } = await world.turn(turnId).describe();
  expect(memo?.[approvalField(0)]).toMatchObject({ outcome: 'executed' });
});

test('a decision that comes too late gets its answer from the record, though no worker is up', async () => {
  const turnId = await world.say('parallel');
  const [settled, open] = await world.pending(turnId, 2);
  const first = { decision: 'deny', decisionId: 'first' } as const;
  expect(await world.decide(settled!, first)).toMatchObject({ outcome: 'applied' });
  await world.stopWorker();
  expect(await world.decide(settled!, { approver: { id: 'bob' } })).toMatchObject({
    outcome: 'conflict',
    winner: { ...first, approver: { id: 'ada' } },
  });
  expect(await world.decide(settled!, first)).toMatchObject({ outcome: 'duplicate' });
  expect(await world.decide(open!, { decision: 'deny' })).toMatchObject({ outcome: 'accepted' });
  await world.startWorker();
  expect(await world.end(turnId)).toMatchObject({
    approvals: [
      { decision: { decisionId: 'first' } },
      { status: 'denied', decision: { approver: { id: 'ada' } } },
    ],
  });
});
