import { z } from 'zod';

import { requireApproval } from './policy.ts';
import { defineTool, TerminalError, type Tool } from './tool.ts';

/** What the model calls it. */
export const HUMAN_APPROVAL_TOOL = 'request_human_approval';

export const URGENCIES = ['low', 'medium', 'high', 'critical'] as const;
/** How soon a person should look, in the model's judgement. It is shown, and changes no deadline. */
export type Urgency = (typeof URGENCIES)[number];

/** How long the approval stays open, who may decide, and the other options of `requireApproval`. */
export type HumanApprovalOptions = Pick<
  NonNullable<Parameters<typeof requireApproval>[0]>,
  'within' | 'approvers' | 'onRunDeadline' | 'askAlso'
>;

const parameters = z.strictObject({
  action: z.string().min(1).describe('The one action you want to take, exactly as you would take it.'),
  context: z.string().min(1).describe('What the person must know to decide: why, for whom, amounts, risks.'),
  urgency: z.enum(URGENCIES).describe('How soon a person should look at it.'),
});

/**
 * The tool `request_human_approval`, with which the model asks a person. Each call waits for a person. The model gets one of these
 * outputs:
 *
 * - approve: `Decision: approved. Notes: …`, or `Decision: approved.` without notes
 * - edit: the same, followed by what the person changed the request to
 * - deny: `Decision: denied. Notes: …`, or `Decision: denied.`
 * - nobody in time: `Timed out. Do not proceed.`
 * - respond: the person's text as it is, which approves nothing
 *
 * It executes nothing and enforces nothing: the model may act without asking. An action that must never happen without a person
 * belongs in a tool of its own with `requireApproval`. Add `humanApprovalInstructions()` so that the model asks.
 *
 * With several assistants, create the tool once and list it in each.
 *
 * @throws DefinitionError for options that `requireApproval` does not have.
 */
export function requestHumanApproval(options: HumanApprovalOptions = {}): Tool {
  return defineTool({
    name: HUMAN_APPROVAL_TOOL,
    description:
      'Ask a person to approve an action before you take it, and wait for the decision. Take the action only if the output begins with "Decision: approved."',
    parameters,
    policy: requireApproval({ ...options, reason: 'The assistant asks before it goes on.' }),
    // It changes nothing, so a worker that dies on the way costs nobody a second question.
    effect: 'idempotent',
    execute: (_request, { approval }) => {
      // The worker runs no gated call without a sign-off; should that ever fail, this must not say "approved".
      if (approval === undefined) throw new TerminalError('Nobody has approved it. Do not proceed.');
      return `Decision: approved.${approval.note ? ` Notes: ${approval.note}` : ''}`;
    },
  });
}
