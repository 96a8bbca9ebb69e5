import { z } from 'zod';

import { QUORUM_MAXIMUM, type Rule } from '../contracts/approval/rule.ts';
import type { Verdict } from '../contracts/approval/review.ts';

const groups = z.array(z.string().min(1).max(200)).min(1).max(100);
const people = z.number().int().min(1).max(QUORUM_MAXIMUM);

const RuleSchema = z.strictObject({
  quorum: z
    .strictObject({
      approve: people,
      deny: people,
      from: z
        .array(z.strictObject({ group: z.string().min(1).max(200), atLeast: people }))
        .max(100)
        .exactOptional(),
    })
    .exactOptional(),
  notRequester: z.literal(true).exactOptional(),
  note: z.enum(['deny', 'always']).exactOptional(),
  breakGlass: z.strictObject({ groups }).exactOptional(),
  freshForMs: z.number().positive().exactOptional(),
  auth: z
    .strictObject({
      maxAgeMinutes: z.number().positive().exactOptional(),
      acr: z.string().min(1).exactOptional(),
      passkey: z.literal(true).exactOptional(),
    })
    .exactOptional(),
}) satisfies z.ZodType<Rule>;

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
    })
    .refine(({ onRunDeadline, withinMs }) => onRunDeadline !== 'park' || withinMs !== undefined),
]) satisfies z.ZodType<Verdict>;

/** What a policy may be, as a sentence's end. */
export const POLICY_RULE =
  'must be allow(), forbid(reason), requireApproval({…}) or a function that returns one of them';

/** A policy's answer as a value of its own; null for anything that is no verdict. Reading it may run code of the application's. */
export function readVerdict(answer: unknown): Verdict | null {
  const parsed = VerdictSchema.safeParse(answer);
  return parsed.success ? parsed.data : null;
}
