import { setTimeout as sleep } from 'node:timers/promises';

import { allow, defineApp, defineAssistant, defineTool, requireApproval } from 'countersign';
import { z } from 'zod';

/** The application under measurement. A tool's output says when it began, so that the provider's record shows it too. */
const tool = (
  name: string,
  policy: Parameters<typeof defineTool>[0]['policy'],
  effect: 'idempotent' | 'at-most-once' = 'idempotent',
) =>
  defineTool({
    name,
    description: 'Pay the customer of an order money back.',
    parameters: z.strictObject({
      orderId: z.string(),
      amountCents: z.int().positive(),
      reason: z.string(),
      workMs: z.int().min(0).optional(),
    }),
    policy,
    effect,
    execute: async ({ workMs = 0 }) => {
      const startedAtMs = Date.now();
      await sleep(workMs);
      return { startedAtMs };
    },
  });

export default defineApp({
  assistants: [
    defineAssistant({
      name: 'bench',
      model: 'gpt-5',
      instructions: 'Pay back what customers ask for.',
      tools: [
        tool('refund_order', requireApproval({ reason: 'Money leaves the house.' })),
        tool(
          'refund_by_one',
          requireApproval({
            reason: 'Money leaves the house.',
            approvers: ['bench'],
            quorum: { approve: 1, from: [{ group: 'bench', atLeast: 1 }] },
          }),
        ),
        tool('refund_once', requireApproval({ reason: 'Money leaves the house.' }), 'at-most-once'),
        tool('refund_later', requireApproval({ within: '24h' })),
        tool('refund_small', allow()),
      ],
    }),
  ],
});
