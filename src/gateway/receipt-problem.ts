import type { Accepted, Receipt, RefusalReason } from '../contracts/approval/decision.ts';
import { Problem, type ProblemType } from './problem.ts';

const REFUSALS = {
  malformed_decision: ['malformed-decision', 'The decision is malformed; the approval is still pending.'],
  digest_mismatch: [
    'digest-mismatch',
    'The argumentsDigest does not match: the approval’s arguments differ from those that were shown. Read the approval again.',
  ],
  invalid_arguments: [
    'invalid-arguments',
    'The edited arguments do not fit the tool; the approval is still pending.',
  ],
  forbidden: [
    'forbidden-by-policy',
    'The policy forbids the action with these arguments; the approval is still pending.',
  ],
  not_an_approver: ['not-an-approver', 'The approver is not among those who may decide this approval.'],
  requester: ['own-request', 'Somebody else than the requester must decide; the approval is still pending.'],
  revoked: ['revoked', 'The right of this person to decide has been taken away; nothing changed.'],
  authentication_too_old: [
    'authentication-too-old',
    'The policy wants a person who has shown more recently, or more strongly, who they are; the approval is still pending.',
  ],
  already_voted: ['already-voted', 'This person has voted before, and a vote stands.'],
  note_required: ['note-required', 'The policy wants a reason in "note"; the approval is still pending.'],
  not_break_glass: [
    'break-glass-refused',
    'The approval cannot be settled by right of emergency like this; it is still pending.',
  ],
  unattested: [
    'unattested',
    'The workers count only decisions that a gateway has signed with a key they trust; the approval is still pending.',
  ],
  not_possible: [
    'decision-not-possible',
    'This action can be approved or denied only; the approval is still pending.',
  ],
  under_review: [
    'decision-under-review',
    'Another person’s edit is being checked; this decision changed nothing. Read the approval in a moment, then decide again.',
  ],
  too_many_edits: [
    'decision-not-possible',
    'Too many edits by this person were refused; the approval is still pending.',
  ],
  too_large: [
    'too-large',
    'The decision is too large beside the turn’s other approvals; the approval is still pending.',
  ],
} as const satisfies Record<RefusalReason, readonly [ProblemType, string]>;

const REUSED =
  'The decision id was used before for another decision, which counts. This one changed nothing: read the approval, and use a new id for another decision.';

/** The receipt when the decision counts: it settled the approval, it is a vote, it had been counted before, or it is safely left. */
export function countedReceipt(receipt: Receipt | Accepted | null): Receipt | Accepted {
  if (receipt === null) throw approvalNotFound();
  const { approvalId, decisionId } = receipt;
  const members = { approvalId, decisionId };
  switch (receipt.outcome) {
    case 'accepted':
    case 'applied':
    case 'voted':
    case 'duplicate':
      return receipt;
    case 'reused':
      throw new Problem('decision-id-reused', REUSED, {
        members: { ...members, ...(receipt.status && { approvalStatus: receipt.status }) },
        ...(receipt.problems && { errors: receipt.problems }),
      });
    case 'conflict': {
      const { winner, status } = receipt;
      const named = winner && {
        decision: winner.decision,
        approver: { id: winner.approver.id },
        decidedAt: winner.decidedAt,
      };
      const by = named ? `: "${named.decision}" by ${named.approver.id} at ${named.decidedAt}` : '';
      throw new Problem('approval-already-decided', `Another decision came first${by}. Nothing changed.`, {
        members: { ...members, ...(status && { approvalStatus: status }), ...(named && { winner: named }) },
      });
    }
    case 'expired':
      throw new Problem('approval-expired', 'The deadline has passed; nothing was carried out.', { members });
    case 'cancelled':
      throw new Problem('approval-cancelled', 'The turn was cancelled or ended; nothing was carried out.', {
        members,
      });
    case 'refused': {
      const [type, detail] = REFUSALS[receipt.reason ?? 'malformed_decision'];
      throw new Problem(type, detail, { members, ...(receipt.problems && { errors: receipt.problems }) });
    }
    case 'unknown':
      throw approvalNotFound();
    default:
      return receipt satisfies never;
  }
}

/** The same words whether the id is malformed, unknown or another tenant's. */
export function approvalNotFound(): Problem {
  return new Problem('approval-not-found', 'No approval of this tenant has this id.');
}
