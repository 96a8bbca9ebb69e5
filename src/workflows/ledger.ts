import type { ActionOutcome, AnyApproval, Approval } from '../contracts/approval/approval.ts';
import type { ToolArguments } from '../contracts/tool-call.ts';
import type {
  Approver,
  Decision,
  DecisionRecord,
  FieldProblem,
  Receipt,
  RefusalReason,
} from '../contracts/approval/decision.ts';
import type { ReviewedEdit } from '../contracts/approval/review.ts';
import { currentOf, decisionOf } from '../contracts/deciding/proposals.ts';
import { besideWinner, isSameJson } from '../contracts/deciding/same-decision.ts';

/**
 * The life of one approval, as a pure function. Update and signal both end here. So the first decision wins, whichever way it comes and
 * however often.
 *
 *   pending ──approve, edit──▶ approved
 *           ──deny───────────▶ denied
 *           ──respond────────▶ answered
 *           ──time is up─────▶ expired
 *           ──turn is over───▶ cancelled
 *
 * No arrow leaves a settled status. A decision that is refused leaves the approval pending. A pending approval may be parked:
 * its run ends without it, and the approval stays open until its own deadline.
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
  const refuse = (reason: RefusalReason, problems: FieldProblem[]): Settlement<Held> =>
    unchanged({ outcome: 'refused', reason, problems });

  if (current.decision !== undefined)
    return unchanged(besideWinner(decisionOf(current) ?? current.decision, decision));
  if (current.status !== 'pending')
    return unchanged({ outcome: current.status === 'expired' ? 'expired' : 'cancelled' });

  if (decision.argumentsDigest !== undefined && decision.argumentsDigest !== current.argumentsDigest) {
    const message = `does not match: the approval's is ${current.argumentsDigest}. Look at the approval again.`;
    return refuse('digest_mismatch', [{ field: 'argumentsDigest', message }]);
  }
  const missing = missingGroups(decision.approver, current.approvers);
  if (missing) return refuse('not_an_approver', [missing]);
  if (decision.decision !== 'edit') return settle(current, decision, {});

  if (edit === undefined) throw new TypeError('An edit is applied only after its review.');
  if (edit.kind === 'refused') return refuse(edit.reason, edit.problems);
  // The policy judged the edited call again: it may need another group's approval.
  const stricter =
    edit.verdict.kind === 'ask' ? missingGroups(decision.approver, edit.verdict.approvers) : null;
  if (stricter) return refuse('not_an_approver', [stricter]);
  return settle(current, decision, {
    arguments: edit.arguments,
    argumentsDigest: edit.argumentsDigest,
    replaced: [...(current.replaced ?? []), currentOf(current)],
  });

  function settle(
    pending: Held,
    by: Decision,
    edited: Partial<Pick<Approval, 'arguments' | 'argumentsDigest' | 'replaced'>>,
  ): Settlement<Held> {
    const status = { approve: 'approved', edit: 'approved', deny: 'denied', respond: 'answered' } as const;
    const runs = by.decision === 'approve' || by.decision === 'edit';
    const settled: Held = {
      ...pending,
      ...edited,
      status: status[by.decision],
      resolvedAt: new Date(nowMs).toISOString(),
      decision: toRecord(by, edited.arguments),
      ...outcomeOf(pending, runs ? 'executing' : 'not_executed'),
    };
    return {
      approval: settled,
      receipt: { ...receiptFor(settled, by), outcome: 'applied', decidedAt: by.decidedAt },
    };
  }
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

function missingGroups(approver: Approver, allowed: string[] | undefined): FieldProblem | null {
  if (allowed === undefined || allowed.some((group) => approver.groups?.includes(group))) return null;
  return { field: 'approver', message: `must belong to one of these groups: ${allowed.join(', ')}.` };
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

/** @param edited - the reviewed arguments of an edit; they are not stored twice. */
function toRecord(
  { approvalId: _id, argumentsDigest: _seen, ...record }: Decision,
  edited: ToolArguments | undefined,
): DecisionRecord {
  const { arguments: sent, ...rest } = record;
  return isSameJson(sent, edited) ? rest : record;
}
