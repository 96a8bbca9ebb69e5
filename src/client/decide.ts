import { randomUUID } from 'node:crypto';

import type { SigningKey } from '@countersign/receipts';
import { WorkflowNotFoundError, type Client } from '@temporalio/client';

import type { AnyShownApproval } from '../contracts/approval/approval.ts';
import {
  ApproverSchema,
  DecisionBodySchema,
  type Accepted,
  type Decision,
  type NewDecision,
  type Receipt,
} from '../contracts/approval/decision.ts';
import { attested } from '../contracts/approval/attest.ts';
import type { GrantTerms } from '../contracts/approval/rule.ts';
import { grantProblem } from '../contracts/deciding/granting.ts';
import { votesOf } from '../contracts/deciding/proposals.ts';
import { voteUnderIdOf } from '../contracts/deciding/same-decision.ts';
import { isTenant, workflowOfApproval } from '../contracts/ids.ts';
import { decide, decideNow } from '../workflows/messages.ts';
import { isUnanswered, receiptOfUnchanged } from './decide-now.ts';
import { requireFits } from './input-error.ts';
import { reuseOfLeft } from './left-decisions.ts';
import { receiptOfSettled, reusedReceipt } from './receipts.ts';

/** The parts of a decision whose size is limited. */
const SentDecisionSchema = DecisionBodySchema.safeExtend({ approver: ApproverSchema });

export function createDecider(
  temporal: Client,
  {
    updateLimitMs,
    getApproval,
    signingKey,
  }: {
    updateLimitMs: number;
    signingKey?: SigningKey;
    getApproval: (tenant: string, approvalId: string) => Promise<AnyShownApproval | null>;
  },
) {
  return decideApproval;

  /**
   * Gives a decision to the workflow that holds the approval: by update, so that the receipt says what became of it, else by
   * signal, so that it is kept until a worker is back. Both carry the same decision id and count once. A decision id that its sender
   * used for another decision is `reused`, also while that one is kept for a worker. To repeat a decision safely, give it a
   * `decisionId`.
   *
   * @example
   * ```ts
   * const receipt = await client.decide('acme', {
   *   approvalId,
   *   decision: 'approve',
   *   approver: { id: 'grace', groups: ['finance'] },
   * });
   * console.log(receipt?.outcome); // 'applied', 'duplicate', 'conflict', 'expired', …; 'accepted' while no worker is up
   * ```
   *
   * @returns null when the tenant has no such approval.
   * @throws TooLargeError for arguments or texts larger than contracts/limits.ts allows.
   */
  async function decideApproval(tenant: string, given: NewDecision): Promise<Receipt | Accepted | null> {
    const completed = await complete(tenant, given);
    if ('outcome' in completed) return completed.outcome === 'unknown' ? null : completed;
    const decision = await signed(tenant, completed);
    requireFits(SentDecisionSchema, decision);
    const { approvalId, decisionId } = decision;
    const workflowId = workflowOfApproval(tenant, approvalId);
    if (workflowId === null || !isTenant(tenant)) return null;
    const holder = temporal.workflow.getHandle(workflowId);
    try {
      const receipt = await temporal.withDeadline(Date.now() + updateLimitMs, () =>
        holder.executeUpdate(decideNow, { args: [decision] }),
      );
      return receipt.outcome === 'unknown' ? null : receipt;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return receiptOfClosed(tenant, decision);
      const unchanged = receiptOfUnchanged(error);
      if (unchanged !== null) return unchanged.outcome === 'unknown' ? null : unchanged;
      if (!isUnanswered(error)) throw error;
    }
    const approval = await getApproval(tenant, approvalId);
    if (approval === null) return null;
    // Many decide at once and this one did not get its turn in time: what is settled needs no further decision.
    if (approval.status !== 'pending') return receiptOfSettled(approval, decision);
    const reuse = await reuseOfLeft(temporal, workflowId, approval, decision);
    if (reuse !== null) return reusedReceipt(approval, decision, reuse);
    try {
      await holder.signal(decide, decision);
      return { outcome: 'accepted', approvalId, decisionId };
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return receiptOfClosed(tenant, decision);
      throw error;
    }
  }

  /** With its attestation, where this client signs. Whoever names no digest has decided about what stands there now. */
  async function signed(tenant: string, decision: Decision): Promise<Decision> {
    if (signingKey === undefined || !isTenant(tenant)) return decision;
    const { authenticated = { by: 'client' } } = decision;
    const argumentsDigest =
      decision.argumentsDigest ?? (await getApproval(tenant, decision.approvalId))?.argumentsDigest;
    const whole = { ...decision, authenticated, ...(argumentsDigest !== undefined && { argumentsDigest }) };
    return attested(signingKey, tenant, whole);
  }

  /** The workflow is over, so its approvals cannot change: the receipt follows from what they became. */
  async function receiptOfClosed(tenant: string, decision: Decision): Promise<Receipt | null> {
    const approval = await getApproval(tenant, decision.approvalId);
    return approval && receiptOfSettled(approval, decision);
  }

  /** A decision with all that travels with it; a refusal where it grants what the policy lets nobody grant. */
  async function complete(
    tenant: string,
    { decisionId = randomUUID(), decidedAt, source, grant, ...given }: NewDecision,
  ): Promise<Decision | Receipt> {
    const decision: Decision = {
      ...given,
      decisionId,
      decidedAt: decidedAt ?? new Date().toISOString(),
      source: source ?? 'client',
    };
    if (grant === undefined) return decision;
    const { approvalId } = decision;
    const approval = isTenant(tenant) ? await getApproval(tenant, approvalId) : null;
    if (approval === null) return { outcome: 'unknown', approvalId, decisionId };
    // What is signed is what the person was shown: the policy's terms, or less time. Sent again, it is what it was the first time.
    const may = voteUnderIdOf(votesOf(approval), decision)?.grant ?? approval.rule?.mayGrant;
    if (may !== undefined) return { ...decision, grant: { ...may, ...(grant !== true && grant) } };
    const asked = { ...decision, grant: NO_TERMS };
    if (approval.status !== 'pending') return receiptOfSettled(approval, asked);
    return notPossible(approval, asked);
  }
}

/** Of a grant where no policy says what it would be: it is asked for, and lets nothing through. */
const NO_TERMS: GrantTerms = { forMs: 0, narrowerBy: [], boundTo: 'conversation' };

function notPossible(approval: AnyShownApproval, decision: Decision): Receipt {
  const { status, argumentsDigest } = approval;
  const { approvalId, decisionId } = decision;
  const problem = grantProblem(approval, decision);
  return {
    ...{ outcome: 'refused', approvalId, decisionId, status, argumentsDigest, reason: 'not_possible' },
    ...(problem && { problems: [problem] }),
  };
}
