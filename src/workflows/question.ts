import type { Approval } from '../contracts/approval/approval.ts';
import type { DecisionRecord } from '../contracts/approval/decision.ts';
import type { ReviewedCall } from '../contracts/approval/review.ts';
import type { ExecuteInput } from '../contracts/steps.ts';
import type { Round } from './round.ts';
import { endsAtMs } from './ledger.ts';

export type Call = Extract<ReviewedCall, { kind: 'ready' }>;
export type AskedCall = Call & { verdict: { kind: 'ask' } };

export function isAsked(call: ReviewedCall): call is AskedCall {
  return call.kind === 'ready' && call.verdict.kind === 'ask';
}

/** The question as people see it, pending. Which of the two deadlines it has follows from the policy and the run. */
export function toApproval(call: AskedCall, { facts: turn, runDeadlineMs }: Round, nowMs: number): Approval {
  const { withinMs, approvers, rule, reason } = call.verdict;
  const ownDeadlineMs = withinMs === undefined ? Infinity : nowMs + withinMs;
  const runEndsMs = runDeadlineMs ?? Infinity;
  // Beyond the run's own life a question can only be parked, unless the policy says otherwise.
  const onRunDeadline =
    call.verdict.onRunDeadline ?? (withinMs !== undefined && ownDeadlineMs > runEndsMs ? 'park' : 'deny');
  const deadlineMs = onRunDeadline === 'park' ? ownDeadlineMs : Math.min(ownDeadlineMs, runEndsMs);
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
    status: 'pending',
    requestedAt: toIso(nowMs),
    deadline: Number.isFinite(deadlineMs) ? toIso(deadlineMs) : null,
    runDeadline: runDeadlineMs === null ? null : toIso(runDeadlineMs),
    onRunDeadline,
    ...(reason === undefined ? {} : { reason }),
    ...(call.runsAt && { runsAt: call.runsAt }),
    ...(approvers === undefined ? {} : { approvers }),
    ...(rule === undefined ? {} : { rule }),
    ...(turn.context.user === undefined ? {} : { requestedBy: turn.context.user }),
    ...(turn.startedBy === undefined ? {} : { startedBy: turn.startedBy }),
  };
}

/** What the tool's last look before an effect is told of the person's yes. */
export function signOff(
  approval: Approval,
  { approver, note: why }: DecisionRecord,
): NonNullable<ExecuteInput['approval']> {
  const endMs = endsAtMs(approval);
  return {
    approvalId: approval.approvalId,
    approver,
    ...(why === undefined ? {} : { note: why }),
    resolvedAt: approval.resolvedAt ?? '',
    deadline: Number.isFinite(endMs) ? toIso(endMs) : null,
  };
}

function toIso(ms: number): string {
  return new Date(ms).toISOString();
}
