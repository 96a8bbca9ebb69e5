import { approvers, NotDecidedError, startGate, type Gate } from 'countersign/testing';
import 'countersign/testing/vitest';
import { afterAll, beforeAll, expect, test } from 'vitest';

import app from './parked.config.ts';

const refund = 'Please refund order A-1042, it arrived broken';

let gate: Gate;
beforeAll(async () => {
  gate = await startGate({ app, patience: '30s' });
});
afterAll(() => gate.close());

// #region policy
test('every refund needs a person, for three days', async () => {
  const call = { orderId: 'A-1042', amountCents: 4_200, reason: 'broken' };
  expect(await gate.judge('refund_order', call)).toNeedApproval({ within: '3d' });
  expect(await gate.judge('refund_order', { ...call, amountCents: 1.5 })).toBeInvalid('amountCents');
});
// #endregion policy

// #region deadline
test('a minute before its end a question is open, and at its end it is over', async () => {
  const turn = await gate.say(refund);
  const card = await turn.asked('refund_order');
  await gate.advance(new Date(Number(card.deadline) - 60_000));
  expect(await card.read()).toMatchObject({ status: 'pending' });
  await gate.advance('1m');
  await expect(card.approve({ as: 'grace' })).rejects.toThrow(NotDecidedError);
});
// #endregion deadline

// #region faults
test('the answer to the submit is lost: the refund is paid once all the same', async () => {
  await using shop = await startGate({ app, patience: '30s' });
  const turn = await shop.say(refund);
  const card = await turn.asked('refund_order');
  shop.provider.drop('submit');
  await card.approve({ as: 'grace' });
  expect(await turn.reply()).toContain('Refunded order A-1042.');
  expect(shop).toHaveRun('refund_order', { by: 'grace' });
});
// #endregion faults

// #region script
test('the first refund is approved, the second one is denied', async () => {
  await using shop = await startGate({
    app,
    patience: '30s',
    approvers: approvers.script([
      { tool: 'refund_order', decision: 'approve', as: 'grace' },
      { tool: 'refund_order', decision: 'deny', as: 'grace', note: 'One is enough.' },
    ]),
  });
  expect(await (await shop.say(refund)).reply()).toContain('Refunded order A-1042.');
  expect(await (await shop.say(refund)).reply()).toContain('One is enough.');
});
// #endregion script
