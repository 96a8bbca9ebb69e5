import type { AnyApproval } from '../approval/approval.ts';
import type { Approver, Decision, FieldProblem, RefusalReason } from '../approval/decision.ts';
import { BREAK_GLASS_NOTE_CHARACTERS, PROPOSALS_MAXIMUM } from '../approval/rule.ts';
import { authenticationProblem } from './authentication.ts';
import { grantProblem } from './granting.ts';
import { groupsAt, votedMs } from './groups-at.ts';
import { isSamePerson, NOBODY_NAMED } from './same-person.ts';
import { quorumOf } from './standing.ts';

/** Why somebody may not decide so, and the field that says it. */
export interface Refusal extends FieldProblem {
  reason: RefusalReason;
}

/** @param nowMs - when the decision is counted, on Temporal's clock. */
type Check = (approval: AnyApproval, decision: Decision, nowMs: number) => Refusal | null;

/**
 * Whether this decision may count for a pending approval: the first that is wrong with it, or null. A right of emergency stands in place of
 * membership, of the quorum and of an earlier vote. It never lets the requester sign off her own action.
 */
export function rightProblem(approval: AnyApproval, decision: Decision, nowMs: number): Refusal | null {
  return firstOf(
    [saw, mayBreakGlass, mayEdit, mayRespond, hasNotVoted, ...AUTHORITY],
    approval,
    decision,
    nowMs,
  );
}

/** The same for what an edit proposes, whose rule may be another one. */
export function authorProblem(proposed: AnyApproval, decision: Decision, nowMs: number): Refusal | null {
  return firstOf(AUTHORITY, proposed, decision, nowMs);
}

/** Why this person can give no vote at all, before she has decided anything; null when she may. */
export function personProblem(approval: AnyApproval, approver: Approver, nowMs: number): Refusal | null {
  const vote: Decision = {
    ...{ approvalId: approval.approvalId, decisionId: '', decision: 'approve', approver },
    ...{ decidedAt: new Date(nowMs).toISOString(), source: '' },
  };
  return firstOf([isApprover, isNotRequester, hasNotVoted], approval, vote, nowMs);
}

/**
 * What a vote for an effect is under this rule: it settles alone by right of emergency, it is one of the votes that are needed, or it
 * counts for nothing.
 *
 * @param countedMs - it was given no later, whatever its sender says.
 */
export function weightUnder(
  asked: Ruled,
  vote: Pick<Decision, 'decision' | 'note' | 'approver' | 'breakGlass' | 'authenticated' | 'decidedAt'>,
  countedMs = Infinity,
): 'alone' | 'one' | 'none' {
  const { rule, requestedBy, startedBy } = asked;
  const { approver, breakGlass, decision, note = '' } = vote;
  const isIn = (groups: string[]): boolean => groups.some((group) => approver.groups?.includes(group));
  const isRequester = isSamePerson(approver, requestedBy) || isSamePerson(approver, startedBy);
  if (rule?.notRequester === true && (isRequester || approver.id === NOBODY_NAMED)) return 'none';
  if (rule?.note === 'always' && note.trim() === '') return 'none';
  if (rule?.auth !== undefined && authenticationProblem(rule.auth, vote) !== null) return 'none';
  const isReason = note.trim().length >= BREAK_GLASS_NOTE_CHARACTERS;
  // A denial by right of emergency lets nothing run.
  if (breakGlass && decision === 'approve' && isReason && isIn(rule?.breakGlass?.groups ?? []))
    return 'alone';
  if (rule?.person !== undefined && approver.id !== rule.person) return 'none';
  const approvers = groupsAt(asked, votedMs(vote, countedMs));
  return approvers === undefined || isIn(approvers) ? 'one' : 'none';
}

type Ruled = Pick<AnyApproval, 'approvers' | 'rule' | 'requestedBy' | 'startedBy' | 'requestedAt'>;

function firstOf(checks: Check[], approval: AnyApproval, decision: Decision, nowMs: number): Refusal | null {
  for (const check of checks) {
    const refusal = check(approval, decision, nowMs);
    if (refusal !== null) return refusal;
  }
  return null;
}

export function isEmergency({ breakGlass }: Decision): boolean {
  return breakGlass === true;
}

const saw: Check = ({ argumentsDigest, replaced }, decision) => {
  const { argumentsDigest: seen } = decision;
  if (seen === argumentsDigest) return null;
  const problem = (message: string): Refusal => ({
    reason: 'digest_mismatch',
    field: 'argumentsDigest',
    message: `${message} Look at the approval again.`,
  });
  if (seen !== undefined) return problem(`does not match: the approval's is ${argumentsDigest}.`);
  // Whoever names none may have seen what stood there before.
  return replaced === undefined ? null : problem(`is required: the arguments have been changed.`);
};

