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

/** An application for tests, with a tool of each kind, and the record of everything they did. */
export function createDesk(): {
  app: App;
  effects: Effect[];
  failures: { next: Error[] };
  pauses: { nextMs: number[] };
} {
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
  const tools = [
    defineTool({
      name: 'lookup',
      description: 'Look an order up.',
      parameters: order,
      policy: allow(),
      effect: 'idempotent',
      execute: effect('lookup'),
    }),
    defineTool({
      name: 'refund',
      description: 'Pay an order back.',
      parameters: order.extend({ amountCents: z.int().positive() }),
      policy: ({ amountCents }) => {
        if (amountCents > 100_000) return forbid('More than 1,000 EUR is never paid back here.');
        if (amountCents > 50_000) return requireApproval({ approvers: ['finance'] });
        return requireApproval({ reason: 'Money leaves the house.' });
      },
      effect: 'idempotent',
      execute: effect('refund'),
    }),
    defineTool({
      name: 'wipe',
      description: 'Delete an order.',
      parameters: order,
      policy: requireApproval({ onRunDeadline: 'cancel' }),
      execute: effect('wipe'),
    }),
    defineTool({
      name: 'brief',
      description: 'Ask for a moment only.',
      parameters: order,
      policy: requireApproval({ within: '2s' }),
      execute: effect('brief'),
    }),
    defineTool({
      name: 'patient',
      description: 'May be decided long after the run has ended.',
      parameters: order,
      policy: requireApproval({ within: '1h' }),
      effect: 'idempotent',
      execute: effect('patient'),
    }),
    defineTool({
      name: 'audited',
      description: 'Can be asked whether it ran.',
      parameters: order,
      policy: allow(),
      effect: 'reconcilable',
      execute: effect('audited'),
      reconcile: (key) => {
        const done = effects.some((had) => had.key === key);
        return done ? { done, output: 'audited was done before.' } : { done };
      },
    }),
    defineTool({
      name: 'hurried',
      description: 'Has a second, and can be tried again.',
      parameters: order,
      policy: allow(),
      effect: 'idempotent',
      timeout: '1s',
      execute: effect('hurried'),
    }),
    defineTool({
      name: 'rushed',
      description: 'Has a second, and one try.',
      parameters: order,
      policy: allow(),
      timeout: '1s',
      execute: effect('rushed'),
    }),
    defineTool({
      name: 'fragile',
      description: 'Ends the turn when it throws.',
      parameters: order,
      policy: allow(),
      onError: 'fail',
      execute: effect('fragile'),
    }),
  ];
  const app = defineApp({
    assistants: [
      defineAssistant({ name: 'desk', model: 'gpt-test', instructions: 'Help.', tools }),
      defineAssistant({
        name: 'parker',
        model: 'gpt-test',
        instructions: 'Help.',
        tools,
        whilePending: 'park',
      }),
      defineAssistant({
        name: 'rejecter',
        model: 'gpt-test',
        instructions: 'Help.',
        tools,
        whilePending: 'reject',
      }),
      defineAssistant({ name: 'mute', model: 'gpt-test', instructions: 'Help.' }),
      // Chat Completions makes one call at a time where a tool is gated, unless it is told not to.
      defineAssistant({
        name: 'several',
        model: 'gpt-test',
        instructions: 'Help.',
        tools,
        chat: { omit: ['parallel_tool_calls'] },
      }),
    ],
  });
  return { app, effects, failures, pauses };
}
