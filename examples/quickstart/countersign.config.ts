import { allow, defineApp, defineAssistant, defineTool, MODEL, requireApproval } from 'countersign';
import { z } from 'zod';

const refundOrder = defineTool({
  name: 'refund_order',
  description: 'Pay the customer of an order money back.',
  parameters: z.strictObject({ orderId: z.string(), amountCents: z.int().positive(), reason: z.string() }),
  policy: ({ amountCents }) => (amountCents < 1_000 ? allow() : requireApproval({ within: '5m' })),
  execute: ({ orderId, amountCents }, { approval, idempotencyKey }) => {
    // Call your payment provider here. Pass it idempotencyKey: it is the same for every attempt of this call.
    const by = approval?.approver.id ?? 'the policy';
    return `Refunded ${amountCents} cents for ${orderId}, approved by ${by} (key ${idempotencyKey}).`;
  },
});

const instructions = 'You help the customers of a small shop.';
const refundDesk = defineAssistant({ name: 'desk', model: MODEL, instructions, tools: [refundOrder] });

export default defineApp({ assistants: [refundDesk] });
