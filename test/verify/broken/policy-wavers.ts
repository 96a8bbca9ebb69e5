import { z } from 'zod';

import { allow, defineApp, defineAssistant, defineTool, requireApproval } from '../../../src/index.ts';

let asked = 0;

/** Asks for every third call, whatever it is about. */
const refundOrder = defineTool({
  name: 'refund_order',
  description: 'Pay an order back.',
  parameters: z.strictObject({ orderId: z.string(), amountCents: z.int().positive().max(100_000) }),
  policy: () => ((asked += 1) % 3 === 0 ? requireApproval() : allow()),
  execute: ({ orderId }) => `Refunded ${orderId}.`,
});

export default defineApp({
  assistants: [
    defineAssistant({ name: 'desk', model: 'gpt-test', instructions: 'Help.', tools: [refundOrder] }),
  ],
});
