import { setTimeout as sleep } from 'node:timers/promises';

import { z } from 'zod';

import {
  allow,
  defineApp,
  defineAssistant,
  defineTool,
  forbid,
  requireApproval,
  type App,
  type ToolContext,
  type ToolOptions,
} from '../../src/index.ts';

/** One effect as the tool had it: counted, never deduplicated, so that a second one shows. */
export interface Effect {
  tool: string;
  args: unknown;
  key: string;
  context: ToolContext['context'];
  approver?: string;
}

/** Thrown after the effect, as when the answer of the system that has it is lost. */
export class LostAnswer extends Error {
  override readonly name = 'LostAnswer';
}

interface Desk {
  app: App;
  effects: Effect[];
  failures: { next: Error[] };
  pauses: { nextMs: number[] };
}

/** An application for tests, with a tool of each kind, and the record of everything they did. */
export function createDesk(): Desk {
  const effects: Effect[] = [];
  const failures = { next: [] as Error[] };
  const pauses = { nextMs: [] as number[] };
  const effect = (tool: string) => async (args: unknown, context: ToolContext) => {
    await sleep(pauses.nextMs.shift() ?? 0, undefined, { signal: context.signal });
    const error = failures.next.shift();
    if (error && !(error instanceof LostAnswer)) throw error;
    effects.push({
      tool,
      args,
      key: context.idempotencyKey,
      context: context.context,
      ...(context.approval && { approver: context.approval.approver.id }),
    });
    if (error) throw error;
    return `${tool} is done.`;
  };
  const order = z.strictObject({ orderId: z.string().regex(/^A-\d+$/, 'must look like A-1042') });
  const idempotent = { effect: 'idempotent' } as const;
  type Options = Partial<ToolOptions<typeof order>>;
  const tool = (name: string, description: string, more: Options = {}) =>
    defineTool({ name, description, parameters: order, policy: allow(), execute: effect(name), ...more });
  const tools = [
    tool('lookup', 'Look an order up.', idempotent),
    defineTool({
      name: 'refund',
      description: 'Pay an order back.',
      parameters: order.extend({ amountCents: z.int().positive() }),
      policy: ({ amountCents }) => {
        if (amountCents > 100_000) return forbid('More than 1,000 EUR is never paid back here.');
        if (amountCents > 50_000) return requireApproval({ approvers: ['finance'] });
        return requireApproval({ reason: 'Money leaves the house.' });
      },
      ...idempotent,
      execute: effect('refund'),
    }),
    tool('wipe', 'Delete an order.', { policy: requireApproval({ onRunDeadline: 'cancel' }) }),
    tool('brief', 'Ask for a moment only.', { policy: requireApproval({ within: '2s' }) }),
    tool('patient', 'May be decided long after the run has ended.', {
      policy: requireApproval({ within: '1h' }),
      ...idempotent,
    }),
    tool('audited', 'Can be asked whether it ran.', {
      effect: 'reconcilable',
      reconcile: (key) => {
        const done = effects.some((had) => had.key === key);
        return done ? { done, output: 'audited was done before.' } : { done };
      },
    }),
    tool('hurried', 'Has a second, and can be tried again.', { timeout: '1s', ...idempotent }),
    tool('rushed', 'Has a second, and one try.', { timeout: '1s' }),
    tool('fragile', 'Ends the turn when it throws.', { onError: 'fail' }),
  ];
  const common = { model: 'gpt-test', instructions: 'Help.' };
  const app = defineApp({
    assistants: [
      defineAssistant({ name: 'desk', ...common, tools }),
      defineAssistant({ name: 'parker', ...common, tools, whilePending: 'park' }),
      defineAssistant({ name: 'rejecter', ...common, tools, whilePending: 'reject' }),
      defineAssistant({ name: 'mute', ...common }),
      // Chat Completions makes one call at a time where a tool is gated, unless it is told not to.
      defineAssistant({ name: 'several', ...common, tools, chat: { omit: ['parallel_tool_calls'] } }),
    ],
  });
  return { app, effects, failures, pauses };
}
