import type { AnyShownApproval } from '../contracts/approval/approval.ts';
import type { Decision, FieldProblem, Receipt } from '../contracts/approval/decision.ts';
import { decisionOf, votesOf } from '../contracts/deciding/proposals.ts';
import { besideVotes } from '../contracts/deciding/same-decision.ts';

/** Receipts that need no worker: they follow from the approval as it can be read. */

/** The approval is settled, or its workflow over, so no decision can change it. */
export function receiptOfSettled(approval: AnyShownApproval, decision: Decision): Receipt {
  const { status } = approval;
  const winner = decisionOf(approval);
  if (winner === undefined)
    return { ...about(approval, decision), outcome: status === 'expired' ? 'expired' : 'cancelled' };
  const again = besideVotes(votesOf(approval), decision);
  return { ...about(approval, decision), ...(again ?? { outcome: 'conflict', winner }) };
}

/** The decision's id is that of another one, which is kept for a worker. */
export function reusedReceipt(
  approval: AnyShownApproval,
  decision: Decision,
  problems: FieldProblem[],
): Receipt {
  return { ...about(approval, decision), outcome: 'reused', problems };
}

function about({ status, argumentsDigest }: AnyShownApproval, { approvalId, decisionId }: Decision) {
  return { approvalId, decisionId, status, argumentsDigest };
}
