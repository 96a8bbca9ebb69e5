import type { ActionOutcome, AnyApproval, Approval, Vote } from '../contracts/approval/approval.ts';
import type {
  Decision,
  DecisionRecord,
  FieldProblem,
  Receipt,
  RefusalReason,
} from '../contracts/approval/decision.ts';
import type { ReviewedEdit } from '../contracts/approval/review.ts';
import { grantedBy } from '../contracts/deciding/granting.ts';
import { currentOf, decisionOf, votesOf } from '../contracts/deciding/proposals.ts';
import { besideVotes, isSameJson } from '../contracts/deciding/same-decision.ts';
import { isDenied, missingOf } from '../contracts/deciding/standing.ts';
import {
  authorProblem,
  isEmergency,
  rightProblem,
  type Refusal,
} from '../contracts/deciding/right-to-vote.ts';

/**
 * The life of one approval, as a pure function. Update and signal both end here. So the first decision wins, whichever way it comes and
 * however often.
 *
 *   pending ──approve, edit──▶ approved    as soon as its rule is met: by default one vote is enough
 *           ──deny───────────▶ denied      likewise
 *           ──respond────────▶ answered
 *           ──time is up─────▶ expired
 *           ──turn is over───▶ cancelled
 *
 * No arrow leaves a settled status. A decision that is refused leaves the approval as it is; a vote that does not meet the rule leaves it
 * pending. An edit is a new proposal: earlier votes fall, and whoever edits votes for it. A pending approval may be parked: its run ends
 * without it, and the approval stays open until its own deadline.
 */
export interface Settlement<Held extends AnyApproval = Approval> {
  approval: Held;
  receipt: Receipt;
}

/**
 * @param edit - for decision `edit`: what the review of the proposed arguments found.
 * @param nowMs - Temporal's clock. A decision at the deadline or later is `expired`, whether or not a timer has fired.
 */
export function applyDecision<Held extends AnyApproval>(
  approval: Held,
  decision: Decision,
  edit: ReviewedEdit | undefined,
  nowMs: number,
): Settlement<Held> {
  const current =
    approval.status === 'pending' && nowMs >= endsAtMs(approval) ? expire(approval, nowMs) : approval;
  const unchanged = (receipt: Pick<Receipt, 'outcome'> & Partial<Receipt>): Settlement<Held> => ({
    approval: current,
    receipt: { ...receiptFor(current, decision), ...receipt },
  });
  const refuse = ({ reason, problems }: { reason: RefusalReason; problems: FieldProblem[] }) =>
    unchanged({ outcome: 'refused', reason, problems });
  const refuseFor = ({ reason, ...problem }: Refusal) => refuse({ reason, problems: [problem] });

  if (current.status !== 'pending' && current.decision === undefined)
    return unchanged({ outcome: current.status === 'expired' ? 'expired' : 'cancelled' });
  const again = besideVotes(votesOf(current), decision);
  if (current.decision !== undefined)
    return unchanged(again ?? { outcome: 'conflict', winner: decisionOf(current) ?? current.decision });
  if (again !== null) return unchanged({ ...again, ...missing(current) });

  const problem = rightProblem(current, decision, nowMs);
  if (problem !== null) return refuseFor(problem);
  if (decision.decision !== 'edit') return count(current, decision);

  if (edit === undefined) throw new TypeError('An edit is applied only after its review.');
  if (edit.kind === 'refused') return refuse(edit);
  const proposed = propose(current, decision, edit);
  // The policy judged the edited call again: it may need another group's approval, or more of them.
  const stricter = authorProblem(proposed, decision, nowMs);
  if (stricter !== null) return refuseFor(stricter);
  return count(proposed, decision);

  function propose(pending: Held, by: Decision, { verdict, ...changed }: ReadyEdit): Held {
    const { votes, approvers, rule, unmeetable, replaced, presented: _earlier, ...rest } = pending;
    const asks = verdict.kind === 'ask';
    const kept = asks
      ? { approvers: verdict.approvers, rule: verdict.rule, unmeetable: changed.unmeetable }
      : { approvers, rule, unmeetable };
    return {
      ...(rest as Held),
      ...{ arguments: changed.arguments, argumentsDigest: changed.argumentsDigest },
      ...(changed.presented && { presented: changed.presented }),
      ...(kept.approvers && { approvers: kept.approvers }),
      ...(kept.rule && { rule: kept.rule }),
      ...(kept.unmeetable !== undefined && { unmeetable: kept.unmeetable }),
      replaced: [...(replaced ?? []), { ...currentOf(pending), ...(votes && { votes }) }],
      proposed: { by: { kind: 'person', id: by.approver.id }, at: toIso(nowMs) },
    };
  }

  /** Counts the vote, and settles the approval if that is enough. */
  function count(pending: Held, by: Decision): Settlement<Held> {
    const vote: Vote = { ...toRecord(by, pending), at: toIso(nowMs) };
    const votes = [...(pending.votes ?? []), vote];
    const status = isEmergency(by) ? STATUS[by.decision] : statusBy(pending, by, votes);
    if (status === 'pending') {
      const voted: Held = { ...pending, votes };
      const receipt = { ...receiptFor(voted, by), outcome: 'voted' as const, decidedAt: by.decidedAt };
      return { approval: voted, receipt: { ...receipt, ...missing(voted) } };
    }
    const { at: _at, ...record } = vote;
    const granted = status === 'approved' ? grantedBy(pending, votes, toIso(nowMs)) : undefined;
    const settled: Held = {
      ...pending,
      ...(votes.length > 1 && { votes }),
      status,
      resolvedAt: toIso(nowMs),
      decision: record,
      ...(granted && { granted }),
      ...outcomeOf(pending, status === 'approved' ? 'executing' : 'not_executed'),
    };
    return {
      approval: settled,
      receipt: { ...receiptFor(settled, by), outcome: 'applied', decidedAt: by.decidedAt },
    };
  }
}

