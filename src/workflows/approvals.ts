import { ActivityFailure, isCancellation } from '@temporalio/workflow';

import type {
  AnyApproval,
  Approval,
  Decision,
  Receipt,
  ReviewedEdit,
  ToolArguments,
} from '../contracts/approval.ts';
import { APPROVALS_BYTES } from '../contracts/limits.ts';
import { inDigits, jsonBytes } from '../contracts/size.ts';
import { applyDecision } from './ledger.ts';

/**
 * The approvals of a turn, or the one of a request, as they are now. One that changes is another object. The ledger says what becomes
 * of a decision; here stands what it needs to know before.
 */
export interface Approvals<Held extends AnyApproval = Approval> {
  readonly all: Held[];
  add(approval: Held): void;
  find(approvalId: string): Held | undefined;
  /** @throws TypeError for an approval that is not there. */
  get(approvalId: string): Held;
  /** Puts the approval in the place of the one with its id, and tells whoever shows it when it is another one. */
  replace(approval: Held): void;
  /** What became of the action. Success is shown with the next change: it would cost an event of its own. */
  note(approvalId: string, outcome: NonNullable<Approval['outcome']>): void;
  decide: (decision: Decision) => Promise<Receipt>;
  /** All of them together, as JSON. */
  bytes(): number;
}

/** @param deps.review - looks at the arguments that a person proposes in place of the approval's. */
export function createApprovals<Held extends AnyApproval = Approval>(deps: {
  changed: () => void;
  review: (approval: Held, proposed: ToolArguments) => Promise<ReviewedEdit>;
}): Approvals<Held> {
  const all: Held[] = [];
  return { all, add: (approval) => all.push(approval), find, get, replace, note, decide, bytes };

  async function decide(decision: Decision): Promise<Receipt> {
    const { approvalId, decisionId } = decision;
    const asked = find(approvalId);
    if (asked === undefined) return { outcome: 'unknown', approvalId, decisionId };
    const isPending = asked.status === 'pending';
    if (isPending && asked.runsAt === 'provider' && !['approve', 'deny'].includes(decision.decision)) {
      const message = `cannot be "${decision.decision}": the provider runs this tool itself, exactly as shown. Use "approve" or "deny".`;
      return refused(asked, decision, 'not_possible', { field: 'decision', message });
    }
    const isOpenEdit = decision.decision === 'edit' && isPending;
    const edit = isOpenEdit ? await reviewed(asked, decision) : undefined;
    // While the edit was under review somebody else may have decided: the ledger sees the approval as it is now.
    const before = get(approvalId);
    const { approval, receipt } = applyDecision(before, decision, edit, Date.now());
    const size = bytes() - bytesOf(before) + bytesOf(approval);
    if (size > APPROVALS_BYTES && receipt.outcome === 'applied') {
      const message = `would make the approvals of this turn ${inDigits(size)} bytes large, at most ${inDigits(APPROVALS_BYTES)} are possible`;
      return refused(before, decision, 'too_large', { field: '', message });
    }
    replace(approval);
    return receipt;
  }

  async function reviewed(approval: Held, decision: Decision): Promise<ReviewedEdit> {
    try {
      return await deps.review(approval, decision.arguments ?? {});
    } catch (error) {
      if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
      // What cannot be reviewed cannot be approved; the question stays open.
      const message = `cannot be reviewed: ${error.cause?.message ?? error.message}`;
      return { kind: 'refused', reason: 'forbidden', problems: [{ field: 'arguments', message }] };
    }
  }

  function find(approvalId: string): Held | undefined {
    return all[indexOf(approvalId)];
  }

  function get(approvalId: string): Held {
    const approval = find(approvalId);
    if (approval === undefined) throw new TypeError(`There is no approval ${approvalId} here.`);
    return approval;
  }

  function replace(approval: Held): void {
    const index = indexOf(approval.approvalId);
    if (index < 0 || all[index] === approval) return;
    all[index] = approval;
    deps.changed();
  }

  function note(approvalId: string, outcome: NonNullable<Approval['outcome']>): void {
    const index = indexOf(approvalId);
    if (index < 0) return;
    all[index] = { ...get(approvalId), outcome };
    if (outcome !== 'executed') deps.changed();
  }

  function bytes(): number {
    return all.reduce((sum, approval) => sum + bytesOf(approval), 0);
  }

  function indexOf(approvalId: string): number {
    return all.findIndex((approval) => approval.approvalId === approvalId);
  }
}

function refused(
  { approvalId, status, argumentsDigest }: AnyApproval,
  { decisionId }: Decision,
  reason: NonNullable<Receipt['reason']>,
  problem: NonNullable<Receipt['problems']>[number],
): Receipt {
  return { outcome: 'refused', approvalId, decisionId, status, argumentsDigest, reason, problems: [problem] };
}

/** Each object is measured once. */
const measured = new WeakMap<AnyApproval, number>();

export function bytesOf(approval: AnyApproval): number {
  const known = measured.get(approval) ?? jsonBytes(approval);
  measured.set(approval, known);
  return known;
}
