import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { startGate, type Gate } from '../../src/testing/gate.ts';
import '../../src/testing/matchers/vitest.ts';
import { createDesk } from '../support/desk.ts';
import { SCENARIO } from '../support/scenario.ts';

let gate: Gate;
beforeAll(async () => {
  gate = await startGate({ app: createDesk().app, scenario: SCENARIO, patience: '45s' });
});
afterAll(() => gate.close());

describe('when the run cannot wait any longer', () => {
  test('deny: the model is told in time, to the second', async () => {
    const turn = await gate.say('single');
    const card = await turn.asked('refund');
    const deadlineMs = Date.parse(card.approval.runDeadline!);
    // The clock goes on by itself while the card is read.
    await gate.advance(new Date(deadlineMs - 60_000));
    expect(await card.read()).toMatchObject({ status: 'pending' });
    await gate.advance(new Date(deadlineMs));
    expect(await turn.reply()).toContain('Timed out. Do not proceed.');
    const { approvals } = await turn.ended();
    expect(approvals).toMatchObject([{ status: 'expired', outcome: 'not_executed' }]);
    const lateMs = Date.parse(approvals[0]!.resolvedAt!) - deadlineMs;
    expect(lateMs).toBeGreaterThanOrEqual(0);
    expect(lateMs).toBeLessThan(1_000);
    expect(await card.decide({})).toMatchObject({ outcome: 'expired' });
    expect(gate).toHaveRun('refund', { times: 0 });
  });

  test('cancel: the run is cancelled and the turn says why', async () => {
    const turn = await gate.say('wiping');
    const card = await turn.asked('wipe');
    await gate.advance('10m');
    const ended = await turn.ended();
    expect(ended).toMatchObject({ status: 'expired', failure: { type: 'Approval.Expired' } });
    expect(ended.failure?.message).toContain('wipe');
    expect(ended.approvals).toMatchObject([{ status: 'expired', outcome: 'not_executed' }]);
    expect(gate.provider.requests('cancel')).toMatchObject([{ status: 200 }]);
    expect(await card.decide({})).toMatchObject({ outcome: 'expired' });
    expect(gate).toHaveRun('wipe', { times: 0 });
  });

  test('what was decided in time is done, what was not is denied, both are submitted', async () => {
    const turn = await gate.say('parallel');
    const cards = await turn.askedAll(2);
    await cards.find(({ arguments: args }) => args.orderId === 'A-1')!.approve({ as: 'ada' });
    await gate.advance('10m');
    const { status, approvals } = await turn.ended();
    expect(status).toBe('completed');
    expect(approvals.map((approval) => approval.status).sort()).toEqual(['approved', 'expired']);
    expect(gate).toHaveRun('refund', { args: { orderId: 'A-1' }, by: 'ada' });
  });
});

test('a policy’s own deadline ends the question earlier', async () => {
  const turn = await gate.say('brief');
  const card = await turn.asked('brief');
  await gate.advance('2s');
  expect(await turn.reply()).toContain('Timed out. Do not proceed.');
  const { status, requestedAt, resolvedAt } = await card.read();
  expect(status).toBe('expired');
  const heldMs = Date.parse(resolvedAt!) - Date.parse(requestedAt);
  expect(heldMs).toBeGreaterThanOrEqual(2_000);
  expect(heldMs).toBeLessThan(3_000);
});
