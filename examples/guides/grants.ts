/** A policy that lets people approve the same for a while: a region that docs/guides/grants.md shows. */

import { defineTool, requireApproval } from 'countersign';
import { z } from 'zod';

// #region grants
export const refund = defineTool({
  name: 'refund_order',
  description: 'Pay money back to a customer.',
  parameters: z.strictObject({ orderId: z.string(), amountCents: z.int().positive() }),
  policy: requireApproval({
    within: '4h',
    approvers: ['finance'],
    mayGrant: { forMs: 3_600_000, narrowerBy: ['amountCents'] },
  }),
  execute: ({ orderId, amountCents }) => `Refunded ${amountCents} cents of order ${orderId}.`,
});
// #endregion grants
