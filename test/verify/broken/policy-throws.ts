import { z } from 'zod';

import { allow, defineApp, defineAssistant, defineTool, requireApproval } from '../../../src/index.ts';

const LIMITS: Readonly<Record<string, { cents: number }>> = { EUR: { cents: 1_000 } };

/** Knows one of the currencies that its schema lets through. */
const refundOrder = defineTool({
  name: 'refund_order',
  description: 'Pay an order back.',
  parameters: z.strictObject({ amountCents: z.int().positive(), currency: z.enum(['EUR', 'SEK']) }),
  policy: ({ amountCents, currency }) => {
    const limit = LIMITS[currency];
    if (limit === undefined) throw new Error(`There is no limit for ${currency}.`);
    return amountCents < limit.cents ? allow() : requireApproval();
  },
  execute: ({ amountCents }) => `Refunded ${amountCents}.`,
});

export default defineApp({
  assistants: [
    defineAssistant({ name: 'desk', model: 'gpt-test', instructions: 'Help.', tools: [refundOrder] }),
  ],
});
