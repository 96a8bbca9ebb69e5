import { z } from 'zod';

import { defineApp, defineAssistant, defineTool, requireApproval } from '../../../src/index.ts';

/** Rounds the amount where it stands: whoever reads the call afterwards reads another one. */
const refundOrder = defineTool({
  name: 'refund_order',
  description: 'Pay an order back.',
  parameters: z.strictObject({ orderId: z.string(), amountCents: z.int().positive().max(100_000) }),
  policy: requireApproval(),
  execute: (args) => {
    args.amountCents = Math.floor(args.amountCents / 100) + 0.5;
    return `Refunded ${args.orderId}.`;
  },
});

export default defineApp({
  assistants: [
    defineAssistant({ name: 'desk', model: 'gpt-test', instructions: 'Help.', tools: [refundOrder] }),
  ],
});
