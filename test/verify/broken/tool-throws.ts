import { z } from 'zod';

import { defineApp, defineAssistant, defineTool, requireApproval } from '../../../src/index.ts';
import type { Verify } from '../../../src/verify/hooks.ts';

/** Throws where it should tell the model. */
const refundOrder = defineTool({
  name: 'refund_order',
  description: 'Pay an order back.',
  parameters: z.strictObject({ orderId: z.string(), amountCents: z.int().positive().max(100_000) }),
  policy: requireApproval(),
  execute: ({ orderId }) => {
    throw new Error(`There is no order ${orderId}.`);
  },
});

export const verify: Verify = {
  calls: [{ tool: 'refund_order', arguments: { orderId: 'A-1042', amountCents: 4_200 } }],
};

export default defineApp({
  assistants: [
    defineAssistant({ name: 'desk', model: 'gpt-test', instructions: 'Help.', tools: [refundOrder] }),
  ],
});
