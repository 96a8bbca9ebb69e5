import { z } from 'zod';

import { GRANT_MOST_MS, NARROWER_MOST } from '../limits.ts';
import { quorumProblem } from './quorum-problem.ts';
import type { Rule } from './rule.ts';

/** A rule as programs and files write it. Strict: a misspelt field would leave out a check. */

const group = z.string().min(1).max(200);
const GroupsSchema = z.array(group).min(1, 'must name at least one group').max(100);

// The numbers are judged by `requirePossible`, which says how a quorum can be met.
const QuorumSchema = z.strictObject({
  approve: z.number().default(1),
  deny: z.number().default(1),
  from: z
    .array(z.strictObject({ group, atLeast: z.number() }))
    .max(100)
    .exactOptional(),
});

const MayGrantSchema = z.strictObject({
  forMs: z.number().int().positive().max(GRANT_MOST_MS),
  narrowerBy: z.array(z.string().min(1).max(200)).max(NARROWER_MOST),
  boundTo: z.enum(['conversation', 'requester']).default('conversation'),
});

export const RuleSchema = z.strictObject({
  quorum: QuorumSchema.exactOptional(),
  notRequester: z.literal(true, 'must be true, or absent').exactOptional(),
  note: z.enum(['deny', 'always']).exactOptional(),
  alsoAfter: z
    .array(z.strictObject({ afterMs: z.number().positive(), groups: GroupsSchema }))
    .max(8)
    .exactOptional(),
  breakGlass: z.strictObject({ groups: GroupsSchema }).exactOptional(),
  freshForMs: z.number().positive().exactOptional(),
  auth: z
    .strictObject({
      maxAgeMinutes: z.number().positive().exactOptional(),
      acr: z.string().min(1).exactOptional(),
      passkey: z.literal(true).exactOptional(),
    })
    .exactOptional(),
  mayGrant: MayGrantSchema.exactOptional(),
}) satisfies z.ZodType<Rule>;

/** Refuses a quorum that nobody can ever meet. */
export function requirePossible(
  { quorum, approvers }: { quorum?: Rule['quorum'] | undefined; approvers?: readonly string[] | undefined },
  context: z.core.$RefinementCtx,
  at: (string | number)[] = ['quorum'],
): void {
  const problem = quorum === undefined ? null : quorumProblem(quorum, approvers);
  if (problem === null) return;
  const { path, message } = problem;
  context.addIssue({ code: 'custom', path: [...at, ...path], message: message.replace(/\.$/, '') });
}

/**
 * What an operator asks of the requests of one API key (`POST /decisions`): a policy's approvers and rule, as far as they concern people.
 * What a tool would check before its effect, and what lets later calls through, has no place here: the requester acts by herself.
 */
export const RequestRulesSchema = RuleSchema.omit({ freshForMs: true, auth: true, mayGrant: true })
  .extend({ approvers: GroupsSchema.exactOptional() })
  .superRefine(requirePossible);
export type RequestRules = z.infer<typeof RequestRulesSchema>;
