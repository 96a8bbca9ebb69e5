import { z } from 'zod';

import { defineApp, defineAssistant, defineTool, requireApproval } from '../../../src/index.ts';

/** The groups are read from a variable that nobody has set. */
const approvers = (process.env.NO_SUCH_VARIABLE ?? '').split(',').filter(Boolean);

const refundOrder = defineTool({
  name: 'refund_order',
  description: 'Pay an order back.',
  parameters: z.strictObject({ orderId: z.string(), amountCents: z.int().positive().max(100_000) }),
  policy: requireApproval({ approvers }),
  execute: ({ orderId }) => `Refunded ${orderId}.`,
});

export default defineApp({
  assistants: [
    defineAssistant({ name: 'desk', model: 'gpt-test', instructions: 'Help.', tools: [refundOrder] }),
  ],
});
