import { describe, expect, test } from 'vitest';

import { LostAnswer } from '../support/desk.ts';
import { resetTurn } from '../support/reset.ts';
import { deskFor, worldFor } from '../support/world.ts';

const desk = deskFor();
const world = worldFor({ app: desk.app, name: 'effects' });

test('a reconcilable tool whose answer was lost is asked before it would run again', async () => {
  desk.failures.next.push(new LostAnswer('no answer'));
  const turn = await world.ended('audited');
  expect(turn.reply).toBe('audited: audited was done before.');
  expect(desk.effects).toHaveLength(1);
});

test('an idempotent tool whose answer was lost runs again with the same key', async () => {
  desk.failures.next.push(new LostAnswer('no answer'));
  await world.ended('ungated');
  expect(desk.effects).toHaveLength(2);
  expect(new Set(desk.effects.map(({ key }) => key)).size).toBe(1);
});

test('an at-most-once tool that throws is not tried again', async () => {
  desk.failures.next.push(new LostAnswer('no answer'));
  const turn = await world.decided('wiping');
  expect(turn.reply).toContain('The tool "wipe" failed: no answer');
  expect(desk.effects).toHaveLength(1);
});

describe('a turn that is reset in Temporal', () => {
  test.each([
    ['single', 'createRun'],
    ['single', 'executeAndSubmit'],
    ['mixed', 'executeTool'],
    ['mixed', 'submitOutputs'],
  ])('%s, before %s creates, submits and runs nothing twice', async (message, at) => {
    const turnId = await world.say(message);
    const approvals = await world.pending(turnId, message === 'mixed' ? 2 : 1);
    for (const approval of approvals) await world.decide(approval, {});
    const before = await world.end(turnId);
    const keys = new Set(desk.effects.map(({ key }) => key));
    await resetTurn(world, turnId, at);
    const after = await world.end(turnId);
    expect(after).toMatchObject({ status: 'completed', run: before.run! });
    // Whatever ran again ran with the same key, which is the same to an idempotent tool.
    expect(new Set(desk.effects.map(({ key }) => key))).toEqual(keys);
    expect(await world.seen(turnId)).toEqual({ runs: 1, submits: 1, statuses: ['completed'] });
  });

  test('does not run an at-most-once tool again: its outcome is unknown', async () => {
    const approval = await world.asked('wiping');
    await world.decide(approval, {});
    await world.end(approval.turnId);
    await resetTurn(world, approval.turnId, 'executeTool');
    const turn = await world.end(approval.turnId);
    expect(turn.approvals).toMatchObject([{ status: 'approved', outcome: 'unknown' }]);
    expect(desk.effects).toHaveLength(1);
  });
});
