import { setTimeout as sleep } from 'node:timers/promises';

import { z } from 'zod';

import { defineApp, defineAssistant, defineTool, requireApproval } from '../../../src/index.ts';

/** Goes on whatever its signal says. */
const refundOrder = defineTool({
  name: 'refund_order',
  description: 'Pay an order back.',
  parameters: z.strictObject({ orderId: z.string(), amountCents: z.int().positive().max(100_000) }),
  policy: requireApproval(),
  effect: 'idempotent',
  execute: async ({ orderId }) => {
    await sleep(4_000);
    return `Refunded ${orderId}.`;
  },
});

export default defineApp({
  assistants: [
    defineAssistant({ name: 'desk', model: 'gpt-test', instructions: 'Help.', tools: [refundOrder] }),
  ],
});
