import { appendFileSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import { z } from 'zod';

import { allow, defineApp, defineAssistant, defineTool, requireApproval } from '../../../src/index.ts';
import type { ToolOptions } from '../../../src/define/tool.ts';
import type { Verify } from '../../../src/testing/gate.ts';

const parameters = z.strictObject({ orderId: z.string(), amountCents: z.int().positive().max(100_000) });

/** A tool that pays an order back, sound but for what is given. It bears the name of its fault. */
function faulty(fault: string, given: Partial<ToolOptions<typeof parameters>>) {
  return defineTool({
    name: fault,
    description: 'Pay an order back.',
    parameters,
    policy: requireApproval(),
    execute: ({ orderId }) => `Refunded ${orderId}.`,
    ...given,
  });
}

const LIMITS: Readonly<Record<string, { cents: number }>> = { EUR: { cents: 1_000 } };
/** The book of payments: what the worker writes, verify counts. */
const book = process.env.VERIFY_BOOK ?? '';
const COUNTED = 'counted_effect-twice';
let payments = 0;
let asked = 0;

const tools = [
  // Three days on paper; the question ends with its run, after minutes.
  faulty('deadline-cut', { policy: requireApproval({ within: '3d', onRunDeadline: 'deny' }) }),
  // Answers each attempt with something else, so nobody knows what the model was told.
  faulty('answer-changes', {
    effect: 'idempotent',
    execute: ({ orderId }, { idempotencyKey }) => {
      payments += 1;
      return `Refunded ${orderId} by payment ${process.pid}-${payments} (${idempotencyKey}).`;
    },
  }),
  // Rounds the amount where it stands: whoever reads the call afterwards reads another one.
  faulty('changes-arguments', {
    execute: (args) => {
      args.amountCents = Math.floor(args.amountCents / 100) + 0.5;
      return `Refunded ${args.orderId}.`;
    },
  }),
  // Promises to be idempotent, and pays again with each attempt.
  faulty('effect-twice', {
    effect: 'idempotent',
    execute: async ({ orderId, amountCents }) => {
      const body = JSON.stringify({ orderId, amountCents });
      await fetch(`${process.env.VERIFY_BANK_URL ?? ''}/payments`, { method: 'POST', body });
      return `Refunded ${orderId}.`;
    },
  }),
  // Reads its key and notes it, but looks for no earlier payment.
  faulty(COUNTED, {
    effect: 'idempotent',
    execute: ({ orderId }, { idempotencyKey }) => {
      appendFileSync(book, `${idempotencyKey}\n`);
      return `Refunded ${orderId}.`;
    },
  }),
  // Goes on whatever its signal says.
  faulty('ignores-stop', {
    effect: 'idempotent',
    execute: async ({ orderId }) => {
      await sleep(4_000);
      return `Refunded ${orderId}.`;
    },
  }),
  // Knows one of the currencies that its schema lets through.
  defineTool({
    ...{ name: 'policy-throws', description: 'Pay an order back.' },
    parameters: z.strictObject({ amountCents: z.int().positive(), currency: z.enum(['EUR', 'SEK']) }),
    policy: ({ amountCents, currency }) => {
      const limit = LIMITS[currency];
      if (limit === undefined) throw new Error(`There is no limit for ${currency}.`);
      return amountCents < limit.cents ? allow() : requireApproval();
    },
    execute: ({ amountCents }) => `Refunded ${amountCents}.`,
  }),
  // Asks for every third call, whatever it is about.
  faulty('policy-wavers', { policy: () => ((asked += 1) % 3 === 0 ? requireApproval() : allow()) }),
  // Asks two people, but one in what it takes for a tenant of a test: as a gate has them, and anybody may name theirs.
  faulty('settles-with-one', {
    policy: (_args, { tenant }) =>
      requireApproval(tenant.startsWith('test-') ? {} : { quorum: { approve: 2, deny: 1 } }),
  }),
  // Looks where nothing is written.
  faulty('reconcile-denies', { effect: 'reconcilable', reconcile: () => ({ done: false }) }),
  // Takes every call for one that has happened.
  faulty('reconcile-invents', {
    effect: 'reconcilable',
    reconcile: (_key, { orderId }) => ({ done: true, output: `Refunded ${orderId}.` }),
  }),
  // Throws where it should tell the model.
  faulty('tool-throws', {
    execute: ({ orderId }) => {
      throw new Error(`There is no order ${orderId}.`);
    },
  }),
];

export const verify: Verify = {
  sandboxed: true,
  calls: [{ tool: 'tool-throws', arguments: { orderId: 'A-1042', amountCents: 4_200 } }],
  countEffects: ({ tool, idempotencyKey }) => {
    if (tool !== COUNTED) return undefined;
    const keys = readFileSync(book, 'utf8').split('\n');
    return keys.filter((key) => key === idempotencyKey).length;
  },
};

export default defineApp({
  assistants: [defineAssistant({ name: 'desk', model: 'gpt-test', instructions: 'Help.', tools })],
});
