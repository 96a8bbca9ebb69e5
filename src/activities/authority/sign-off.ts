import { log } from '@temporalio/activity';

import type { AnyApproval } from '../../contracts/approval/approval.ts';
import type { CallToRun, Verdict } from '../../contracts/approval/review.ts';
import { argumentsDigest } from '../../contracts/digest.ts';
import type { FailureType } from '../../contracts/failures/failures.ts';
import { SENTENCE_CHARACTERS } from '../../contracts/limits.ts';
import { shorten } from '../../contracts/size.ts';
import type { SignOff } from '../../contracts/steps.ts';
import type { TurnContext } from '../../contracts/turn.ts';
import type { Tool } from '../../define/tool.ts';
import type { KeptGrant } from '../../store/grants.ts';
import type { Attestations } from './attestations.ts';
import { agreedUnder, type Directory } from './agreed.ts';
import { coverProblem, termsProblem, type Caller } from './granted.ts';
import { judge } from '../judge.ts';
import { originOf } from '../thrown.ts';

/** What is about to have an effect, and what let it. */
export interface ToRun {
  call: CallToRun;
  tool: Tool;
  context: TurnContext;
  approval: SignOff | undefined;
  /** What the store has of the grant that lets it through in place of people; null for nothing. */
  grant?: KeptGrant | null | undefined;
  caller: Caller;
  /** Now, on the turn's clock, in ms since the epoch. */
  nowMs: number;
}

/** Whom and what the checks ask beside what they are given. */
export interface Witnesses extends Directory {
  /** Without it decisions need no signature: everybody who can write to the namespace is trusted. */
  attestations?: Attestations | undefined;
  /** A grant as it stands now. */
  grantOf?: ((tenant: string, grantId: string) => Promise<KeptGrant | null>) | undefined;
}

/**
 * Why nothing may run. `failed`: this is not the call that was signed off, so the turn ends. `stale`: it was signed off, and holds no
 * longer; with `askAgain` people may sign it off once more.
 */
export type Refused =
  | { kind: 'failed'; type: FailureType; message: string }
  | { kind: 'stale'; message: string; askAgain?: { verdict?: Extract<Verdict, { kind: 'ask' }> } };

type Check = (run: ToRun, witnesses: Witnesses) => Refused | null | Promise<Refused | null>;

/**
 * The last look before an effect, in this order. Whatever has changed on the way here, nothing runs.
 *
 * @returns null when it may run, else the first thing that is wrong.
 */
export function signOffProblem(run: ToRun, witnesses: Witnesses): Promise<Refused | null> {
  return firstProblem([...IS_SIGNED_OFF, ...STILL_HOLDS], run, witnesses);
}

/** Only whether it is what was signed off: for what may have run already, whatever holds now. */
export function identityProblem(run: ToRun, witnesses: Witnesses): Promise<Refused | null> {
  return firstProblem(IS_SIGNED_OFF, run, witnesses);
}

/** Only whether its grant lets it through in place of people: for what nobody has been asked about yet. */
export function grantedProblem(run: ToRun, witnesses: Witnesses): Promise<Refused | null> {
  return firstProblem(IS_LET_BY_GRANT, run, witnesses);
}

async function firstProblem(checks: Check[], run: ToRun, witnesses: Witnesses): Promise<Refused | null> {
  for (const check of checks) {
    const refused = await check(run, witnesses);
    if (refused !== null) return refused;
  }
  return null;
}

const isWhatWasReviewed: Check = ({ call, context }) => {
  const { tool, arguments: args, argumentsDigest: reviewed } = call;
  if (digestOf({ tool, arguments: args, tenant: context.tenant }) === reviewed) return null;
  return failed('Tool.DigestMismatch', `The call of "${tool}" is not the one that was reviewed`);
};

const isSignedOff: Check = ({ call, approval }) => {
  const { tool, approvalId, needsApproval } = call;
  if (!needsApproval || approval?.approvalId === approvalId) return null;
  return failed('Tool.NotSignedOff', `The call of "${tool}" needs a sign-off of its own and has none`);
};

const wasInTime: Check = ({ call, approval }) => {
  if (approval === undefined || isInTime(approval)) return null;
  return failed('Tool.SignOffExpired', `The sign-off of "${call.tool}" came at its deadline or later`);
};

const isAttested: Check = async ({ call, tool, context, approval, grant }, { attestations }) => {
  if (approval === undefined || attestations === undefined) return null;
  // What the store has lost was not signed for this call, and the next check stops it.
  if (approval.grantId !== undefined && !grant) return null;
  const { votes } = approval;
  // What was signed is the decision that gave the grant, about what it was given with.
  const signed = grant
    ? {
        ...call,
        approvalId: grant.grantId,
        arguments: grant.arguments,
        argumentsDigest: grant.argumentsDigest,
      }
    : call;
  for (const vote of votes) {
    const problem = await attestations.problemOf(vote, { call: signed, tool, tenant: context.tenant });
    if (problem === null) continue;
    const who = `A vote about "${call.tool}" by ${vote.approver.id} ${problem}`;
    return unattested(who);
  }
  return votes.length > 0 ? null : unattested(`Nobody has voted for "${call.tool}"`);

  /** People can still sign off what a grant does not let through. */
  function unattested(words: string): Refused {
    return grant ? stale(`${words}.`, {}) : failed('Tool.NotAttested', words);
  }
};

