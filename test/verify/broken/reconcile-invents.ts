import { z } from 'zod';

import { defineApp, defineAssistant, defineTool, requireApproval } from '../../../src/index.ts';

/** Takes every call for one that has happened. */
const refundOrder = defineTool({
  name: 'refund_order',
  description: 'Pay an order back.',
  parameters: z.strictObject({ orderId: z.string(), amountCents: z.int().positive().max(100_000) }),
  policy: requireApproval(),
  effect: 'reconcilable',
  reconcile: (_key, { orderId }) => ({ done: true, output: `Refunded ${orderId}.` }),
  execute: ({ orderId }) => `Refunded ${orderId}.`,
});

export default defineApp({
  assistants: [
    defineAssistant({ name: 'desk', model: 'gpt-test', instructions: 'Help.', tools: [refundOrder] }),
  ],
});