const mayBreakGlass: Check = ({ rule }, decision) => {
  if (!isEmergency(decision)) return null;
  const { approver, note = '', decision: kind } = decision;
  const groups = rule?.breakGlass?.groups ?? [];
  const is = (field: string, message: string): Refusal => ({ reason: 'not_break_glass', field, message });
  if (kind !== 'approve' && kind !== 'deny')
    return is('breakGlass', `is possible only with "approve" or "deny", not with "${kind}".`);
  if (groups.length === 0)
    return is('breakGlass', 'is not possible: the policy of this approval has no break-glass groups.');
  if (!groups.some((group) => approver.groups?.includes(group)))
    return is('approver', `must belong to one of these groups to break the glass: ${groups.join(', ')}.`);
  if (note.trim().length < BREAK_GLASS_NOTE_CHARACTERS)
    return is(
      'note',
      `must say why, in at least ${BREAK_GLASS_NOTE_CHARACTERS} characters, to break the glass.`,
    );
  return null;
};

const isApprover: Check = (approval, decision, nowMs) => {
  const { approver } = decision;
  const { groups } = approver;
  if (isEmergency(decision)) return null;
  const { person } = approval.rule ?? {};
  if (person !== undefined && approver.id !== person) {
    const message = `must be ${person}: the request is meant for this person, and nobody else may answer it.`;
    return { reason: 'not_an_approver', field: 'approver', message };
  }
  const approvers = groupsAt(approval, votedMs(decision, nowMs));
  if (approvers === undefined) return null;
  if (approvers.some((group) => groups?.includes(group))) return null;
  const message = `must belong to one of these groups: ${approvers.join(', ')}.`;
  return { reason: 'not_an_approver', field: 'approver', message };
};

const isNotRequester: Check = ({ rule, requestedBy, startedBy }, { approver }) => {
  if (rule?.notRequester !== true) return null;
  if (approver.id === NOBODY_NAMED) {
    const message =
      'must be named: the Handover does not say who answered, and the policy wants another person.';
    return { reason: 'requester', field: 'approver', message };
  }
  if (!isSamePerson(approver, requestedBy) && !isSamePerson(approver, startedBy)) return null;
  const message = `must be somebody else: ${approver.id} has asked for this action, and its policy wants another person.`;
  return { reason: 'requester', field: 'approver', message };
};

const hasNotVoted: Check = ({ votes = [] }, decision) => {
  const { decision: kind, approver } = decision;
  // An edit is a new proposal, for which nobody has voted.
  if (isEmergency(decision) || kind === 'edit') return null;
  const earlier = votes.find((vote) => isSamePerson(vote.approver, approver.id));
  if (earlier === undefined) return null;
  const message = `has voted before: "${earlier.decision}" at ${earlier.at}. A vote stands.`;
  return { reason: 'already_voted', field: 'approver', message };
};

const saysWhy: Check = ({ rule }, { decision, note = '' }) => {
  if (rule?.note !== 'always' && !(rule?.note === 'deny' && decision === 'deny')) return null;
  if (note.trim() !== '') return null;
  const when = rule.note === 'always' ? 'with every decision' : 'with "deny"';
  return {
    reason: 'note_required',
    field: 'note',
    message: `is required ${when}: the policy wants a reason.`,
  };
};

/**
 * A text in the action's place runs nothing, as a denial: whoever may deny alone may give it alone. A requester acts on the text, so there
 * whoever gives it must be able to approve alone, too.
 */
const mayRespond: Check = (approval, { decision }) => {
  const { approve, deny, from = [] } = quorumOf(approval);
  if (decision !== 'respond') return null;
  const refuse = (message: string): Refusal => ({ reason: 'not_possible', field: 'decision', message });
  if (deny > 1)
    return refuse(`cannot be "respond": ${deny} people must deny this action. Use "deny", or "approve".`);
  const isActedOn = approval.turnId === undefined;
  if (isActedOn && (approve > 1 || from.length > 0))
    return refuse(
      'cannot be "respond": the requester acts on the answer, and the quorum must approve it. Use "edit", "deny" or "approve".',
    );
  return null;
};

const mayEdit: Check = ({ replaced = [] }, { decision }) => {
  if (decision !== 'edit' || replaced.length < PROPOSALS_MAXIMUM) return null;
  const message = `cannot be "edit": the arguments have been changed ${PROPOSALS_MAXIMUM} times, which is the most. Use "approve" or "deny".`;
  return { reason: 'too_many_edits', field: 'decision', message };
};

const isKnownWell: Check = ({ rule }, decision) => {
  const message = rule?.auth === undefined ? null : authenticationProblem(rule.auth, decision);
  return message === null ? null : { reason: 'authentication_too_old', field: 'approver', message };
};

const mayGrant: Check = (approval, decision) => {
  const problem = grantProblem(approval, decision);
  return problem && { reason: 'not_possible', ...problem };
};

const AUTHORITY: Check[] = [isApprover, isNotRequester, isKnownWell, saysWhy, mayGrant];
