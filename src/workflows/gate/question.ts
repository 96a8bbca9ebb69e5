import type { Approval } from '../../contracts/approval/approval.ts';
import type { DecisionRecord } from '../../contracts/approval/decision.ts';
import type { ReviewedCall } from '../../contracts/approval/review.ts';
import { deadlinesOf } from '../../contracts/deciding/deadlines.ts';
import { authorOf } from '../../contracts/deciding/standing.ts';
import type { ExecuteInput, Executed } from '../../contracts/steps.ts';
import type { Round } from './round.ts';
import { endsAtMs } from '../ledger.ts';

export type Call = Extract<ReviewedCall, { kind: 'ready' }>;
export type AskedCall = Call & { verdict: { kind: 'ask' } };

export function isAsked(call: ReviewedCall): call is AskedCall {
  return call.kind === 'ready' && call.verdict.kind === 'ask';
}

/** The question as people see it: pending, or let through by a grant. Which of the two deadlines it has follows from the policy and the run. */
export function toApproval(
  call: AskedCall,
  { facts: turn, runDeadlineMs, isAttested }: Round,
  nowMs: number,
): Approval {
  const { approvers, rule, reason, notify, showConversation } = call.verdict;
  const { deadline, onRunDeadline } = deadlinesOf(call.verdict, runDeadlineMs, nowMs);
  return {
    approvalId: call.approvalId,
    turnId: turn.turnId,
    conversationId: turn.conversationId,
    tenant: turn.context.tenant,
    assistant: turn.assistant,
    toolCallId: call.toolCallId,
    tool: call.tool,
    toolDescription: call.toolDescription,
    arguments: call.arguments,
    argumentsDigest: call.argumentsDigest,
    ...(call.presented && { presented: call.presented }),
    status: 'pending',
    requestedAt: toIso(nowMs),
    deadline,
    runDeadline: runDeadlineMs === null ? null : toIso(runDeadlineMs),
    onRunDeadline,
    ...(reason === undefined ? {} : { reason }),
    ...(call.runsAt && { runsAt: call.runsAt }),
    ...(approvers === undefined ? {} : { approvers }),
    ...(rule === undefined ? {} : { rule }),
    ...(call.unmeetable !== undefined && { unmeetable: call.unmeetable }),
    ...(turn.context.user === undefined ? {} : { requestedBy: turn.context.user }),
    ...(isAttested && { isAttested }),
    ...(turn.startedBy === undefined ? {} : { startedBy: turn.startedBy }),
    ...(notify && { notify }),
    ...(showConversation === false && { showConversation }),
    ...(call.byGrant && letThrough(call.byGrant, nowMs)),
  };
}

/** Nobody is asked, and so nobody is told. */
function letThrough({ decision, ...byGrant }: NonNullable<Call['byGrant']>, nowMs: number) {
  return {
    ...({ status: 'approved', resolvedAt: toIso(nowMs), decision, byGrant, outcome: 'executing' } as const),
    notify: { channels: [] },
  };
}

/** What the tool's last look before an effect is told of the people's yes. */
export function signOff(approval: Approval, decision: DecisionRecord): NonNullable<ExecuteInput['approval']> {
  const { approvers, rule, requestedBy, startedBy, requestedAt, votes = [decision] } = approval;
  const { approver, note: why } = decision;
  const endMs = endsAtMs(approval);
  const author = authorOf(approval);
  return {
    approvalId: approval.approvalId,
    approver,
    ...(why === undefined ? {} : { note: why }),
    requestedAt,
    resolvedAt: approval.resolvedAt ?? '',
    deadline: Number.isFinite(endMs) ? toIso(endMs) : null,
    toRunAt: toIso(Date.now()),
    votes,
    ...(author !== undefined && { author }),
    ...(approvers && { approvers }),
    ...(rule && { rule }),
    ...(requestedBy !== undefined && { requestedBy }),
    ...(startedBy !== undefined && { startedBy }),
    ...(approval.byGrant && { grantId: approval.byGrant.grantId }),
  };
}

/**
 * The question asked once more, because the yes holds no longer. It has an id of its own, and so has its effect.
 *
 * @returns null when it has been asked so often that it is asked no more.
 */
export function askedAgain(call: AskedCall, approval: Approval, { askAgain }: Executed): AskedCall | null {
  const approvalId = nextId(approval.approvalId);
  if (approvalId === null) return null;
  const { approvers: _then, rule: _before, ...before } = call.verdict;
  const { approvers, rule } = approval;
  const verdict = { ...before, ...(approvers && { approvers }), ...(rule && { rule }) };
  const { unmeetable, presented: _ofTheFirst, byGrant: _thatHeldNoLonger, ...again } = call;
  // Of a rule that is another one now nothing is known.
  const isSameRule = unmeetable !== undefined && askAgain?.verdict === undefined;
  return {
    ...{ ...again, approvalId, verdict: askAgain?.verdict ?? verdict },
    ...(approval.presented && { presented: approval.presented }),
    ...(isSameRule && { unmeetable }),
  };
}

/** What stays of an approval that is asked again: what was proposed by whom, and who approved it. */
export function heldOver(approval: Approval, why: string): Partial<Approval> {
  const { approvalId, decision, votes = [], replaced, proposed, resolvedAt } = approval;
  const people = votes.filter(({ decision: kind }) => kind === 'approve' || kind === 'edit');
  const approvedBy = people.length > 0 ? people : decision ? [decision] : [];
  return {
    ...(replaced && { replaced }),
    ...(proposed && { proposed }),
    askedBefore: {
      ...{ approvalId, approvedBy: approvedBy.map(({ approver }) => approver.id) },
      ...{ at: resolvedAt ?? approval.requestedAt, why },
    },
  };
}

/** What is in the approval does not travel with the call. */
export function unshown({ presented: _presented, byGrant: _byGrant, ...call }: Call): Call {
  return call;
}

const ASKED_AGAIN = /^(.*?)(?:r(\d))?$/;
const ASKED_MOST = 9;

function nextId(approvalId: string): string | null {
  const [, first = approvalId, count = '0'] = ASKED_AGAIN.exec(approvalId) ?? [];
  const next = Number(count) + 1;
  return next > ASKED_MOST ? null : `${first}r${next}`;
}

function toIso(ms: number): string {
  return new Date(ms).toISOString();
}
