import type { AnyApproval } from '../../../contracts/approval/approval.ts';
import type { Approver } from '../../../contracts/approval/decision.ts';
import { groupsAt } from '../../../contracts/deciding/groups-at.ts';
import type { Refusal } from '../../../contracts/deciding/right-to-vote.ts';
import { words } from '../strings/words.ts';

/** What whoever decides must be, as the end of a sentence about them; the reader is not. */
export function mustBe(
  approval: AnyApproval,
  { reason, message }: Pick<Refusal, 'reason' | 'message'>,
  approver: Approver,
  nowMs: number,
): string {
  const { must } = words().card;
  switch (reason) {
    case 'not_an_approver': {
      const person = approval.rule?.person;
      const groups = groupsAt(approval, nowMs) ?? [];
      return person !== undefined && person !== approver.id
        ? must.bePerson(person)
        : must.beOf(groups.join(', '));
    }
    case 'requester':
      return must.beOther(approver.id);
    case 'already_voted':
      return must.notHaveVoted;
    default:
      return message;
  }
}
