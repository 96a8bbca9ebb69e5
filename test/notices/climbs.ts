import { z } from 'zod';

import { defineTool, requireApproval } from '../../src/index.ts';
import { payBack } from '../support/pay-back.ts';

/** A desk whose questions climb a ladder, for a worker in a process of its own. */
const refund = defineTool({
  ...{ name: 'refund', description: 'Pays money back.', parameters: z.strictObject({ orderId: z.string() }) },
  policy: requireApproval({
    ...{ approvers: ['finance'], within: '30d' },
    ladder: [
      { after: '1h', remind: true },
      { after: '2h', tell: ['managers'] },
    ],
  }),
  execute: ({ orderId }) => `Refunded ${orderId}.`,
});

const { app, scenario } = payBack(refund);
export default app;
export { scenario };