const isStillGranted: Check = async (run, { grantOf }) => {
  const { context, approval } = run;
  if (approval?.grantId === undefined) return null;
  const grant = await grantOf?.(context.tenant, approval.grantId);
  const problem = grant ? coverProblem(grant, run) : 'is not known any more';
  return problem === null ? null : stale(`The grant that let it through ${problem}.`, {});
};

const isStillAgreed: Check = async ({ context: { tenant }, approval }, directory) => {
  if (approval === undefined) return null;
  const { missing, gone } = await agreedUnder(approval, approval, { ...directory, tenant });
  if (missing === null) return null;
  return stale(`The approval does not hold any more: it needs ${missing}.${goneWords(gone)}`, {});
};

const isFresh: Check = ({ approval, nowMs }) => {
  const old = approval && ageProblem(approval, approval.rule, nowMs);
  return old ? stale(old, {}) : null;
};

const policyStillLets: Check = async ({ call, tool, context, approval, grant, nowMs }, directory) => {
  if (approval === undefined) return null;
  const verdict = await judge(tool, call.arguments, context);
  if (verdict.kind === 'allow') return null;
  if (verdict.kind === 'forbid') return stale(`The policy forbids it now. ${verdict.reason}`);
  const { missing, gone } = await agreedUnder(verdict, approval, { ...directory, tenant: context.tenant });
  if (missing !== null)
    return stale(`The policy asks for more now: ${missing}.${goneWords(gone)}`, { verdict });
  const old = ageProblem(approval, verdict.rule, nowMs);
  if (old !== null) return stale(old, { verdict });
  const unlet = grant ? termsProblem(grant, verdict.rule?.mayGrant, nowMs) : null;
  return unlet === null ? null : stale(`The policy ${unlet} now.`, { verdict });
};

/** A precondition that throws says nothing for the action: it does not run. */
const preconditionHolds: Check = async ({ call, tool, context }) => {
  try {
    const answer = await tool.precondition?.(call.arguments, context);
    if (answer === undefined || answer.ok) return null;
    return stale(shorten(answer.reason, SENTENCE_CHARACTERS));
  } catch (thrown) {
    log.error('precondition.failed', { tool: call.tool, ...originOf(thrown) });
    return stale(`The precondition of "${call.tool}" failed.`);
  }
};

const IS_SIGNED_OFF: Check[] = [isWhatWasReviewed, isSignedOff, wasInTime, isAttested];
const STILL_HOLDS: Check[] = [isStillGranted, isStillAgreed, isFresh, policyStillLets, preconditionHolds];
const IS_LET_BY_GRANT: Check[] = [isStillGranted, isAttested, isStillAgreed, isFresh];

/** Why an approval is too old under a rule, as a sentence; null while it is not. An age that cannot be told is too old. */
function ageProblem({ resolvedAt }: SignOff, rule: AnyApproval['rule'], nowMs: number): string | null {
  const { freshForMs } = rule ?? {};
  if (freshForMs === undefined || nowMs - Date.parse(resolvedAt) <= freshForMs) return null;
  return `The approval is too old: its policy lets it stand for ${inWords(freshForMs)}.`;
}

function goneWords(gone: readonly string[]): string {
  return gone.length === 0 ? '' : ` The right of ${gone.join(', ')} to decide has been taken away.`;
}

function failed(type: FailureType, words: string): Refused {
  return { kind: 'failed', type, message: `${words}, so nothing was run.` };
}

function stale(message: string, askAgain?: { verdict?: Extract<Verdict, { kind: 'ask' }> }): Refused {
  return { kind: 'stale', message, ...(askAgain && { askAgain }) };
}

/** Arguments that are no JSON any more have no digest, and so not the reviewed one. */
function digestOf(call: Parameters<typeof argumentsDigest>[0]): string | null {
  try {
    return argumentsDigest(call);
  } catch {
    return null;
  }
}

function isInTime({ resolvedAt, deadline }: SignOff): boolean {
  const decidedMs = Date.parse(resolvedAt);
  const endMs = deadline === null ? Infinity : Date.parse(deadline);
  return decidedMs < endMs; // false too when one of them is not a time
}

function inWords(ms: number): string {
  const minutes = ms / 60_000;
  if (minutes < 1) return `${ms / 1_000} s`;
  return minutes < 120 ? `${Math.round(minutes)} minutes` : `${Math.round(minutes / 60)} hours`;
}
