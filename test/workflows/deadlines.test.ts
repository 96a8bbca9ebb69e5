import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { createDesk } from '../support/desk.ts';
import { startWorld, type World } from '../support/world.ts';

/** A run that lives 24 s: less the submit margin of 20 s, people have 4 s. */
const TTL_SECONDS = 24;

const desk = createDesk();
let world: World;

beforeAll(async () => {
  world = await startWorld({ app: desk.app, name: 'deadlines', simulator: { runTtlSeconds: TTL_SECONDS } });
});
afterAll(() => world.stop());
beforeEach(() => {
  desk.effects.length = 0;
});

/** Seconds from the question to its end. */
function heldSeconds({ requestedAt, resolvedAt }: { requestedAt: string; resolvedAt?: string }): number {
  return (Date.parse(resolvedAt ?? '') - Date.parse(requestedAt)) / 1_000;
}

describe('when the run cannot wait any longer', () => {
  test('deny: the model is told in time, to the second', async () => {
    const turnId = await world.say('single');
    const [approval] = await world.pending(turnId);
    const deadlineMs = Date.parse(approval!.runDeadline!);
    const turn = await world.end(turnId);
    expect(turn.status).toBe('completed');
    expect(turn.reply).toContain('Timed out. Do not proceed.');
    expect(turn.approvals).toMatchObject([{ status: 'expired', outcome: 'not_executed' }]);
    expect(Math.abs(Date.parse(turn.approvals[0]!.resolvedAt!) - deadlineMs)).toBeLessThan(1_000);
    expect(await world.decide(approval!, {})).toMatchObject({ outcome: 'expired' });
    expect(desk.effects).toEqual([]);
  });

  test('cancel: the run is cancelled and the turn says why', async () => {
    const turnId = await world.say('wiping');
    const [approval] = await world.pending(turnId);
    const turn = await world.end(turnId);
    expect(turn).toMatchObject({ status: 'expired', failure: { type: 'Approval.Expired' } });
    expect(turn.failure?.message).toContain('wipe');
    expect(turn.approvals).toMatchObject([{ status: 'expired', outcome: 'not_executed' }]);
    const { runs } = (await world.control('state')) as { runs: { status: string; metadata: object }[] };
    expect(runs.find(({ metadata }) => Object.values(metadata).includes(turnId))?.status).toBe('cancelled');
    expect(await world.decide(approval!, {})).toMatchObject({ outcome: 'expired' });
    expect(desk.effects).toEqual([]);
  });

  test('what was decided in time is done, what was not is denied, both are submitted', async () => {
    const turnId = await world.say('parallel');
    const approvals = await world.pending(turnId, 2);
    const inTime = approvals.find(({ arguments: args }) => args.orderId === 'A-1')!;
    await world.decide(inTime, {});
    const turn = await world.end(turnId);
    expect(turn.status).toBe('completed');
    expect(turn.approvals.map(({ status }) => status).sort()).toEqual(['approved', 'expired']);
    expect(desk.effects.filter(({ tool }) => tool === 'refund')).toMatchObject([
      { args: { orderId: 'A-1' } },
    ]);
  });
});

test('a policy’s own deadline ends the question earlier', async () => {
  const turnId = await world.say('brief');
  await world.pending(turnId);
  const turn = await world.end(turnId);
  expect(turn.reply).toContain('Timed out. Do not proceed.');
  const [approval] = turn.approvals;
  expect(approval!.status).toBe('expired');
  expect(heldSeconds(approval!)).toBeGreaterThanOrEqual(2);
  expect(heldSeconds(approval!)).toBeLessThan(3);
});
