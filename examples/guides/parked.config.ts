/** A question that people have three days to answer, though the run behind it ends after ten minutes. */
import { defineApp, defineAssistant, defineTool, MODEL, requireApproval } from 'countersign';
import { z } from 'zod';

// #region tool
const refundOrder = defineTool({
  name: 'refund_order',
  description: 'Pay the customer of an order money back.',
  parameters: z.strictObject({ orderId: z.string(), amountCents: z.int(), reason: z.string() }),
  policy: requireApproval({ within: '3d' }),
  effect: 'idempotent',
  execute: ({ orderId }) => `Refunded order ${orderId}.`,
});
// #endregion tool

// #region assistant
const desk = defineAssistant({
  name: 'desk',
  model: MODEL,
  instructions: 'You help the customers of a small shop.',
  tools: [refundOrder],
  whilePending: 'park',
});
// #endregion assistant

export default defineApp({ assistants: [desk] });
