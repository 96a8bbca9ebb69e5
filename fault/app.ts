import { z } from 'zod';

import { defineApp, type App } from '../src/define/app.ts';
import { defineAssistant } from '../src/define/assistant.ts';
import { allow, requireApproval } from '../src/define/policy.ts';
import { defineTool, type ToolContext } from '../src/define/tool.ts';
import type { Ledger } from './ledger.ts';
import { FINANCE, ON_CALL } from './people.ts';
import type { Around } from './reach.ts';

/** How long `hurry` waits for its answer; and `defer`, longer than its run. */
const BRIEF = '3s';
const LONG = '80s';

/** How old the approval of `renew` may be: more than an undisturbed turn takes, less than a process needs to come back and go on. */
const FRESH = '5s';

/** How long a grant of `charge` stands: longer than its turn. */
const GRANTED = '1h';

/** Attempts a tool gets: more deaths than one turn can meet. */
const ATTEMPTS = 20;

const parameters = z.strictObject({ orderId: z.string(), amountCents: z.int().positive() });
type Arguments = z.output<typeof parameters>;

/** The application under test: a tool of each kind, whose effects all stand in the ledger. */
export function createFaultApp({
  ledger,
  around,
  isGated = true,
  isOneEnough = false,
}: {
  ledger: Ledger;
  around: Around;
  /** False plants a gate that asks nobody. */
  isGated?: boolean;
  /** True plants a rule that is satisfied with one vote of two. */
  isOneEnough?: boolean;
}): App {
  const confirm = (tool: string, effect: number): string => `${tool} done, number ${effect}.`;

  function act(tool: string, mode: 'once-per-key' | 'each-call') {
    return (args: Arguments, { context, turnId, idempotencyKey, approval }: ToolContext) =>
      around('tool.execute', [turnId, tool], async () => {
        const effect = ledger.perform(
          {
            key: idempotencyKey,
            tool,
            arguments: args,
            tenant: context.tenant,
            turnId,
            approvalId: approval?.approvalId ?? null,
            approver: approval?.approver.id ?? null,
          },
          mode,
        );
        return Promise.resolve(confirm(tool, effect));
      });
  }

  /** The bank can be asked whether a transfer was made; it makes a second one gladly. */
  function look(tool: string) {
    return (key: string, _args: Arguments, { turnId }: ToolContext) =>
      around('tool.reconcile', [turnId, tool], async () => {
        const effect = ledger.find(key);
        return Promise.resolve(
          effect === null
            ? ({ done: false } as const)
            : ({ done: true, output: confirm(tool, effect) } as const),
        );
      });
  }

  const tools = [
    defineTool({
      name: 'lookup',
      description: 'Looks an order up.',
      parameters,
      policy: allow(),
      effect: 'idempotent',
      execute: ({ orderId }) => `Order ${orderId} is known.`,
    }),
    defineTool({
      name: 'pay',
      description: 'Pays an order back; the payment provider knows the idempotency key.',
      parameters,
      policy: isGated ? requireApproval({ reason: 'Money leaves the house.' }) : allow(),
      effect: 'idempotent',
      maximumAttempts: ATTEMPTS,
      execute: act('pay', 'once-per-key'),
    }),
    defineTool({
      name: 'transfer',
      description: 'Transfers the amount; the bank can be asked whether it did.',
      parameters,
      policy: requireApproval(),
      effect: 'reconcilable',
      maximumAttempts: ATTEMPTS,
      execute: act('transfer', 'each-call'),
      reconcile: look('transfer'),
    }),
    defineTool({
      name: 'mail',
      description: 'Sends a letter; nobody can tell afterwards whether it went out.',
      parameters,
      policy: requireApproval(),
      effect: 'at-most-once',
      execute: act('mail', 'each-call'),
    }),
    defineTool({
      name: 'hurry',
      description: 'Pays back what nobody signs off in time.',
      parameters,
      policy: requireApproval({ within: BRIEF }),
      effect: 'idempotent',
      execute: act('hurry', 'once-per-key'),
    }),
    defineTool({
      name: 'defer',
      description: 'Transfers the amount, whenever a person has time to look.',
      parameters,
      policy: requireApproval({ within: LONG, onRunDeadline: 'park' }),
      effect: 'reconcilable',
      maximumAttempts: ATTEMPTS,
      execute: act('defer', 'each-call'),
      reconcile: look('defer'),
    }),
    defineTool({
      name: 'wire',
      description: 'Transfers the amount, if two people of finance agree and neither has asked for it.',
      parameters,
      policy: requireApproval({
        approvers: [FINANCE],
        ...(!isOneEnough && { quorum: { approve: 2 } }),
        notRequester: true,
        breakGlass: { groups: [ON_CALL] },
      }),
      effect: 'reconcilable',
      maximumAttempts: ATTEMPTS,
      execute: act('wire', 'each-call'),
      reconcile: look('wire'),
    }),
    defineTool({
      name: 'renew',
      description: 'Transfers the amount at a rate that holds for a moment.',
      parameters,
      policy: requireApproval({ freshFor: FRESH }),
      effect: 'reconcilable',
      maximumAttempts: ATTEMPTS,
      execute: act('renew', 'each-call'),
      reconcile: look('renew'),
    }),
    defineTool({
      name: 'charge',
      description: 'Charges the amount; who allows it once may allow it for the rest of the conversation.',
      parameters,
      policy: requireApproval({ mayGrant: { forMs: GRANTED } }),
      effect: 'reconcilable',
      maximumAttempts: ATTEMPTS,
      execute: act('charge', 'each-call'),
      reconcile: look('charge'),
    }),
  ];
  return defineApp({
    assistants: [
      defineAssistant({ name: 'cashier', model: 'gpt-test', instructions: 'Do as you are told.', tools }),
    ],
  });
}
