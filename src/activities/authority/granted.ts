import type { Grant } from '../../contracts/approval/grant.ts';
import type { GrantTerms } from '../../contracts/approval/rule.ts';
import type { CallToRun } from '../../contracts/approval/review.ts';
import { endsMs, givenMs, isLetBy, termsOf } from '../../contracts/deciding/granting.ts';
import { isWithin, pinnedDigest } from '../../contracts/approval/narrower.ts';
import { argumentsDigest } from '../../contracts/digest.ts';
import type { SignOff, TurnFacts } from '../../contracts/steps.ts';
import type { TurnContext } from '../../contracts/turn.ts';
import type { KeptGrant } from '../../store/grants.ts';

/** Where a call is made, and by whose key. */
export interface Caller {
  assistant: string;
  conversationId: string;
  startedBy?: string;
}

export function callerOf(
  assistant: string,
  { conversationId, startedBy }: Pick<TurnFacts, 'conversationId' | 'startedBy'>,
): Caller {
  return { assistant, conversationId, ...(startedBy !== undefined && { startedBy }) };
}

/** A call, and of whom and where it is. */
interface Called {
  call: Pick<CallToRun, 'tool' | 'arguments'>;
  context: TurnContext;
  caller: Caller;
  /** In ms since the epoch. */
  nowMs: number;
}

/** A sign-off with what the store has of the grant in place of people's votes: of a workflow's word only the grant's id counts. */
export function signOffBy(approval: SignOff, grant: Grant | null): SignOff {
  const votes = grant?.votes ?? [];
  const { author: _author, ...rest } = approval;
  if (grant === null) return { ...rest, votes };
  const { requestedAt, givenAt, author } = grant;
  const { note: _note, approver, ...others } = rest;
  // Of the time as well what everybody signed counts.
  const signedMs = givenMs(votes, givenAt);
  const resolvedAt = Number.isFinite(signedMs) ? new Date(signedMs).toISOString() : givenAt;
  return {
    ...{ ...others, votes, requestedAt, resolvedAt, approver: votes.at(-1)?.approver ?? approver },
    ...(author !== undefined && { author }),
  };
}

/** Why a grant does not cover a call now, as the end of a sentence; null when it does. Not looked at here: who gave it, and the policy. */
export function coverProblem(grant: KeptGrant, { call, context, caller, nowMs }: Called): string | null {
  const { terms, votes, givenAt, until, revoked } = grant;
  if (revoked !== undefined) return `has been taken back by ${revoked.by}`;
  // Not what the row says of its end: what everybody signed.
  const given = termsOf(votes);
  const ends = given === null ? NaN : Math.min(Date.parse(until), endsMs(given, votes, givenAt));
  if (given === null || !isLetBy(given, terms)) return 'was not given by everybody who counted';
  if (!(nowMs < ends)) return `ended at ${until}`;
  if (votes.some(({ breakGlass }) => breakGlass)) return 'was given by right of emergency';
  const { tenant } = context;
  if (argumentsDigest({ tool: grant.tool, arguments: grant.arguments, tenant }) !== grant.argumentsDigest)
    return 'is not about what was approved';
  if (grant.tool !== call.tool || grant.assistant !== caller.assistant) return 'is for another tool';
  if (terms.boundTo === 'conversation' && grant.conversationId !== caller.conversationId)
    return 'is for another conversation';
  if (grant.requestedBy !== context.user || grant.startedBy !== caller.startedBy)
    return 'is for another requester';
  const pinned = (args: Grant['arguments']) =>
    pinnedDigest({ tool: call.tool, arguments: args, tenant }, terms.narrowerBy);
  if (pinned(grant.arguments) !== pinned(call.arguments)) return 'is for other arguments';
  return isWithin(grant.arguments, call.arguments, terms.narrowerBy) ? null : 'is for less than that';
}

/** Why a grant may not be used under a policy's terms of now; null when it may. */
export function termsProblem(
  { terms, votes, givenAt, until }: Pick<Grant, 'terms' | 'votes' | 'givenAt' | 'until'>,
  may: GrantTerms | undefined,
  nowMs: number,
): string | null {
  if (may === undefined) return 'lets nobody approve later calls';
  if (!isLetBy({ ...terms, forMs: 1 }, may)) return 'lets other calls through';
  const ends = Math.min(Date.parse(until), endsMs(may, votes, givenAt));
  return nowMs < ends ? null : 'lets a decision stand for a shorter time';
}
