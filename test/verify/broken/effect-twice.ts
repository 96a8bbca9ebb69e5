import { z } from 'zod';

import { defineApp, defineAssistant, defineTool, requireApproval } from '../../../src/index.ts';

/** Promises to be idempotent, and pays again with each attempt. */
const refundOrder = defineTool({
  name: 'refund_order',
  description: 'Pay an order back.',
  parameters: z.strictObject({ orderId: z.string(), amountCents: z.int().positive().max(100_000) }),
  policy: requireApproval(),
  effect: 'idempotent',
  execute: async ({ orderId, amountCents }) => {
    await fetch(`${process.env.VERIFY_BANK_URL ?? ''}/payments`, {
      method: 'POST',
      body: JSON.stringify({ orderId, amountCents }),
    });
    return `Refunded ${orderId}.`;
  },
});

export default defineApp({
  assistants: [
    defineAssistant({ name: 'desk', model: 'gpt-test', instructions: 'Help.', tools: [refundOrder] }),
  ],
});
