import { startGate, type Gate } from 'countersign/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';

import app from './countersign.config.ts';

// #region start
let gate: Gate;
beforeAll(async () => {
  gate = await startGate({ app, patience: '30s' });
});
afterAll(() => gate.close());
// #endregion start

// #region approve
test('a refund waits for a person, and is paid once', async () => {
  const turn = await gate.say('Please refund order A-1042, it arrived broken');
  const card = await turn.asked('refund_order');
  expect(gate.effects('refund_order')).toEqual([]);
  await card.approve({ as: 'grace' });
  expect(await turn.reply()).toContain('Refunded 4200 cents for A-1042');
  expect(gate.effects('refund_order')).toHaveLength(1);
});
// #endregion approve

// #region advance
test('nobody answers: nothing is paid, and the customer is told', async () => {
  const before = gate.effects('refund_order').length;
  const turn = await gate.say('Please refund order A-1043, it came too late');
  await turn.asked('refund_order');
  await gate.advance('5m');
  expect(await turn.reply()).toContain('Timed out. Do not proceed.');
  expect(gate.effects('refund_order')).toHaveLength(before);
});
// #endregion advance

// #region kill
test('the worker dies while somebody thinks', async () => {
  const turn = await gate.say('Please refund order A-1044');
  const card = await turn.asked('refund_order');
  await gate.kill('worker');
  await card.approve({ as: 'grace' });
  expect(await turn.reply()).toContain('A-1044');
});
// #endregion kill

// #region judge
test('small refunds need nobody', async () => {
  const verdict = await gate.judge('refund_order', { orderId: 'A-1042', amountCents: 900, reason: 'late' });
  expect(verdict).toEqual({ kind: 'allow' });
});
// #endregion judge
