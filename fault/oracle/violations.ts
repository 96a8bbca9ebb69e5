import type { TurnView } from '../../src/contracts/turn.ts';
import type { ShownApproval } from '../../src/contracts/approval/approval.ts';
import type { DecisionRecord } from '../../src/contracts/approval/decision.ts';
import type { Records } from '../records.ts';

/** What must never be, and what each name means. */
export const VIOLATIONS = {
  'turn.lost': 'an accepted turn that is not over, or unknown',
  'turn.ended-badly': 'a turn that failed, expired or was cancelled though nothing planned made it so',
  'turn.twice': 'one Idempotency-Key, two turns',
  'turn.refused': 'a turn the API never accepted',
  'turn.hung': 'a turn that was over long after nothing held it any more',
  'reply.empty': 'a completed turn without words',
  'continuation.missing':
    'a completed turn with a parked question, and the model was never told what became of it',
  'run.twice': 'two runs under one key',
  'run.stranger': 'a run of no turn',
  'run.left': 'a run that waits or works under a turn that is over',
  'message.twice': "the user's message twice on the thread",
  'message.missing': "a completed turn whose user's message is not on the thread",
  'submit.twice': 'two accepted submits for one requires_action',
  'submit.missing': 'a completed turn that asked for an action, and no request took its output',
  'told.wrong': 'an output that tells the model other than what happened',
  'approval.missing': 'a completed turn whose risky call nobody was asked about',
  'approval.left-open': 'a pending approval under a turn that is over',
  'tenant.wrong': 'an approval or an effect under another tenant than the turn',
  'decision.unsent': 'a planned decision that was never given, though the turn is over',
  'decision.lost': 'a decision that was answered as counted, or as safely left, and is not in the record',
  'decision.stranger': 'a winner nobody sent, or not as it was sent',
  'decision.two-winners': 'two decisions of one approval answered as applied',
  'decision.forged': 'a decision that nobody has signed, and that counted',
  'rule.broken': 'an action that was approved without the people its rule wants',
  'decision.unanswered': 'a decision the API never answered conclusively',
  'conflict.misnamed': 'a conflict that names no winner, or another than the record',
  'effect.twice': 'one call, two effects',
  'effect.unmatched':
    'an effect without an approval of these arguments, this tool, this tenant and this approver',
  'effect.forbidden': 'an effect of a call that was denied, answered, expired or cancelled',
  'effect.ungranted': 'an effect by a grant that nobody gave, or that was taken back before it began',
  'effect.missing': 'a call that was approved and reported as executed, and had no effect',
  'outcome.silent': 'an approved call of a turn that is over, whose outcome is not told',
  'outcome.wrong': 'a call reported as failed, or as not executed, that had its effect',
  'outcome.unknown': 'a call reported as unknown though its tool can be run or asked again',
  'effect.unrecorded': 'an effect without one entry of its begin and one of its end',
  'entry.missing': 'an approval, a vote or a settlement that no entry tells of',
  'entry.twice': 'one fact, two entries',
  'entry.stranger': 'an entry of something that no turn tells of',
  'record.hole': 'a sequence with a hole',
  'record.damaged': 'an export that does not verify with the keys alone',
  'record.finding': 'entries that the rule of their approval does not allow, by a verifier',
  'record.audit': 'what the audit finds between the record and Temporal',
  'records.incomplete': 'a record that does not reach back to the beginning',
} as const;

export type ViolationKind = keyof typeof VIOLATIONS;

export interface Violation {
  kind: ViolationKind;
  /** The turn, approval, run or order it is about. */
  subject: string;
  detail: string;
}

export type Complain = (kind: ViolationKind, subject: string, detail: string) => void;

export function viewsOf({ views }: Records): TurnView[] {
  return Object.values(views).filter((view) => view !== null);
}

export function approvalsOf(records: Records): ShownApproval[] {
  return viewsOf(records).flatMap(({ approvals }) => approvals);
}

/** Every vote that ever counted, those included that fell when somebody changed the arguments. */
export function votesOf(approval: ShownApproval): DecisionRecord[] {
  const { votes, decision, proposals, byGrant } = approval;
  const fallen = proposals.flatMap((proposal) => proposal.votes ?? []);
  // Those that gave a grant were cast where it was given.
  if (byGrant !== undefined) return fallen;
  return [...fallen, ...(votes ?? (decision === undefined ? [] : [decision]))];
}
