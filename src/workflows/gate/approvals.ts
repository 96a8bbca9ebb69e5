import { condition, isCancellation } from '@temporalio/workflow';

import type { AnyApproval, Approval } from '../../contracts/approval/approval.ts';
import type { Facts } from '../facts.ts';
import type { Alarm } from '../alarm.ts';
import { cancel, endsAtMs, expire } from '../ledger.ts';
import { createApprovalList, type ApprovalList } from './approval-list.ts';
import { createJudge, type Judge, type JudgeDeps } from './judge.ts';

/** A deadline waits at most this long for the review of a decision that came in time. */
const REVIEW_GRACE_MS = 60_000;

/** The approvals of a turn or request, with the decisions about them and the waits for those. */
export interface Approvals<Held extends AnyApproval = Approval>
  extends ApprovalList<Held>, Pick<Judge, 'decide' | 'foresee' | 'leavesTrace'> {
  settled: (approvalId: string, isEnough?: () => boolean) => Promise<void>;
}

function waitsForWhom({ tool, approvers }: AnyApproval): string {
  return `${tool} waits for a decision${approvers === undefined ? '' : ` of ${approvers.join(', ')}`}`;
}

/** @param deps.alarm - wakes the waits at this time. */
export function createApprovals<Held extends AnyApproval = Approval>(
  deps: JudgeDeps<Held> & {
    changed: () => void;
    alarm: Alarm;
    facts: Pick<Facts, 'changed' | 'noted' | 'isRecorded' | 'oneAtATime' | 'refused' | 'tellsRefusals'>;
  },
): Approvals<Held> {
  const list = createApprovalList<Held>(deps);
  const { get, replace } = list;
  const { isInLine, ...judge } = createJudge(list, deps);
  return { ...list, ...judge, settled };

  /**
   * Waits for the decision until the deadline; `isEnough` ends the wait without one. The time of arrival counts. So the deadline waits up
   * to a minute for the review of a timely decision. A workflow that is cancelled meanwhile cancels the approval, unless it was settled by
   * then: in one workflow task a decision and the cancellation may both come.
   *
   * @throws CancelledFailure if that has cancelled the approval.
   */
  async function settled(approvalId: string, isEnough: () => boolean = () => false): Promise<void> {
    const endMs = endsAtMs(get(approvalId));
    const isPending = () => get(approvalId).status === 'pending';
    deps.alarm(endMs, waitsForWhom(get(approvalId)));
    try {
      await condition(() => !isPending() || Date.now() >= endMs || isEnough());
      if (isPending() && Date.now() >= endMs && isInLine(approvalId)) {
        const latestMs = endMs + REVIEW_GRACE_MS;
        deps.alarm(latestMs, `${get(approvalId).tool} waits for the review of a decision that came in time`);
        await condition(() => !isPending() || !isInLine(approvalId) || Date.now() >= latestMs);
      }
    } catch (error) {
      if (!isCancellation(error)) throw error;
      // At once: other work may keep the workflow for long, and nobody should decide about an action that will not happen.
      replace(cancel(get(approvalId), Date.now()));
      if (get(approvalId).status === 'cancelled') throw error;
    }
    if (Date.now() >= endMs) replace(expire(get(approvalId), Date.now()));
  }
}
