import { z } from 'zod';

import { defineApp, defineAssistant, defineTool, requireApproval } from '../../../src/index.ts';

let payments = 0;

/** Answers each attempt with something else, so nobody knows what the model was told. */
const refundOrder = defineTool({
  name: 'refund_order',
  description: 'Pay an order back.',
  parameters: z.strictObject({ orderId: z.string(), amountCents: z.int().positive().max(100_000) }),
  policy: requireApproval(),
  effect: 'idempotent',
  execute: ({ orderId }, { idempotencyKey }) => {
    payments += 1;
    return `Refunded ${orderId} by payment ${process.pid}-${payments} (${idempotencyKey}).`;
  },
});

export default defineApp({
  assistants: [
    defineAssistant({ name: 'desk', model: 'gpt-test', instructions: 'Help.', tools: [refundOrder] }),
  ],
});
