import { z } from 'zod';

import {
  allow,
  defineApp,
  defineAssistant,
  defineTool,
  forbid,
  requireApproval,
  type App,
} from '../../src/index.ts';

/** A refund desk of one tool, for tests of the kit itself. @param question - of refunds between 10 and 1,000 EUR. */
export function refundDesk(question: Parameters<typeof requireApproval>[0]): App {
  const refundOrder = defineTool({
    name: 'refund_order',
    description: 'Pay an order back.',
    parameters: z.strictObject({ orderId: z.string(), amountCents: z.int().positive() }),
    policy: ({ amountCents }) => {
      if (amountCents < 1_000) return allow();
      if (amountCents > 100_000) return forbid('Too much for anybody here.');
      return requireApproval({ approvers: ['finance'], ...question });
    },
    effect: 'idempotent',
    execute: ({ orderId }) => `Refunded ${orderId}.`,
  });
  const desk = defineAssistant({
    name: 'desk',
    model: 'gpt-test',
    instructions: 'Help.',
    tools: [refundOrder],
  });
  return defineApp({ assistants: [desk] });
}

export const app = refundDesk({ within: '30d' });

export default app;

export const scenario = {
  rules: [
    // Our own messages to the model repeat what the tool said: they are no new wish.
    { when: ['news about'], reply: '{{message}}' },
    { when: ['do not call them again'], reply: '{{message}}' },
    {
      when: ['refund'],
      rounds: [{ calls: [{ tool: 'refund_order', arguments: { orderId: 'A-1042', amountCents: 4_200 } }] }],
      reply: '{{output.refund_order}}',
    },
  ],
  otherwise: { reply: 'Hello.' },
};
