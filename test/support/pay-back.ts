import { z } from 'zod';

import { defineApp, defineAssistant, defineTool, type Tool, type Verdict } from '../../src/index.ts';

/** Pays back the order that it is told. It may run again. */
export function refundUnder(policy: Verdict | (() => Verdict)): Tool {
  return defineTool({
    ...{ name: 'refund', description: 'Pays money back.', effect: 'idempotent' },
    parameters: z.strictObject({ orderId: z.string() }),
    policy,
    execute: ({ orderId }) => `Refunded ${orderId}.`,
  });
}

/** A desk with this one tool, and a model that calls it for order A-1 when it hears "pay back". It repeats what else it hears. */
export function payBack(tool: Tool) {
  return {
    app: defineApp({
      assistants: [
        defineAssistant({ name: 'desk', model: 'gpt-test', instructions: 'Help.', tools: [tool] }),
      ],
    }),
    scenario: {
      rules: [
        {
          when: ['pay back'],
          rounds: [{ calls: [{ tool: tool.name, arguments: { orderId: 'A-1' } }] }],
          reply: { perOutput: [{ say: '{{output}}' }] },
        },
      ],
      otherwise: { reply: '{{message}}' },
    },
  };
}