type ReadyEdit = Extract<ReviewedEdit, { kind: 'ready' }>;

const STATUS = { approve: 'approved', edit: 'approved', deny: 'denied', respond: 'answered' } as const;

function statusBy(pending: AnyApproval, { decision }: Decision, votes: readonly Vote[]): Approval['status'] {
  const isEnough =
    decision === 'deny'
      ? isDenied(pending, votes)
      : decision === 'respond' || missingOf(pending, votes) === null;
  return isEnough ? STATUS[decision] : 'pending';
}

function missing(approval: AnyApproval): Pick<Receipt, 'missing'> {
  const still = missingOf(approval);
  return still === null ? {} : { missing: still };
}

/** The deadline passed without a decision: fail closed. Settled approvals stay as they are. */
export function expire<Held extends AnyApproval>(approval: Held, nowMs: number): Held {
  return close(approval, 'expired', nowMs);
}

/** The run continues without a decision; the approval stays open. */
export function park(approval: Approval, nowMs: number): Approval {
  if (approval.status !== 'pending' || approval.parkedAt !== undefined) return approval;
  return { ...approval, parkedAt: new Date(nowMs).toISOString() };
}

/** The turn is over before a decision. Settled approvals stay as they are. */
export function cancel<Held extends AnyApproval>(approval: Held, nowMs: number): Held {
  return close(approval, 'cancelled', nowMs);
}

/**
 * When a decision comes too late, in ms since the epoch: at the earlier of both deadlines, or at the approval's own when the
 * run goes on without it; Infinity without any.
 */
export function endsAtMs(
  approval: Pick<Approval, 'deadline' | 'runDeadline' | 'onRunDeadline' | 'parkedAt'>,
): number {
  const outlivesRun = approval.onRunDeadline === 'park' || approval.parkedAt !== undefined;
  const { deadline, runDeadline } = approval;
  return Math.min(toMs(deadline), outlivesRun ? Infinity : toMs(runDeadline));
}

function toMs(deadline: string | null): number {
  return deadline === null ? Infinity : Date.parse(deadline);
}

function close<Held extends AnyApproval>(
  approval: Held,
  status: 'expired' | 'cancelled',
  nowMs: number,
): Held {
  if (approval.status !== 'pending') return approval;
  return {
    ...approval,
    status,
    resolvedAt: new Date(nowMs).toISOString(),
    ...outcomeOf(approval, 'not_executed'),
  };
}

/** Countersign does not execute a request's action, so it has no outcome. */
function outcomeOf({ turnId }: AnyApproval, outcome: ActionOutcome): { outcome?: ActionOutcome } {
  return turnId === undefined ? {} : { outcome };
}

function receiptFor(approval: AnyApproval, decision: Decision): Receipt {
  return {
    outcome: 'unknown',
    approvalId: approval.approvalId,
    decisionId: decision.decisionId,
    status: approval.status,
    argumentsDigest: approval.argumentsDigest,
  };
}

/** @param approval - whose arguments are those an edit brought; they are not stored twice. */
function toRecord(
  { approvalId: _id, ...record }: Decision,
  { arguments: current }: AnyApproval,
): DecisionRecord {
  const { arguments: sent, ...rest } = record;
  return isSameJson(sent, current) ? rest : record;
}

function toIso(ms: number): string {
  return new Date(ms).toISOString();
}
