import type { AnyShownApproval, Vote } from '../../contracts/approval/approval.ts';
import { missingOf, missingWords } from '../../contracts/deciding/standing.ts';
import { visible } from '../../contracts/visible/visible.ts';

/** Who may decide, who has voted, whose vote is missing, and whether anybody can: as lines of a card. */
export function voteLines(approval: AnyShownApproval): string[] {
  const { approvers, votes = [], unmeetable, status } = approval;
  const isPending = status === 'pending';
  const missing = missingOfSeveral(approval);
  return [
    ...(approvers && isPending ? [`  approvers  ${visible(approvers.join(', '))}`] : []),
    ...votes.map((vote) => `  vote       ${voteWords(vote)}, at ${vote.at}${noteOf(vote)}`),
    ...(missing === null ? [] : [`  missing    ${visible(missing)}`]),
    ...(isPending && unmeetable !== undefined
      ? [`  rule       nobody can meet this rule: ${visible(unmeetable)}`]
      : []),
  ];
}

/** The same in few words, for a list; null where one person's decision is enough, and can be given. */
export function votesInShort(approval: AnyShownApproval): string | null {
  const { votes = [], unmeetable } = approval;
  const missing = missingOfSeveral(approval);
  const parts = [
    ...votes.map(voteWords),
    ...(missing === null ? [] : [`missing: ${visible(missing)}`]),
    ...(unmeetable === undefined ? [] : [`nobody can meet this rule: ${visible(unmeetable)}`]),
  ];
  return parts.length === 0 ? null : parts.join('; ');
}

/** Where one is enough it goes without saying. */
function missingOfSeveral(approval: AnyShownApproval): string | null {
  const { rule, votes = [], status } = approval;
  if (status !== 'pending' || (rule?.quorum === undefined && votes.length === 0)) return null;
  const missing = missingOf(approval);
  return missing === null ? null : missingWords(missing);
}

function voteWords({ approver, decision }: Vote): string {
  return `${visible(approver.id)}: ${decision}`;
}

function noteOf({ note }: Vote): string {
  return note === undefined ? '' : `, "${visible(note)}"`;
}
