import type { AnyApproval, AnyShownApproval, Proposal, Proposer, Shown, Vote } from '../approval/approval.ts';
import type { DecisionRecord } from '../approval/decision.ts';
import type { ToolArguments } from '../tool-call.ts';

/**
 * What was proposed for a call: the model's own arguments (or a request's), then what each person made of them. Nothing that was
 * proposed is ever lost. Temporal holds each once: what stands in `arguments` is not repeated in `replaced`, nor in the edit that
 * brought it, so that an edit takes no more room than its arguments. Readers get the whole.
 */

/** All proposals, oldest first; the last one is what runs if it is approved. */
export function proposalsOf(approval: AnyApproval): Proposal[] {
  return [
    ...(approval.replaced ?? []).map((proposal) =>
      proposal.votes === undefined ? proposal : { ...proposal, votes: proposal.votes.map(whole(proposal)) },
    ),
    currentOf(approval),
  ];
}

/** Who has proposed what stands in `arguments`, and when. */
export function currentOf(approval: AnyApproval | AnyShownApproval): Proposal {
  const last = 'proposals' in approval ? approval.proposals.at(-1) : undefined;
  if (last !== undefined) return last;
  const { arguments: args, argumentsDigest, proposed, requestedAt }: AnyApproval = approval;
  return {
    ...(proposed ?? { by: firstProposer(approval), at: requestedAt }),
    arguments: args,
    argumentsDigest,
  };
}

/** The decision as it was sent. */
export function decisionOf(approval: AnyApproval): DecisionRecord | undefined {
  return approval.decision && whole(approval)(approval.decision);
}

/** Every vote that was ever counted, as it was sent, those included that fell when somebody changed the arguments. */
export function votesOf(approval: AnyApproval | AnyShownApproval): DecisionRecord[] {
  const earlier = 'proposals' in approval ? approval.proposals : (approval.replaced ?? []);
  const fallen = earlier.flatMap((proposal) => (proposal.votes ?? []).map(whole(proposal)));
  const standing = approval.votes ?? (approval.decision === undefined ? [] : [approval.decision]);
  return [...fallen, ...standing.map(whole(approval))];
}

/** The approval as readers see it. */
export function shown<Held extends AnyApproval>(approval: Held): Shown<Held> {
  const { replaced: _replaced, proposed: _proposed, ...rest } = approval;
  const decision = decisionOf(approval);
  const votes = approval.votes?.map(whole(approval));
  return {
    ...rest,
    ...(decision && { decision }),
    ...(votes && { votes }),
    proposals: proposalsOf(approval),
  } as Shown<Held>;
}

/** An edit is kept without the arguments that it brought. */
function whole({ arguments: brought }: { arguments: ToolArguments }) {
  return <Kept extends DecisionRecord | Vote>(kept: Kept): Kept =>
    kept.decision === 'edit' && kept.arguments === undefined ? { ...kept, arguments: brought } : kept;
}

function firstProposer({ turnId, requestedBy }: Pick<AnyApproval, 'turnId' | 'requestedBy'>): Proposer {
  return turnId === undefined ? { kind: 'requester', id: requestedBy ?? '' } : { kind: 'model' };
}
