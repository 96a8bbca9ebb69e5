/** What the model is told, the same for every peer as bench/app.ts has it. Loaded by workflows: imports nothing. */
export const MODEL = 'gpt-5';
export const INSTRUCTIONS = 'Pay back what customers ask for.';

export const REFUND_TOOL = {
  name: 'refund_order',
  description: 'Pay the customer of an order money back.',
  parameters: {
    type: 'object' as const,
    properties: {
      orderId: { type: 'string' as const },
      amountCents: { type: 'integer' as const },
      reason: { type: 'string' as const },
    },
    required: ['orderId', 'amountCents', 'reason'] as ['orderId', 'amountCents', 'reason'],
    additionalProperties: false as const,
  },
};
