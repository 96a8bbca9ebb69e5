import { z } from 'zod';

import { defineTool, requireApproval } from '../../src/index.ts';
import { appWith } from './app.ts';

/** Every effect of this process: counted, never deduplicated. */
export const effects: { tool: string; args: unknown; approver: string | undefined }[] = [];

const order = z.strictObject({ orderId: z.string() });

/** An application whose questions are asked at the Handover, too; for the rules of scenario.ts. */
const tools = [
  defineTool({
    name: 'refund',
    description: 'Pay an order back.',
    parameters: order.extend({ amountCents: z.int() }),
    policy: ({ amountCents }) =>
      amountCents > 50_000
        ? requireApproval({ approvers: ['finance'], askAlso: 'handover' })
        : requireApproval({ reason: 'Money leaves the house.', askAlso: 'handover' }),
    effect: 'idempotent',
    execute: (args, { approval }) => had('refund', args, approval?.approver.id),
  }),
  defineTool({
    name: 'patient',
    description: 'May be decided long after the run has ended.',
    parameters: order,
    policy: requireApproval({ within: '1h', askAlso: 'handover' }),
    effect: 'idempotent',
    execute: (args, { approval }) => had('patient', args, approval?.approver.id),
  }),
  defineTool({
    name: 'brief',
    description: 'Ask for a moment only.',
    parameters: order,
    policy: requireApproval({ within: '6s', askAlso: 'handover' }),
    execute: (args, { approval }) => had('brief', args, approval?.approver.id),
  }),
  defineTool({
    name: 'wipe',
    description: 'Delete an order.',
    parameters: order,
    policy: requireApproval(),
    execute: (args, { approval }) => had('wipe', args, approval?.approver.id),
  }),
];

function had(tool: string, args: unknown, approver: string | undefined): string {
  effects.push({ tool, args, approver });
  return `${tool} is done.`;
}

export default appWith(tools);
