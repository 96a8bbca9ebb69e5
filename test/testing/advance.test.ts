import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { WorkflowHandle } from '@temporalio/client';

import { turnWorkflowId } from '../../src/contracts/ids.ts';
import { MOVE_CLOCK } from '../../src/testing/clock/messages.ts';
import { startGate, TestingError, type Gate, type Turn } from '../../src/testing/gate.ts';
import { refundDesk, scenario } from './refunds.ts';

const finance = { as: 'grace', groups: ['finance'] };

describe('the clock of a gate', () => {
  let gate: Gate;
  beforeAll(async () => {
    gate = await startGate({ app: refundDesk({ within: '30d' }), scenario, patience: '45s' });
  });
  afterAll(() => gate.close());

  test('an approval of 30 days ends after 30 days, parked in between', async () => {
    const turn = await gate.say('Refund A-1042');
    const card = await turn.asked('refund_order');
    await gate.advance('29d');
    expect(await turn.read()).toMatchObject({ status: 'parked', approvals: [{ status: 'pending' }] });
    await gate.advance('1d');
    expect(await card.read()).toMatchObject({ status: 'expired' });
    expect(await (await turn.continuation()).reply()).toContain('nobody decided');
  });

  test('a question is open until its end, and over at it', async () => {
    const [answered, missed] = [await gate.say('Refund A-1042'), await gate.say('Refund A-1042')];
    const [first, second] = [await answered.asked(), await missed.asked()];
    await gate.advance(new Date(first.deadline!.getTime() - 60_000));
    await first.approve(finance);
    expect(await second.read()).toMatchObject({ status: 'pending' });
    await gate.advance(second.deadline!);
    expect(await second.decide({ approver: { id: 'grace', groups: ['finance'] } })).toMatchObject({
      outcome: 'expired',
    });
    expect(await first.read()).toMatchObject({ status: 'approved', outcome: 'executed' });
  });

  test('what begins after a move goes by the moved clock', async () => {
    await gate.advance('7d');
    const began = gate.now();
    const turn = await gate.say('Refund A-1042');
    const card = await turn.asked();
    expect(Date.parse(card.approval.requestedAt)).toBeGreaterThanOrEqual(began);
    expect(card.deadline!.getTime()).toBeLessThan(gate.now() + 30 * 86_400_000);
    const looks = gate.provider.requests('look').length;
    await card.approve(finance);
    expect(await turn.reply()).toBe('Refunded A-1042.');
    // A run that were seen on another clock would be looked at again and again.
    expect(gate.provider.requests('look').length).toBeLessThan(looks + 10);
  });

  test('two moves at once follow each other', async () => {
    const before = gate.now();
    await Promise.all([gate.advance('1d'), gate.advance('1d')]);
    expect(gate.now()).toBeGreaterThanOrEqual(before + 2 * 86_400_000);
  });

  test('a worker that replays a turn finds the clock where it was', async () => {
    const turn = await gate.say('Refund A-1042');
    const card = await turn.asked();
    await gate.advance('2d');
    await gate.kill('worker');
    await gate.advance('2d');
    await card.approve(finance);
    expect(await (await turn.continuation()).reply()).toContain('Refunded A-1042.');
  });

  test('a question whose time passes while no worker is up is over for the one that comes', async () => {
    const turn = await gate.say('Refund A-1042');
    const card = await turn.asked();
    await gate.kill('worker', { restart: false });
    await gate.advance('31d');
    expect(await card.read()).toMatchObject({ status: 'pending' });
    await gate.restart('worker');
    expect((await turn.ended()).approvals).toMatchObject([{ status: 'expired' }]);
  });

  test('a request over HTTP goes by the clock, too', async () => {
    const body = JSON.stringify({ action: 'Send the letters', timeout_minutes: 60 });
    const asked = (await (await gate.gateway.fetch('/decisions', { body })).json()) as { id: string };
    const read = async () => (await (await gate.gateway.fetch(`/decisions/${asked.id}`)).json()) as object;
    await gate.advance('59m');
    expect(await read()).toMatchObject({ status: 'pending' });
    await gate.advance('1m');
    expect(await read()).toMatchObject({ status: 'expired' });
  });

  test('a clock does not go back', async () => {
    await expect(gate.advance(-1)).rejects.toThrow(TestingError);
    await expect(gate.advance(new Date(gate.now() - 1))).rejects.toThrow(/cannot go back/);
  });
});

/** Numbers of Temporal's events. */
const WORKFLOW_TASK = new Set([5, 6, 7]);

/**
 * The types of a history's events, without what the clock adds: its signal, and timers that it cancels and starts again in one task. Tasks
 * are left out, because a signal that comes by itself has one of its own.
 */
function withoutClock({ events = [] }: Awaited<ReturnType<WorkflowHandle['fetchHistory']>>): number[] {
  const moves = (events ?? []).map(({ timerCanceledEventAttributes: cancelled }) =>
    String(cancelled?.workflowTaskCompletedEventId),
  );
  return (events ?? []).flatMap((event) => {
    const {
      eventType,
      timerStartedEventAttributes: started,
      timerCanceledEventAttributes: cancelled,
    } = event;
    const isOfClock =
      WORKFLOW_TASK.has(Number(eventType)) ||
      event.workflowExecutionSignaledEventAttributes?.signalName === MOVE_CLOCK ||
      cancelled != null ||
      (started != null && moves.includes(String(started.workflowTaskCompletedEventId)));
    return isOfClock ? [] : [Number(eventType)];
  });
}

test('with the clock a turn goes through what it goes through in the time itself', async () => {
  // Real: the run must have its outputs 2 s after its start, the question ends a second after that.
  await using real = await startGate({
    app: refundDesk({ within: '3s', onRunDeadline: 'park' }),
    scenario,
    patience: '45s',
    simulator: { runTtlSeconds: 22 },
  });
  await using moved = await startGate({ app: refundDesk({ within: '30d' }), scenario, patience: '45s' });
  const pass = async (gate: Gate, wait: () => Promise<void>): Promise<Turn> => {
    const turn = await gate.say('Refund A-1042');
    await turn.asked();
    await wait();
    await turn.ended();
    return turn;
  };
  const historyOf = async (gate: Gate, { turnId }: Turn) =>
    withoutClock(await gate.temporal.workflow.getHandle(turnWorkflowId(gate.tenant, turnId)).fetchHistory());
  const inTime = await pass(real, () => Promise.resolve());
  const byClock = await pass(moved, () => moved.advance('30d'));
  expect(await historyOf(moved, byClock)).toEqual(await historyOf(real, inTime));
});
