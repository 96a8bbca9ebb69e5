import { ActivityFailure, condition, isCancellation } from '@temporalio/workflow';

import type {
  AnyApproval,
  Approval,
  Decision,
  Receipt,
  ReviewedEdit,
  ToolArguments,
} from '../contracts/approval.ts';
import { APPROVALS_BYTES, REFUSED_EDITS } from '../contracts/limits.ts';
import { inDigits, jsonBytes } from '../contracts/size.ts';
import { applyDecision, cancel, endsAtMs, expire, type Settlement } from './ledger.ts';

/** A deadline waits at most this long for the review of a decision that came in time. */
const REVIEW_GRACE_MS = 60_000;

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
  /** @param way.mayWait - nobody waits for the receipt: while another decision is under review this one waits for its turn. */
  decide: (decision: Decision, way: { mayWait: boolean }) => Promise<Receipt>;
  foresee: (decision: Decision) => Receipt | null;
  settled: (approvalId: string, isEnough?: () => boolean) => Promise<void>;
  /** All of them together, as JSON. */
  bytes(): number;
}

/** @param deps.review - looks at the arguments that a person proposes in place of the approval's. */
export function createApprovals<Held extends AnyApproval = Approval>(deps: {
  changed: () => void;
  alarm: (atMs: number) => void;
  review: (approval: Held, proposed: ToolArguments) => Promise<ReviewedEdit>;
}): Approvals<Held> {
  const all: Held[] = [];
  /** By approval: the edit that is under review, and how many decisions that came in time have not been taken yet. */
  const reviews = new Map<string, Decision>();
  const inLine = new Map<string, number>();
  /** By approval and person. */
  const refusals = new Map<string, number>();
  const add = (approval: Held) => all.push(approval);
  return { all, add, find, get, replace, note, decide, foresee, settled, bytes };

  async function decide(decision: Decision, { mayWait }: { mayWait: boolean }): Promise<Receipt> {
    const enteredMs = Date.now();
    const foreseen = foresee(decision);
    if (foreseen !== null && !(mayWait && foreseen.reason === 'under_review')) return foreseen;
    const { approvalId } = decision;
    const leave = enter(approvalId, enteredMs);
    try {
      // One after the other, as they came: each is judged by what the one before has come to. All who wait are woken together, so whoever
      // is not the first looks again.
      while (reviews.has(approvalId)) await condition(() => !reviews.has(approvalId));
      const asked = get(approvalId);
      const isOpenEdit = decision.decision === 'edit' && asked.status === 'pending';
      const tooMany = isOpenEdit ? tooManyEdits(asked, decision) : null;
      if (tooMany !== null) return tooMany;
      const edit = isOpenEdit ? await reviewed(asked, decision) : undefined;
      const before = get(approvalId);
      const settlement = applyDecision(before, decision, edit, enteredMs);
      const large = tooLarge(before, decision, settlement);
      if (large !== null) return large;
      replace(settlement.approval);
      return settlement.receipt;
    } catch (error) {
      if (!isCancellation(error)) throw error;
      // The turn is over, and the question with it: whoever decided is told so, and the way out is taken.
      replace(cancel(get(approvalId), Date.now()));
      return applyDecision(get(approvalId), decision, undefined, enteredMs).receipt;
    } finally {
      leave();
    }
  }

  /** What a decision comes to that changes nothing, as far as this can be known without a review; null when it has to be taken. */
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
    const settlement = applyDecision(asked, decision, asIfGood, Date.now());
    if (settlement.receipt.outcome !== 'applied') return settlement.receipt;
    return decision.decision === 'edit' ? null : tooLarge(asked, decision, settlement);
  }

  /**
   * Waits for the decision, at most until it is too late for one; `isEnough` ends the waiting without an answer. What counts is when a
   * decision came, so the deadline waits for one that came in time and is under review, for a minute. A workflow that is cancelled
   * meanwhile cancels the question.
   */
  async function settled(approvalId: string, isEnough: () => boolean = () => false): Promise<void> {
    const endMs = endsAtMs(get(approvalId));
    const isPending = () => get(approvalId).status === 'pending';
    deps.alarm(endMs);
    try {
      await condition(() => !isPending() || Date.now() >= endMs || isEnough());
      if (isPending() && Date.now() >= endMs && isInLine(approvalId)) {
        const latestMs = endMs + REVIEW_GRACE_MS;
        deps.alarm(latestMs);
        await condition(() => !isPending() || !isInLine(approvalId) || Date.now() >= latestMs);
      }
    } catch (error) {
      // At once: what else is under way may keep the workflow for long, and nobody must decide about what will not happen.
      if (isCancellation(error)) replace(cancel(get(approvalId), Date.now()));
      throw error;
    }
    if (Date.now() >= endMs) replace(expire(get(approvalId), Date.now()));
  }

  /** A decision that came in time keeps the deadline waiting until it has been taken. */
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
      // What cannot be reviewed cannot be approved; the question stays open.
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
    if (size <= APPROVALS_BYTES || receipt.outcome !== 'applied') return null;
    const message = `would make the approvals of this turn ${inDigits(size)} bytes large, at most ${inDigits(APPROVALS_BYTES)} are allowed`;
    return refused(before, decision, 'too_large', { field: '', message });
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

/** No id of an approval has a space in it. */
function ofPerson({ approvalId, approver }: Decision): string {
  return `${approvalId} ${approver.id}`;
}

/** Each object is measured once. */
const measured = new WeakMap<AnyApproval, number>();

export function bytesOf(approval: AnyApproval): number {
  const known = measured.get(approval) ?? jsonBytes(approval);
  measured.set(approval, known);
  return known;
}
