import { ActivityFailure, condition, isCancellation } from '@temporalio/workflow';

import type { AnyApproval, Approval } from '../contracts/approval/approval.ts';
import type { ToolArguments } from '../contracts/tool-call.ts';
import type { Decision, Receipt } from '../contracts/approval/decision.ts';
import type { ReviewedEdit } from '../contracts/approval/review.ts';
import type { AttestationChecked, CheckAttestation } from '../contracts/steps.ts';
import { APPROVALS_BYTES, REFUSED_EDITS } from '../contracts/limits.ts';
import { inDigits, jsonBytes } from '../contracts/size.ts';
import type { Facts } from './facts.ts';
import { applyDecision, cancel, endsAtMs, expire, type Settlement } from './ledger.ts';

/** A deadline waits at most this long for the review of a decision that came in time. */
const REVIEW_GRACE_MS = 60_000;

/** Clocks of gateways and of Temporal may differ by so much. */
const SKEW_MS = 5 * 60_000;

/**
 * The current approvals of a turn or request. A change makes a new object. The ledger judges a decision; this file collects what the
 * ledger needs.
 */
export interface Approvals<Held extends AnyApproval = Approval> {
  readonly all: Held[];
  add(approval: Held): void;
  find(approvalId: string): Held | undefined;
  /** @throws TypeError if there is no such approval. */
  get(approvalId: string): Held;
  /** Replaces the approval with the same id, and publishes a change. */
  replace(approval: Held): void;
  /** Sets the action's outcome. Success is published with the next change, which saves an event. */
  note(approvalId: string, outcome: NonNullable<Approval['outcome']>, output?: string): void;
  /** @param way.mayWait - nobody waits for the receipt, so this decision may wait for the review of another one. */
  decide: (decision: Decision, way: { mayWait: boolean }) => Promise<Receipt>;
  foresee: (decision: Decision) => Receipt | null;
  settled: (approvalId: string, isEnough?: () => boolean) => Promise<void>;
  /** The size of all approvals as JSON. */
  bytes(): number;
}

/**
 * @param deps.review - reviews the arguments of an edit.
 * @param deps.facts - hears of every change, for the record.
 * @param deps.attest - checks the signature of a decision, where one is needed.
 */
export function createApprovals<Held extends AnyApproval = Approval>(deps: {
  changed: () => void;
  alarm: (atMs: number) => void;
  review: (approval: Held, proposed: ToolArguments) => Promise<ReviewedEdit>;
  facts: Pick<Facts, 'changed' | 'noted'>;
  attest: (sent: CheckAttestation) => Promise<AttestationChecked>;
}): Approvals<Held> {
  const all: Held[] = [];
  /** By approval: the edit under review, and the number of timely decisions that are not judged yet. */
  const reviews = new Map<string, Decision>();
  const inLine = new Map<string, number>();
  /** By approval and person. */
  const refusals = new Map<string, number>();
  const add = (approval: Held) => all.push(approval);
  return { all, add, find, get, replace, note, decide, foresee, settled, bytes };

  async function decide(decision: Decision, { mayWait }: { mayWait: boolean }): Promise<Receipt> {
    const foreseen = foresee(decision);
    if (foreseen !== null && !(mayWait && foreseen.reason === 'under_review')) return foreseen;
    const { approvalId } = decision;
    const enteredMs = timeOf(get(approvalId), decision);
    const leave = enter(approvalId, enteredMs);
    try {
      // Where nothing has to be checked nothing is waited for: the next decision must find this one under review.
      const unattested = get(approvalId).isAttested ? await signatureProblem(decision) : null;
      if (unattested !== null) return unattested;
      // In order of arrival: each is judged by the result of the one before. All waiting decisions wake together, so the others check
      // again.
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
      // The turn is over, and so is the approval: the sender is told, and the turn ends.
      replace(cancel(get(approvalId), Date.now()));
      return applyDecision(get(approvalId), decision, undefined, enteredMs).receipt;
    } finally {
      leave();
    }
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

  /**
   * Waits for the decision until the deadline; `isEnough` ends the wait without one. The time of arrival counts. So the deadline waits up
   * to a minute for the review of a timely decision. A workflow that is cancelled meanwhile cancels the approval.
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
      // At once: other work may keep the workflow for long, and nobody should decide about an action that will not happen.
      if (isCancellation(error)) replace(cancel(get(approvalId), Date.now()));
      throw error;
    }
    if (Date.now() >= endMs) replace(expire(get(approvalId), Date.now()));
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

  async function signatureProblem(decision: Decision): Promise<Receipt | null> {
    const refuse = (message: string): Receipt =>
      refused(get(decision.approvalId), decision, 'unattested', { field: 'attestation', message });
    if (Date.parse(decision.decidedAt) > Date.now() + SKEW_MS)
      return refuse('is refused: the decision is of a time that has not come yet.');
    try {
      const checked = await deps.attest({ tenant: get(decision.approvalId).tenant, decision });
      return checked.ok ? null : refuse(`is refused: the decision ${checked.problem}.`);
    } catch (error) {
      if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
      return refuse(`cannot be checked: ${error.cause?.message ?? error.message}`);
    }
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
    const before = all[index];
    if (before === undefined || before === approval) return;
    deps.facts.changed(before, approval);
    all[index] = approval;
    deps.changed();
  }

  function note(approvalId: string, outcome: NonNullable<Approval['outcome']>, output?: string): void {
    const index = indexOf(approvalId);
    if (index < 0) return;
    all[index] = { ...get(approvalId), outcome };
    deps.facts.noted(get(approvalId), outcome, output);
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

/** Each object is measured once. */
const measured = new WeakMap<AnyApproval, number>();

export function bytesOf(approval: AnyApproval): number {
  const known = measured.get(approval) ?? jsonBytes(approval);
  measured.set(approval, known);
  return known;
}
