import type { AnyApproval } from '../contracts/approval/approval.ts';
import type { RungInput } from '../contracts/notice.ts';
import type { Person } from '../store/person.ts';
import type { Store } from '../store/store.ts';

/** More people no rung tells: who is told with a hundred others does not feel asked. */
const MOST = 100;
const PAGE = 500;

/** Finds the people of the directory whom a rung is about. */
export function createWhom({ people }: Pick<Store, 'people'>) {
  return { of };

  async function of(
    approval: AnyApproval,
    { tenant, kind, groups }: Pick<RungInput, 'tenant' | 'kind' | 'groups'>,
  ): Promise<Person[]> {
    const meant = kind === 'escalate' ? null : await meantFor(approval);
    if (meant !== null) return [meant];
    const found = new Map<string, Person>();
    for (const group of groups ?? approval.approvers ?? [undefined])
      for (const person of await membersOf(tenant, group)) found.set(person.id, person);
    return [...found.values()].slice(0, MOST);
  }

  /** The requester's words may name somebody of the directory, who may decide. */
  async function meantFor({ tenant, meantFor: words, approvers }: AnyApproval): Promise<Person | null> {
    if (words === undefined) return null;
    const named = (await people.get(tenant, words)) ?? (await people.find(tenant, { mail: words }));
    const isOne = approvers === undefined || approvers.some((group) => named?.groups.includes(group));
    return isOne ? named : null;
  }

  /** @param group - undefined for everybody. */
  async function membersOf(tenant: string, group: string | undefined): Promise<Person[]> {
    const all: Person[] = [];
    for (let cursor: string | null = ''; cursor !== null && all.length < PAGE;) {
      const page: { people: Person[]; next: string | null } = await people.list({
        ...{ tenant, cursor, limit: PAGE },
        ...(group !== undefined && { group }),
      });
      all.push(...page.people);
      cursor = page.next;
    }
    return all;
  }
}
