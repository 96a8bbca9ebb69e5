import type { AnyApproval, Vote } from '../approval/approval.ts';
import type { Approver, Missing } from '../approval/decision.ts';
import type { Quorum } from '../approval/rule.ts';
import { currentOf } from './proposals.ts';
import { isSamePerson, personOf } from './same-person.ts';

/**
 * How far an approval has come: which votes count, and whose are missing. The ledger settles by it, and cards show it. Imports nothing
 * at run time but its neighbours, because workflows load it.
 */

type Asked = AnyApproval;

const ONE: Quorum = { approve: 1, deny: 1 };

export function quorumOf({ rule }: Pick<Asked, 'rule'>): Quorum {
  return rule?.quorum ?? ONE;
}

/** What is missing before it is approved; null when nothing is. */
export function missingOf(approval: Asked, votes: readonly Vote[] = approval.votes ?? []): Missing | null {
  const author = authorOf(approval);
  return missingUnder(approval, votes, author);
}

/**
 * The same for any rule.
 *
 * @param author - the person who changed the arguments last; undefined while they are the model's or the requester's.
 */
export function missingUnder(
  { rule }: Pick<Asked, 'rule'>,
  votes: readonly Pick<Vote, 'decision' | 'approver'>[],
  author: string | undefined,
): Missing | null {
  const { approve, from = [] } = quorumOf({ ...(rule && { rule }) });
  const voters = approversOf(votes);
  const approvals = Math.max(0, approve - voters.length);
  const short = from.flatMap(({ group, atLeast }) => {
    const given = voters.filter(({ groups }) => groups?.includes(group)).length;
    return given < atLeast ? [{ group, atLeast: atLeast - given }] : [];
  });
  const isAlone = rule?.notRequester === true && !voters.some((voter) => !isSamePerson(voter, author));
  if (approvals === 0 && short.length === 0 && !isAlone) return null;
  return { approvals, from: short, ...(isAlone && voters.length > 0 && { another: true as const }) };
}

/** Whether it is denied. */
export function isDenied(approval: Asked, votes: readonly Vote[]): boolean {
  const deniers = new Set(
    votes.filter(({ decision }) => decision === 'deny').map(({ approver }) => personOf(approver)),
  );
  return deniers.size >= quorumOf(approval).deny;
}

/** Whose agreement is missing, as the end of a sentence. */
export function missingWords(missing: Missing | undefined): string {
  if (missing === undefined) return 'more votes';
  const { approvals, from, another } = missing;
  const people = (count: number): string => (count === 1 ? 'one person' : `${count} people`);
  const parts = from.map(({ group, atLeast }) => `${people(atLeast)} of ${group}`);
  if (approvals > 0) parts.unshift(`the approval of ${people(approvals)} more`);
  if (another && approvals === 0) parts.push('somebody else than the author of the change');
  return parts.join(', ');
}

/** Who has approved and denied the arguments as they are, once each, and how many must. */
export function voteCounts(approval: Asked): { is: 'approved' | 'denied'; by: string[]; of: number }[] {
  const { approve, deny } = quorumOf(approval);
  const { votes = [] } = approval;
  const deniers = votes.filter(({ decision }) => decision === 'deny').map(({ approver }) => approver.id);
  return [
    { is: 'approved', by: approversOf(votes).map(({ id }) => id), of: approve },
    { is: 'denied', by: [...new Set(deniers)], of: deny },
  ];
}

/** Everybody who wants the arguments as they are, once each; who proposed them by an edit is among them. */
function approversOf(votes: readonly Pick<Vote, 'decision' | 'approver'>[]): Approver[] {
  const byId = new Map<string, Approver>();
  for (const { decision, approver } of votes)
    if (decision === 'approve' || decision === 'edit') byId.set(personOf(approver), approver);
  return [...byId.values()];
}

export function authorOf(approval: Asked): string | undefined {
  const { by } = currentOf(approval);
  return by.kind === 'person' ? by.id : undefined;
}
