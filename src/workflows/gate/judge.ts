import { ActivityFailure, condition, isCancellation } from '@temporalio/workflow';

import type { AnyApproval, Approval } from '../../contracts/approval/approval.ts';
import type { ToolArguments } from '../../contracts/tool-call.ts';
import type { Decision, FieldProblem, Receipt } from '../../contracts/approval/decision.ts';
import type { ReviewedEdit } from '../../contracts/approval/review.ts';
import { whyRefused } from '../../contracts/recording/refusals.ts';
import { APPROVALS_BYTES, REFUSED_EDITS } from '../../contracts/limits.ts';
import { inDigits } from '../../contracts/size.ts';
import { applyDecision, cancel, endsAtMs, type Settlement } from '../ledger.ts';
import type { Facts } from '../facts.ts';
import { bytesOf, type ApprovalList } from './approval-list.ts';
import { createSenderCheck } from './check-decision.ts';

/** Takes decisions one after the other. The ledger judges each; this file collects what the ledger needs. */
export interface Judge {
  /** @param way.mayWait - nobody waits for the receipt, so this decision may wait for the review of another one. */
  decide: (decision: Decision, way: { mayWait: boolean }) => Promise<Receipt>;
  foresee: (decision: Decision) => Receipt | null;
  /** Whether an update that changes nothing is kept all the same, so that the record can tell who went past the gateways. */
  leavesTrace: (decision: Decision, receipt: Receipt) => boolean;
  /** Whether a decision that came in time is not judged yet. */
  isInLine: (approvalId: string) => boolean;
}

/** What decisions need beside the list: a review of the arguments of an edit, and whether a store knows who may decide. */
export interface JudgeDeps<Held extends AnyApproval> {
  review: (approval: Held, proposed: ToolArguments) => Promise<ReviewedEdit>;
  facts: Pick<Facts, 'isRecorded' | 'oneAtATime' | 'refused' | 'tellsRefusals'>;
}

