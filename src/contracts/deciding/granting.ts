import type { AnyApproval } from '../approval/approval.ts';
import type { Decision, DecisionRecord, FieldProblem } from '../approval/decision.ts';
import type { Grant } from '../approval/grant.ts';
import type { GrantTerms } from '../approval/rule.ts';
import { authorOf } from './standing.ts';

/**
 * When a decision also lets later calls through. Imports nothing at run time but its neighbours, because workflows load it.
 */

type Given = Pick<DecisionRecord, 'grant' | 'decidedAt' | 'decision' | 'breakGlass'>;

/** Why a decision cannot give the grant that it asks for; null when it can, or asks for none. */
export function grantProblem(
  { rule, runsAt, turnId, requestedBy, startedBy }: AnyApproval,
  { grant, decision, breakGlass }: Pick<Decision, 'grant' | 'decision' | 'breakGlass'>,
): FieldProblem | null {
  const is = (message: string): FieldProblem => ({ field: 'grant', message });
  if (grant === undefined) return null;
  if (breakGlass)
    return is('is not possible by right of emergency. Decide without "grant", or without "breakGlass".');
  if (decision !== 'approve' && decision !== 'edit')
    return is(`is possible only with "approve" or "edit", not with "${decision}".`);
  const may = rule?.mayGrant;
  if (may === undefined || turnId === undefined || runsAt !== undefined)
    return is(
      'is not possible: the policy of this approval lets nobody approve later calls. Decide without it.',
    );
  if (may.boundTo === 'requester' && requestedBy === undefined && startedBy === undefined)
    return is('is not possible: it would be for a requester, and nobody is named. Decide without it.');
  if (!isLetBy(grant, may))
    return is(
      `must be what the policy allows: at most ${may.forMs} ms, narrower by ${may.narrowerBy.join(', ') || 'nothing'}, for one ${may.boundTo}.`,
    );
  return null;
}

/** Whether a policy lets a grant of these terms be given. */
export function isLetBy(terms: GrantTerms, may: GrantTerms): boolean {
  const these = new Set(terms.narrowerBy);
  return (
    terms.forMs > 0 &&
    terms.forMs <= may.forMs &&
    terms.boundTo === may.boundTo &&
    these.size === new Set(may.narrowerBy).size &&
    may.narrowerBy.every((name) => these.has(name))
  );
}

/**
 * The terms of the grant that these votes give: each of them must have asked for it, those against the action included. The shortest time
 * counts.
 */
export function termsOf(votes: readonly Given[]): GrantTerms | null {
  const [first, ...others] = votes.map(({ grant, decision }) =>
    decision === 'approve' || decision === 'edit' ? grant : undefined,
  );
  if (first === undefined) return null;
  let { forMs } = first;
  for (const grant of others) {
    if (grant === undefined || !isLetBy({ ...grant, forMs: 1 }, { ...first, forMs: 1 })) return null;
    forMs = Math.min(forMs, grant.forMs);
  }
  return { ...first, forMs };
}

/** When it was given, in ms since the epoch: by the last of the votes, which was given no later than it was counted. */
export function givenMs(votes: readonly Given[], settledAt: string): number {
  const lastMs = Math.max(...votes.map(({ decidedAt }) => Date.parse(decidedAt)));
  return Math.min(lastMs, Date.parse(settledAt));
}

/** When it ends. */
export function endsMs(terms: GrantTerms, votes: readonly Given[], settledAt: string): number {
  return givenMs(votes, settledAt) + terms.forMs;
}

/** What an approval that has just been settled lets through beside its own action; undefined where that is nothing. */
export function grantedBy(
  approval: AnyApproval,
  votes: readonly Given[],
  settledAt: string,
): AnyApproval['granted'] {
  const terms = termsOf(votes);
  if (terms === null || votes.some((vote) => grantProblem(approval, vote) !== null)) return undefined;
  const ends = endsMs(terms, votes, settledAt);
  return Number.isFinite(ends) ? { ...terms, until: new Date(ends).toISOString() } : undefined;
}

/** The grant of an approval, whole; undefined where none was given. */
export function grantOf(approval: AnyApproval): Grant | undefined {
  const { granted, decision, resolvedAt, assistant, conversationId } = approval;
  if (granted === undefined || decision === undefined || resolvedAt === undefined) return undefined;
  if (assistant === undefined) return undefined;
  const { until, ...terms } = granted;
  const { approvalId, tool, arguments: args, argumentsDigest, requestedAt } = approval;
  const { requestedBy, startedBy, votes = [decision] } = approval;
  const author = authorOf(approval);
  return {
    ...{ grantId: approvalId, assistant, tool, conversationId, terms },
    ...(requestedBy !== undefined && { requestedBy }),
    ...(startedBy !== undefined && { startedBy }),
    ...{ arguments: args, argumentsDigest, requestedAt, givenAt: resolvedAt, until },
    votes,
    ...(author !== undefined && { author }),
  };
}
