import { allow, defineApp, defineAssistant, defineTool, MODEL, requireApproval } from 'countersign';
import { z } from 'zod';

import { findOrder, refund } from './orders.ts';

const orderId = z.string().regex(/^[A-Z]-\d{1,8}$/, 'must look like A-1042');

const lookupOrder = defineTool({
  name: 'lookup_order',
  description: 'Look an order up by its number.',
  parameters: z.strictObject({ orderId }),
  policy: allow(),
  effect: 'idempotent',
  execute: ({ orderId }) => findOrder(orderId) ?? `There is no order ${orderId}.`,
});

const refundOrder = defineTool({
  name: 'refund_order',
  description: 'Pay the customer of an order money back.',
  parameters: z.strictObject({
    orderId,
    amountCents: z.int().positive().max(100_000),
    reason: z.string().min(1).max(500),
  }),
  policy: ({ amountCents }) =>
    amountCents < 1_000 ? allow() : requireApproval({ reason: 'Refunds of 10 EUR and more need a person.' }),
  effect: 'idempotent',
  execute: ({ orderId, amountCents }, { idempotencyKey }) => refund({ orderId, amountCents, idempotencyKey }),
});

export default defineApp({
  assistants: [
    defineAssistant({
      name: 'refund-desk',
      model: MODEL,
      instructions:
        'You help customers of a small shop with their orders. Look orders up before you talk about them.',
      tools: [lookupOrder, refundOrder],
    }),
  ],
});
