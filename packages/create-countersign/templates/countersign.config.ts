import { allow, defineApp, defineAssistant, defineTool, MODEL, requireApproval } from 'countersign';
import { z } from 'zod';

const refundOrder = defineTool({
  name: 'refund_order',
  description: 'Pay the customer of an order money back.',
  parameters: z.strictObject({
    orderId: z.string(),
    amountCents: z.int().positive(),
    reason: z.string(),
  }),
  // Which calls need a person. Small refunds go through; larger ones wait up to a day for a person.
  policy: ({ amountCents }) =>
    amountCents < 1_000 ? allow() : requireApproval({ within: '24h', reason: 'Refunds of 10 EUR and more.' }),
  // Nobody runs it a second time when a worker dies in the middle. Other values: 'reconcilable', 'idempotent'.
  effect: 'at-most-once',
  execute: ({ orderId, amountCents }) => {
    // Call your payment service here.
    return `Refunded ${(amountCents / 100).toFixed(2)} EUR for order ${orderId}.`;
  },
});

const desk = defineAssistant({
  name: 'desk',
  model: MODEL,
  instructions: 'You help the customers of a small shop.',
  tools: [refundOrder],
});

export default defineApp({ assistants: [desk] });
