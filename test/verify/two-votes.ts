import { z } from 'zod';

import { defineApp, defineAssistant, defineTool, requireApproval } from '../../src/index.ts';

/** Sound, and asks for two people, of whom one is of a group, with a reason, and not the requester. */
const payOut = defineTool({
  name: 'pay_out',
  description: 'Pay money out.',
  parameters: z.strictObject({ account: z.string(), amountCents: z.int().positive().max(100_000) }),
  policy: requireApproval({
    approvers: ['finance', 'security'],
    quorum: { approve: 2, deny: 2, from: [{ group: 'security', atLeast: 1 }] },
    ...{ notRequester: true, note: 'always' },
  }),
  effect: 'idempotent',
  execute: ({ account }) => `Paid to ${account}.`,
});

export default defineApp({
  assistants: [defineAssistant({ name: 'desk', model: 'gpt-test', instructions: 'Help.', tools: [payOut] })],
});
export const verify = { sandboxed: true };
