import type { AnyApproval } from '../../contracts/approval/approval.ts';
import type { DecisionRecord } from '../../contracts/approval/decision.ts';
import { weightUnder } from '../../contracts/deciding/right-to-vote.ts';
import { missingUnder, missingWords } from '../../contracts/deciding/standing.ts';
import type { SignOff } from '../../contracts/steps.ts';

/** Whether those who have voted are enough, as the directory knows them now. */
export interface Directory {
  /** Those of these people whose right has been taken away. */
  revoked?: ((tenant: string, people: string[]) => Promise<ReadonlySet<string>>) | undefined;
  /** The directory's ids of people who came under these names. */
  idsOf?: ((tenant: string, names: string[]) => Promise<ReadonlyMap<string, string>>) | undefined;
}

type Asks = Pick<AnyApproval, 'approvers' | 'rule'>;

/** Who of them may not vote any more, and what the others' votes lack under a rule; `missing` is null when they are enough. */
export async function agreedUnder(
  asks: Asks,
  approval: SignOff,
  { tenant, revoked, idsOf }: Directory & { tenant: string },
): Promise<{ missing: string | null; gone: string[] }> {
  const people = approval.votes.map(({ approver }) => approver.id);
  const gone = (await revoked?.(tenant, people)) ?? new Set<string>();
  const known = await asKnown(approval, asks, (names) => idsOf?.(tenant, names));
  return { missing: missingFor(known, asks, gone), gone: [...gone].filter((id) => people.includes(id)) };
}

/** The same with everybody under the directory's id, where it matters whether two of them are one. */
async function asKnown(
  approval: SignOff,
  { rule }: Asks,
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
function missingFor(
  { votes, author: last, requestedBy, startedBy, requestedAt, resolvedAt }: Known,
  { approvers, rule }: Asks,
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
