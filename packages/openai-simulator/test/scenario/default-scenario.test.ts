import { expect, test } from 'vitest';

import { createBench, type Call } from '../support/bench.ts';

async function play(message: string, outputs: (call: Call) => string = () => 'Done.') {
  const run = await createBench().run(message);
  return run.play(outputs);
}

const DEFAULTS = { amountCents: 4200, reason: 'requested by the customer' };

test.each([
  [
    'Please refund order A-1042, it arrived broken',
    [[['refund_order', { orderId: 'A-1042', amountCents: 4200, reason: 'it arrived broken' }]]],
  ],
  [
    'Refund $12.50 of order B-7 because the box was wet.',
    [[['refund_order', { orderId: 'B-7', amountCents: 1250, reason: 'the box was wet' }]]],
  ],
  ['I want a refund for my order', [[['refund_order', { orderId: 'A-1042', ...DEFAULTS }]]]],
  [
    'refund orders A-1 and A-2',
    [
      [
        ['refund_order', { orderId: 'A-1', ...DEFAULTS }],
        ['refund_order', { orderId: 'A-2', ...DEFAULTS }],
      ],
    ],
  ],
  ['Look up order A-1043', [[['lookup_order', { orderId: 'A-1043' }]]]],
  [
    'look up order A-1042 and refund it',
    [[['lookup_order', { orderId: 'A-1042' }]], [['refund_order', { orderId: 'A-1042', ...DEFAULTS }]]],
  ],
  ['Hello there', []],
  ['Please continue', []],
  ['What is your refund policy?', []],
  ['News: refund_order was approved and executed for order A-1042.', []],
])('%s', async (message, calls) => {
  expect((await play(message)).rounds).toEqual(calls);
});

test.each([
  [
    'Refunded 42.00 EUR for order A-1042.',
    'Order A-1042 has been refunded: Refunded 42.00 EUR for order A-1042.',
  ],
  ['{"refunded":true,"orderId":"A-1042","amountCents":1000}', 'Order A-1042 has been refunded: 10.00.'],
  ['Done.', 'Order A-1042 has been refunded: 42.00.'],
  ['Decision: denied. Notes: Too late.', 'I did not refund order A-1042. Decision: denied. Notes: Too late.'],
  ['Timed out. Do not proceed.', 'I did not refund order A-1042. Timed out. Do not proceed.'],
  ['{"error":"refund refused"}', 'About order A-1042: {"error":"refund refused"}'],
  [
    'Offer a voucher; we already refunded this.',
    'About order A-1042: Offer a voucher; we already refunded this.',
  ],
])('the reply depends on the output: %s', async (output, reply) => {
  expect((await play('Please refund order A-1042', () => output)).reply).toBe(reply);
});

test('the reply tells parallel calls apart', async () => {
  const { reply } = await play('refund orders A-1 and A-2', (call) =>
    call.function.arguments.includes('A-1') ? 'Refunded 5.00 EUR.' : 'Decision: denied.',
  );
  expect(reply).toBe(
    'Order A-1 has been refunded: Refunded 5.00 EUR. I did not refund order A-2. Decision: denied.',
  );
});

test('only the latest user message decides, so a thread can have many turns', async () => {
  const bench = createBench();
  const first = await bench.run('Please refund order A-1');
  await first.until('requires_action');
  await first.submit(() => 'Done.');
  await first.until('completed');
  const second = await bench.run('Thank you!', { threadId: first.threadId });
  await second.until('completed');
  expect(await second.reply()).toMatch(/^Hello!/);
});
