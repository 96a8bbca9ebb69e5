import type { AnyApproval, Proposal, Proposer, Shown } from '../approval/approval.ts';
import type { DecisionRecord } from '../approval/decision.ts';

/**
 * What was proposed for a call: the model's own arguments (or a request's), then what each person made of them. Nothing that was
 * proposed is ever lost. Temporal holds each once: what stands in `arguments` is not repeated in `replaced`, nor in the edit that
 * brought it, so that an edit takes no more room than its arguments. Readers get the whole.
 */

/** All proposals, oldest first; the last one is what runs if it is approved. */
export function proposalsOf(approval: AnyApproval): Proposal[] {
  return [...(approval.replaced ?? []), currentOf(approval)];
}

/** Who has proposed what stands in `arguments`, and when. */
export function currentOf({
  arguments: args,
  argumentsDigest,
  replaced,
  ...approval
}: AnyApproval): Proposal {
  const { decision, requestedAt, resolvedAt } = approval;
  const isEdited = replaced !== undefined && decision !== undefined;
  const by: Proposer = isEdited ? { kind: 'person', id: decision.approver.id } : firstProposer(approval);
  return {
    by,
    at: isEdited ? (resolvedAt ?? decision.decidedAt) : requestedAt,
    arguments: args,
    argumentsDigest,
  };
}

/** The decision as it was sent. */
export function decisionOf({ decision, arguments: args }: AnyApproval): DecisionRecord | undefined {
  if (decision?.decision !== 'edit' || decision.arguments !== undefined) return decision;
  return { ...decision, arguments: args };
}

/** The approval as readers see it. */
export function shown<Held extends AnyApproval>(approval: Held): Shown<Held> {
  const { replaced: _replaced, ...rest } = approval;
  const decision = decisionOf(approval);
  return { ...rest, ...(decision && { decision }), proposals: proposalsOf(approval) } as Shown<Held>;
}

function firstProposer({ turnId, requestedBy }: Pick<AnyApproval, 'turnId' | 'requestedBy'>): Proposer {
  return turnId === undefined ? { kind: 'requester', id: requestedBy ?? '' } : { kind: 'model' };
}
