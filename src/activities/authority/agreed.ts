import type { AnyApproval } from '../../contracts/approval/approval.ts';
import type { DecisionRecord } from '../../contracts/approval/decision.ts';
import { weightUnder } from '../../contracts/deciding/right-to-vote.ts';
import { missingUnder, missingWords } from '../../contracts/deciding/standing.ts';
import type { SignOff } from '../../contracts/steps.ts';

/** Whether those who have voted are enough, as the directory knows them now. */

/** The same with everybody under the directory's id, where it matters whether two of them are one. */
export async function asKnown(
  approval: SignOff,
  { rule }: Pick<AnyApproval, 'rule'>,
  idsOf: (names: string[]) => Promise<ReadonlyMap<string, string>> | undefined,
): Promise<Known> {
  const { votes, requestedBy, startedBy, author } = approval;
  const named = votes.map((vote) => ({ ...vote, name: vote.approver.id }));
  if (votes.length < 2 && rule?.notRequester !== true) return { ...approval, votes: named };
  const names = [...named.map(({ name }) => name), requestedBy, startedBy, author];
  const ids = await idsOf(names.filter((name) => name !== undefined));
  const idOf = (name: string): string => ids?.get(name) ?? name;
  return {
    ...approval,
    votes: named.map((vote) => ({ ...vote, approver: { ...vote.approver, id: idOf(vote.name) } })),
    ...(requestedBy !== undefined && { requestedBy: idOf(requestedBy) }),
    ...(startedBy !== undefined && { startedBy: idOf(startedBy) }),
    ...(author !== undefined && { author: idOf(author) }),
  };
}

/** Votes keep the name under which they came. */
type Known = Omit<SignOff, 'votes'> & { votes: (SignOff['votes'][number] & { name: string })[] };

/** What these votes lack under a rule, once those of some people no longer count; null when they are enough. */
export function missingFor(
  { votes, author: last, requestedBy, startedBy, requestedAt, resolvedAt }: Known,
  { approvers, rule }: Pick<AnyApproval, 'approvers' | 'rule'>,
  gone: ReadonlySet<string>,
): string | null {
  const asked = {
    ...{ ...(approvers && { approvers }), ...(rule && { rule }), requestedAt },
    ...{ ...(requestedBy !== undefined && { requestedBy }), ...(startedBy !== undefined && { startedBy }) },
  };
  const weightOf = (vote: DecisionRecord) => weightUnder(asked, vote, Date.parse(resolvedAt));
  const standing = votes.filter((vote) => !gone.has(vote.name) && weightOf(vote) !== 'none');
  if (standing.some((vote) => weightOf(vote) === 'alone')) return null;
  // A vote that changed the arguments says itself who their author is.
  const author = votes.find(({ decision }) => decision === 'edit')?.approver.id ?? last;
  const missing = missingUnder(asked, standing, author);
  return missing === null ? null : missingWords(missing);
}
