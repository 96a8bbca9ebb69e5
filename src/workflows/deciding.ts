import { ActivityFailure, isCancellation } from '@temporalio/workflow';

import type { Approval, Decision, Receipt, ReviewedEdit } from '../contracts/approval.ts';
import { APPROVALS_BYTES } from '../contracts/limits.ts';
import { inDigits } from '../contracts/size.ts';
import type { TurnFacts } from '../contracts/steps.ts';
import { bytesOf, type Book } from './book.ts';
import { applyDecision } from './ledger.ts';
import { reviewEdit } from './steps.ts';

/**
 * Takes decisions about the approvals of a turn: the ledger says what becomes of them, here stands what it needs to know before.
 *
 * @param deps.facts - of the round that asked; undefined before the first one.
 */
export function createDecide({
  book,
  facts,
}: {
  book: Book;
  facts: () => TurnFacts | undefined;
}): (decision: Decision) => Promise<Receipt> {
  return decide;

  async function decide(decision: Decision): Promise<Receipt> {
    const { approvalId, decisionId } = decision;
    const asked = book.find(approvalId);
    const turn = facts();
    if (asked === undefined || turn === undefined) return { outcome: 'unknown', approvalId, decisionId };
    const isPending = asked.status === 'pending';
    if (isPending && asked.runsAt === 'provider' && !['approve', 'deny'].includes(decision.decision)) {
      const message = `cannot be "${decision.decision}": the provider runs this tool itself, exactly as shown. Use "approve" or "deny".`;
      return refused(asked, decision, 'not_possible', { field: 'decision', message });
    }
    const isOpenEdit = decision.decision === 'edit' && isPending;
    const edit = isOpenEdit ? await review(turn, asked, decision) : undefined;
    // While the edit was under review somebody else may have decided: the ledger sees the approval as it is now.
    const before = book.get(approvalId);
    const { approval, receipt } = applyDecision(before, decision, edit, Date.now());
    const bytes = book.bytes() - bytesOf(before) + bytesOf(approval);
    if (bytes > APPROVALS_BYTES && receipt.outcome === 'applied') {
      const message = `would make the approvals of this turn ${inDigits(bytes)} bytes large, at most ${inDigits(APPROVALS_BYTES)} are possible`;
      return refused(before, decision, 'too_large', { field: '', message });
    }
    book.replace(approval);
    return receipt;
  }
}

function refused(
  { approvalId, status, argumentsDigest }: Approval,
  { decisionId }: Decision,
  reason: NonNullable<Receipt['reason']>,
  problem: NonNullable<Receipt['problems']>[number],
): Receipt {
  return { outcome: 'refused', approvalId, decisionId, status, argumentsDigest, reason, problems: [problem] };
}

async function review(turn: TurnFacts, { tool }: Approval, decision: Decision): Promise<ReviewedEdit> {
  try {
    return await reviewEdit({ ...turn, tool, arguments: decision.arguments ?? {} });
  } catch (error) {
    if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
    // What cannot be reviewed cannot be approved; the question stays open.
    const message = `cannot be reviewed: ${error.cause?.message ?? error.message}`;
    return { kind: 'refused', reason: 'forbidden', problems: [{ field: 'arguments', message }] };
  }
}
