import { appendFileSync, readFileSync } from 'node:fs';

import { z } from 'zod';

import { defineApp, defineAssistant, defineTool, requireApproval } from '../../../src/index.ts';
import type { Verify } from '../../../src/testing/gate.ts';

/** The book of payments: what the worker writes, verify counts. */
const book = process.env.VERIFY_BOOK ?? '';

/** Reads its key and notes it, but looks for no earlier payment. */
const refundOrder = defineTool({
  name: 'refund_order',
  description: 'Pay an order back.',
  parameters: z.strictObject({ orderId: z.string() }),
  policy: requireApproval(),
  effect: 'idempotent',
  execute: ({ orderId }, { idempotencyKey }) => {
    appendFileSync(book, `${idempotencyKey}\n`);
    return `Refunded ${orderId}.`;
  },
});

export const verify: Verify = {
  sandboxed: true,
  countEffects: ({ idempotencyKey }) =>
    readFileSync(book, 'utf8')
      .split('\n')
      .filter((key) => key === idempotencyKey).length,
};

export default defineApp({
  assistants: [
    defineAssistant({ name: 'desk', model: 'gpt-test', instructions: 'Help.', tools: [refundOrder] }),
  ],
});
