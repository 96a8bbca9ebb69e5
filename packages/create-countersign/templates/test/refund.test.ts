import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { startGate } from 'countersign/testing';

import app from '../countersign.config.ts';
import scenario from '../scenario.json' with { type: 'json' };

const gate = await startGate({ app, scenario, protocol: '%protocol%' });
after(() => gate.close());

test('a refund of 10 EUR or more is paid once, after a person has approved it', async () => {
  const turn = await gate.say('Please refund order A-1042, 42.00 EUR');
  const card = await turn.asked('refund_order');
  assert.equal(gate.effects('refund_order').length, 0);

  await card.approve({ as: 'grace' });

  assert.match(await turn.reply(), /Refunded 42\.00 EUR/);
  assert.equal(gate.effects('refund_order').length, 1);
});

test('a smaller refund asks nobody', async () => {
  const verdict = await gate.judge('refund_order', { orderId: 'A-1042', amountCents: 500, reason: 'late' });
  assert.equal(verdict.kind, 'allow');
});
