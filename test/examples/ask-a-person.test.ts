import { afterAll, beforeAll, expect, test } from 'vitest';

import type { TurnView } from '../../src/contracts/turn.ts';
import { temporalAddress } from '../setup/temporal.ts';
import { approvalIn, commandOf, makeClone, turnIn, type Clone } from './clone.ts';

let clone: Clone;
beforeAll(async () => {
  clone = await makeClone({ TEMPORAL_ADDRESS: temporalAddress(), COUNTERSIGN_TASK_QUEUE: 'ask-a-person' });
  await clone.up(commandOf('ask-a-person', 'npm run dev'));
});
afterAll(() => clone.remove());

test('the assistant asks before it promises money, and an editor lets it', async () => {
  const said = await clone.run(commandOf('ask-a-person', 'countersign turn'));
  expect(said).toContain('Promise the author of \\"Night Trains\\" 80 EUR');
  const approve = commandOf('ask-a-person', 'approvals approve').replace('<approvalId>', approvalIn(said));
  const byStranger = clone.start(approve.replace('editors', 'readers'));
  await byStranger.finished;
  expect(byStranger.output()).toContain('must belong to one of these groups: editors');
  await clone.run(approve);
  const turn = await clone.ask<TurnView>(`/v1/turns/${turnIn(said)}?wait=30`);
  expect(turn.reply).toBe('Dear author, we would like to print "Night Trains" and pay 80 EUR.');
});