export function createJudge<Held extends AnyApproval = Approval>(
  { find, get, replace, bytes }: ApprovalList<Held>,
  deps: JudgeDeps<Held>,
): Judge {
  /** By approval: the edit under review, and the number of timely decisions that are not judged yet. */
  const reviews = new Map<string, Decision>();
  const inLine = new Map<string, number>();
  /** By approval and person. */
  const refusals = new Map<string, number>();
  const sender = createSenderCheck<Held>(deps.facts);
  return { decide, foresee, leavesTrace, isInLine };

  function leavesTrace({ approver }: Decision, { reason }: Receipt): boolean {
    return reason === 'unattested' && deps.facts.tellsRefusals(approver.id);
  }

  async function decide(decision: Decision, { mayWait }: { mayWait: boolean }): Promise<Receipt> {
    const foreseen = foresee(decision);
    if (foreseen !== null && !(mayWait && foreseen.reason === 'under_review'))
      return told(decision, foreseen);
    const { approvalId } = decision;
    const enteredMs = timeOf(get(approvalId), decision);
    const leave = enter(approvalId, enteredMs);
    try {
      // Where nothing has to be checked nothing is waited for: the next decision must find this one under review.
      if (sender.isNeeded(get(approvalId))) {
        const isOpen = () => get(approvalId).status === 'pending';
        const problem = await sender.problemOf(get(approvalId), decision, isOpen);
        if (problem !== null) {
          const receipt = refused(get(approvalId), decision, problem.reason, problem);
          return told(decision, receipt);
        }
      }
      // In order of arrival: each is judged by the result of the one before. All waiting decisions wake together, so the others check
      // again.
      while (reviews.has(approvalId)) await condition(() => !reviews.has(approvalId));
      const asked = get(approvalId);
      const isOpenEdit = decision.decision === 'edit' && asked.status === 'pending';
      const tooMany = isOpenEdit ? tooManyEdits(asked, decision) : null;
      if (tooMany !== null) return told(decision, tooMany);
      const edit = isOpenEdit ? await reviewed(asked, decision) : undefined;
      const before = get(approvalId);
      const settlement = applyDecision(before, decision, edit, enteredMs);
      const large = tooLarge(before, decision, settlement);
      if (large !== null) return told(decision, large);
      replace(settlement.approval);
      return told(decision, settlement.receipt);
    } catch (error) {
      if (!isCancellation(error)) throw error;
      // The turn is over, and so is the approval: the sender is told, and the turn ends.
      replace(cancel(get(approvalId), Date.now()));
      return told(decision, applyDecision(get(approvalId), decision, undefined, enteredMs).receipt);
    } finally {
      leave();
    }
  }

  /** Lets the record know what did not count. Not around `decide`: each wait more is another order of commands. */
  function told(decision: Decision, receipt: Receipt): Receipt {
    const reason = whyRefused(receipt);
    const approval = find(decision.approvalId);
    if (reason !== null && approval !== undefined) deps.facts.refused(approval, decision, reason);
    return receipt;
  }

  /** The receipt of a decision that changes nothing, if that is known without a review; null if it must be judged. */
  function foresee(decision: Decision): Receipt | null {
    const { approvalId, decisionId } = decision;
    const asked = find(approvalId);
    if (asked === undefined) return { outcome: 'unknown', approvalId, decisionId };
    const isPending = asked.status === 'pending';
    if (isPending && asked.runsAt === 'provider' && !['approve', 'deny'].includes(decision.decision)) {
      const message = `cannot be "${decision.decision}": the provider runs this tool itself, exactly as shown. Use "approve" or "deny".`;
      return refused(asked, decision, 'not_possible', { field: 'decision', message });
    }
    const other = reviews.get(approvalId);
    if (other !== undefined) {
      if (other.decisionId === decisionId) return null;
      const message = `came while an edit by ${other.approver.id} is being checked. Read the approval in a moment, then decide if it is still pending.`;
      return refused(asked, decision, 'under_review', { field: '', message });
    }
    const tooMany = isPending ? tooManyEdits(asked, decision) : null;
    if (tooMany !== null) return tooMany;
    const { arguments: args, argumentsDigest } = asked;
    const asIfGood: ReviewedEdit = {
      kind: 'ready',
      ...{ arguments: args, argumentsDigest },
      verdict: { kind: 'allow' },
    };
    const settlement = applyDecision(asked, decision, asIfGood, timeOf(asked, decision));
    if (settlement.receipt.outcome !== 'duplicate' && isUnsigned(asked, decision))
      return refused(asked, decision, 'unattested', UNSIGNED);
    if (!hasCounted(settlement.receipt)) return settlement.receipt;
    return decision.decision === 'edit' ? null : tooLarge(asked, decision, settlement);
  }

  /** A timely decision holds the deadline back until it is judged. */
  function enter(approvalId: string, enteredMs: number): () => void {
    if (enteredMs >= endsAtMs(get(approvalId))) return () => undefined;
    inLine.set(approvalId, (inLine.get(approvalId) ?? 0) + 1);
    return () => inLine.set(approvalId, (inLine.get(approvalId) ?? 0) - 1);
  }

  function isInLine(approvalId: string): boolean {
    return (inLine.get(approvalId) ?? 0) > 0;
  }

  async function reviewed(approval: Held, decision: Decision): Promise<ReviewedEdit> {
    const { approvalId } = decision;
    reviews.set(approvalId, decision);
    try {
      const edit = await deps.review(approval, decision.arguments ?? {});
      if (edit.kind === 'refused') countRefused(decision);
      return edit;
    } catch (error) {
      if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
      countRefused(decision);
      // An edit that cannot be reviewed cannot be approved. The approval stays open.
      const message = `cannot be reviewed: ${error.cause?.message ?? error.message}`;
      return { kind: 'refused', reason: 'forbidden', problems: [{ field: 'arguments', message }] };
    } finally {
      reviews.delete(approvalId);
    }
  }

  function tooManyEdits(asked: Held, decision: Decision): Receipt | null {
    if (decision.decision !== 'edit' || refusedEdits(decision) < REFUSED_EDITS) return null;
    const message = `cannot be "edit": ${REFUSED_EDITS} edits of this approval by ${decision.approver.id} have been refused. Use "approve", "deny" or "respond", or leave it to somebody else.`;
    return refused(asked, decision, 'too_many_edits', { field: 'decision', message });
  }

  function refusedEdits(decision: Decision): number {
    return refusals.get(ofPerson(decision)) ?? 0;
  }

  function countRefused(decision: Decision): void {
    refusals.set(ofPerson(decision), refusedEdits(decision) + 1);
  }

  function tooLarge(
    before: Held,
    decision: Decision,
    { approval, receipt }: Settlement<Held>,
  ): Receipt | null {
    const size = bytes() - bytesOf(before) + bytesOf(approval);
    if (size <= APPROVALS_BYTES || !hasCounted(receipt)) return null;
    const message = `would make the approvals of this turn ${inDigits(size)} bytes large, at most ${inDigits(APPROVALS_BYTES)} are allowed`;
    return refused(before, decision, 'too_large', { field: '', message });
  }
}

function refused(
  { approvalId, status, argumentsDigest }: AnyApproval,
  { decisionId }: Decision,
  reason: NonNullable<Receipt['reason']>,
  { field, message }: FieldProblem,
): Receipt {
  const problems = [{ field, message }];
  return { outcome: 'refused', approvalId, decisionId, status, argumentsDigest, reason, problems };
}

function hasCounted({ outcome }: Receipt): boolean {
  return outcome === 'applied' || outcome === 'voted';
}

const UNSIGNED = {
  field: 'attestation',
  message:
    'is required: workers trust the signing keys of gateways, and this decision came past them. Decide through a gateway.',
};

function isUnsigned({ isAttested, status }: AnyApproval, { attestation }: Decision): boolean {
  return isAttested === true && status === 'pending' && attestation === undefined;
}

/** When a decision was made: by the gateway's clock where that must be signed, else now. A signed time that lies ahead counts as now. */
function timeOf({ isAttested }: AnyApproval, { attestation, decidedAt }: Decision): number {
  const signedMs = isAttested && attestation !== undefined ? Date.parse(decidedAt) : NaN;
  return signedMs < Date.now() ? signedMs : Date.now();
}

/** No approval id contains a space. */
function ofPerson({ approvalId, approver }: Decision): string {
  return `${approvalId} ${approver.id}`;
}
