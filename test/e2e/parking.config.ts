import { z } from 'zod';

import { defineApp, defineAssistant, defineTool, requireApproval } from '../../src/index.ts';

/** A refund that may be decided long after its run has ended; for the simulator's default scenario. */
const refundOrder = defineTool({
  name: 'refund_order',
  description: 'Pay the customer of an order money back.',
  parameters: z.strictObject({ orderId: z.string(), amountCents: z.int(), reason: z.string() }),
  policy: requireApproval({ within: '1h' }),
  effect: 'idempotent',
  execute: ({ orderId }) => `Refunded order ${orderId}.`,
});

export default defineApp({
  assistants: [
    defineAssistant({ name: 'desk', model: 'gpt-5', instructions: 'Help.', tools: [refundOrder] }),
  ],
});
