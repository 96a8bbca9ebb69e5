import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { defineApp, defineAssistant, defineTool, MODEL, requireApproval } from 'countersign';
import type { Verify } from 'countersign/testing';
import { z } from 'zod';

/** Stands for the system that pays. While verify runs, payments go to a file of its own. */
const isVerified = process.env.COUNTERSIGN_VERIFY === '1';
const ledger = join(tmpdir(), isVerified ? 'payments-sandbox.log' : 'payments.log');

function paymentsOf(key: string): string[] {
  if (!existsSync(ledger)) return [];
  return readFileSync(ledger, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith(`${key} `));
}

// #region tool
const refundOrder = defineTool({
  name: 'refund_order',
  description: 'Pay the customer of an order money back.',
  parameters: z.strictObject({
    orderId: z.string().meta({ examples: ['A-1042', 'A-1043'] }),
    amountCents: z.int().positive(),
  }),
  policy: requireApproval({ within: '3d', approvers: ['finance'] }),
  effect: 'reconcilable',
  reconcile: (idempotencyKey, { orderId }) =>
    paymentsOf(idempotencyKey).length > 0
      ? { done: true, output: `Refunded order ${orderId}.` }
      : { done: false },
  execute: ({ orderId, amountCents }, { idempotencyKey }) => {
    appendFileSync(ledger, `${idempotencyKey} ${orderId} ${amountCents}\n`);
    return `Refunded order ${orderId}.`;
  },
});
// #endregion tool

// #region verify
export const verify: Verify = {
  sandboxed: true,
  countEffects: ({ idempotencyKey }) => paymentsOf(idempotencyKey).length,
};
// #endregion verify

const instructions = 'You help the customers of a small shop.';
const desk = defineAssistant({ name: 'desk', model: MODEL, instructions, tools: [refundOrder] });

export default defineApp({ assistants: [desk] });
