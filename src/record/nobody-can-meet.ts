import type { AnyApproval } from '../contracts/approval/approval.ts';
import { groupsEver } from '../contracts/deciding/groups-at.ts';
import { isSamePerson } from '../contracts/deciding/same-person.ts';
import { quorumOf } from '../contracts/deciding/standing.ts';
import type { People } from '../store/people/people.ts';
import type { Person } from '../store/people/person.ts';

/** What is asked, of whom. */
export type AskedOf = Pick<AnyApproval, 'approvers' | 'rule' | 'requestedBy' | 'startedBy'>;

/** People that are read at once. */
const PAGE = 200;

/**
 * Why nobody of the directory can meet a rule, as the rest of a sentence; null when they can, or the tenant has no directory. It reads no
 * more people than the rule needs.
 *
 * @throws StoreUnavailableError
 */
export async function whyNobodyCanMeet(
  people: Pick<People, 'list'>,
  tenant: string,
  asked: AskedOf,
): Promise<string | null> {
  const { rule } = asked;
  const approvers = groupsEver(asked);
  const { approve, from = [] } = quorumOf(asked);
  if (approvers === undefined && from.length === 0) return null;
  const { people: some } = await people.list({ tenant, limit: 1 });
  if (some.length === 0) return null;
  const isExcluded = (person: Person): boolean =>
    rule?.notRequester === true &&
    (isSamePerson(person, asked.requestedBy) || isSamePerson(person, asked.startedBy));
  const mayVote = (person: Person): boolean =>
    approvers === undefined || approvers.some((group) => person.groups.includes(group));

  if (approvers !== undefined) {
    const found = await count(approvers, approve, mayVote);
    if (found.able < approve) return shortOf(approvers, approve, found);
  }
  for (const { group, atLeast } of from) {
    const found = await count([group], atLeast, mayVote);
    if (found.able < atLeast) return shortOf([group], atLeast, found);
  }
  return null;

  /** Members of any of these groups who may vote, up to as many as are needed; whether the requester is one whose vote is not wanted. */
  async function count(
    groups: readonly string[],
    needed: number,
    isIn: (person: Person) => boolean,
  ): Promise<Found> {
    const able = new Set<string>();
    let hasRequester = false;
    for (const group of groups) {
      let cursor: string | null | undefined;
      while (cursor !== null && able.size < needed) {
        const page = await people.list({ tenant, group, limit: PAGE, ...(cursor && { cursor }) });
        for (const person of page.people) {
          if (person.revokedAt !== null || !isIn(person)) continue;
          if (isExcluded(person)) hasRequester = true;
          else able.add(person.id);
        }
        cursor = page.next;
      }
    }
    return { able: able.size, hasRequester };
  }
}

interface Found {
  able: number;
  hasRequester: boolean;
}

function shortOf(groups: readonly string[], needed: number, { able, hasRequester }: Found): string {
  const who = groups.join(', ');
  const must = `${inPeople(needed)} of ${who} must approve`;
  if (able === 0 && !hasRequester) return `${must}, and nobody of the directory can`;
  const beside = hasRequester ? ' beside the requester' : '';
  return `${must}, and the directory has ${able === 0 ? 'nobody' : inPeople(able)} there${beside}`;
}

function inPeople(count: number): string {
  return count === 1 ? 'one person' : `${count} people`;
}
