import type { AnyShownApproval } from '../../../contracts/approval/approval.ts';
import type { Approver } from '../../../contracts/approval/decision.ts';
import { personProblem } from '../../../contracts/deciding/right-to-vote.ts';
import { quorumOf } from '../../../contracts/deciding/standing.ts';
import { jsonBytes } from '../../../contracts/size.ts';
import { notWhatItSeems } from '../arguments-table.ts';

/** What may be decided among others: one that is shown whole there, and that a yes or a no of one person settles. */

export type BatchDecision = 'approve' | 'deny';

/** So much of arguments is read among others. */
const MOST_BYTES = 4_000;

/**
 * Why it must be decided on its own card, as a sentence; null when it may be decided among others.
 *
 * @param decision - absent before anything is decided.
 */
export function whyAlone(
  approval: AnyShownApproval,
  approver: Approver,
  nowMs: number,
  decision?: BatchDecision,
): string | null {
  const { rule = {}, proposals, presented, arguments: args } = approval;
  const { auth, note, breakGlass } = rule;
  const problem = personProblem(approval, approver, nowMs);
  if (problem !== null) {
    const isEmergency = breakGlass?.groups.some((group) => approver.groups?.includes(group)) === true;
    return isEmergency
      ? 'You may decide it only by right of emergency, with a reason.'
      : `Whoever decides it ${problem.message}`;
  }
  if (auth?.passkey) return 'It needs the touch of a passkey.';
  if (auth !== undefined) return 'Its policy looks at when and how you signed in.';
  if (note === 'always') return 'It needs a note.';
  if (note === 'deny' && decision === 'deny') return 'A denial of it needs a note.';
  const { approve, deny, from = [] } = quorumOf(approval);
  if (approve > 1 || deny > 1 || from.length > 0) return 'Several people must agree to it.';
  if (proposals.length > 1) return 'Somebody has changed its arguments.';
  if (approval.askedBefore !== undefined) return 'It was approved before, and is asked again.';
  if (jsonBytes(args) > MOST_BYTES) return 'It is too long to be read among others.';
  const isCut =
    presented?.by === 'tool' &&
    (presented.left !== undefined || presented.fields.some(({ left }) => left !== undefined));
  if (isCut) return 'What its tool shows of it is cut.';
  const { hidden, lookAlikes } = notWhatItSeems(args);
  if (hidden.length + lookAlikes.length > 0) return 'It holds characters that may deceive.';
  return null;
}
