import { z } from 'zod';

import { issueWords } from '../contracts/issue-words.ts';
import { NotifySchema } from '../contracts/approval/notify-schema.ts';
import { requirePossible, RuleSchema } from '../contracts/approval/rule-schema.ts';
import { groupsEver } from '../contracts/deciding/groups-at.ts';
import type { Verdict } from '../contracts/approval/review.ts';

/** Strict: a misspelt `approvers` would let anybody decide. */
const VerdictSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('allow') }),
  z.strictObject({ kind: z.literal('forbid'), reason: z.string() }),
  z
    .strictObject({
      kind: z.literal('ask'),
      withinMs: z.number().positive().exactOptional(),
      onRunDeadline: z.enum(['deny', 'cancel', 'park']).exactOptional(),
      approvers: z.array(z.string()).exactOptional(),
      rule: RuleSchema.exactOptional(),
      reason: z.string().exactOptional(),
      askAlso: z.literal('handover').exactOptional(),
      notify: NotifySchema.exactOptional(),
      showConversation: z.literal(false, 'must be false, or absent').exactOptional(),
    })
    .refine(({ onRunDeadline, withinMs }) => onRunDeadline !== 'park' || withinMs !== undefined, {
      path: ['onRunDeadline'],
      message: 'is "park", which needs "within"',
    })
    .superRefine(({ rule, approvers }, context) => {
      if (approvers?.length === 0)
        context.addIssue({ code: 'custom', path: ['approvers'], message: 'must name at least one group' });
      requirePossible(
        {
          quorum: rule?.quorum,
          approvers: groupsEver({ ...(approvers && { approvers }), ...(rule && { rule }) }),
        },
        context,
        ['rule', 'quorum'],
      );
    }),
]) satisfies z.ZodType<Verdict>;

/** What a policy may be, as a sentence's end. */
const POLICY_RULE =
  'must be allow(), forbid(reason), requireApproval({…}) or a function that returns one of them';

/** What was read of a policy's answer. `why` says of what looks like a verdict which field cannot hold, for the operator. */
export type ReadVerdict = { ok: true; verdict: Verdict } | { ok: false; why: string };

/** A policy's answer as a value of its own. Reading it may run code of the application's. */
export function readVerdict(answer: unknown): ReadVerdict {
  const parsed = VerdictSchema.safeParse(answer, { error: issueWords });
  if (parsed.success) return { ok: true, verdict: parsed.data };
  const [issue] = parsed.error.issues;
  const field = issue?.path.map(String).join('.') ?? '';
  if (field === '' || field === 'kind') return { ok: false, why: 'no verdict' };
  return { ok: false, why: `no verdict that can be met: ${field} ${issue?.message ?? ''}` };
}

/** What is wrong with a policy as it is declared, as a sentence's end; null when nothing is. */
export function policyProblem(policy: unknown): string | null {
  if (typeof policy === 'function') return null;
  const read = readVerdict(policy);
  return read.ok ? null : `${POLICY_RULE}: this is ${read.why}.`;
}
