import { startGate, type Gate } from 'countersign/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';

import app from './parked.config.ts';

let gate: Gate;
beforeAll(async () => {
  gate = await startGate({ app, patience: '30s' });
});
afterAll(() => gate.close());

// #region parked
test('a manager answers after two days: paid once, and the customer is told', async () => {
  const turn = await gate.say('Please refund order A-1042, it arrived broken');
  const card = await turn.asked('refund_order');
  await gate.advance('2d');
  expect(await turn.reply()).toContain('awaits approval');
  await card.approve({ as: 'grace' });
  const news = await turn.continuation();
  expect(await news.reply()).toContain('Refunded order A-1042.');
  expect(gate.effects('refund_order')).toHaveLength(1);
});
// #endregion parked
