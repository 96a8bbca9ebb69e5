import type { AnyShownApproval } from '../../../contracts/approval/approval.ts';
import type { Approver } from '../../../contracts/approval/decision.ts';
import { personProblem } from '../../../contracts/deciding/right-to-vote.ts';
import { quorumOf } from '../../../contracts/deciding/standing.ts';
import { jsonBytes } from '../../../contracts/size.ts';
import { notWhatItSeems } from '../arguments-table.ts';
import { mustBe } from '../card/right-words.ts';
import { words } from '../strings/words.ts';

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
  const { card, several } = words();
  const { why } = several;
  const problem = personProblem(approval, approver, nowMs);
  if (problem !== null) {
    const isEmergency = breakGlass?.groups.some((group) => approver.groups?.includes(group)) === true;
    return isEmergency ? why.emergency : card.whoeverOfIt(mustBe(approval, problem, approver, nowMs));
  }
  if (auth?.passkey) return why.passkey;
  if (auth !== undefined) return why.auth;
  if (note === 'always') return why.note;
  if (note === 'deny' && decision === 'deny') return why.denyNote;
  const { approve, deny, from = [] } = quorumOf(approval);
  if (approve > 1 || deny > 1 || from.length > 0) return why.quorum;
  if (proposals.length > 1) return why.changed;
  if (approval.askedBefore !== undefined) return why.again;
  if (jsonBytes(args) > MOST_BYTES) return why.long;
  const isCut =
    presented?.by === 'tool' &&
    (presented.left !== undefined || presented.fields.some(({ left }) => left !== undefined));
  if (isCut) return why.cut;
  const { hidden, lookAlikes } = notWhatItSeems(args);
  if (hidden.length + lookAlikes.length > 0) return why.deceives;
  return null;
}
