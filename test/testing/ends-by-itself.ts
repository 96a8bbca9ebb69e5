import { z } from 'zod';

import { defineApp, defineAssistant, defineTool, requireApproval } from '../../src/index.ts';

/** An application whose tool takes its worker process down with it. */
const refundOrder = defineTool({
  name: 'refund_order',
  description: 'Pay an order back.',
  parameters: z.strictObject({ orderId: z.string(), amountCents: z.int().positive() }),
  policy: () => requireApproval({ within: '30d' }),
  effect: 'idempotent',
  execute: () => process.exit(3),
});

const instructions = 'Help.';
export default defineApp({
  assistants: [defineAssistant({ name: 'desk', model: 'gpt-test', instructions, tools: [refundOrder] })],
});
