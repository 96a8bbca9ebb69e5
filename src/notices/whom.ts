import type { AnyApproval } from '../contracts/approval/approval.ts';
import { groupsAt } from '../contracts/deciding/groups-at.ts';
import type { RungInput } from '../contracts/notice.ts';
import type { Person } from '../store/people/person.ts';
import { STAND_INS } from './plan.ts';
import type { Store } from '../store/store.ts';

/** More people no rung tells: who is told with a hundred others does not feel asked. */
const MOST = 100;
const PAGE = 500;

/** Finds the people of the directory whom a rung is about. */
export function createWhom({ people }: Pick<Store, 'people'>) {
  return { of, named, standInsOf };

  async function of(
    approval: AnyApproval,
    { tenant, kind, groups, at }: Pick<RungInput, 'tenant' | 'kind' | 'groups' | 'at'>,
  ): Promise<Person[]> {
    const { person: only } = approval.rule ?? {};
    if (only !== undefined && kind !== 'escalate') {
      const person = await people.get(tenant, only);
      return person === null ? [] : [person];
    }
    const found = new Map<string, Person>();
    for (const group of groups ?? groupsAt(approval, Date.parse(at)) ?? [undefined])
      for (const person of await membersOf(tenant, group)) found.set(person.id, person);
    return [...found.values()].slice(0, MOST);
  }

  async function named(tenant: string, ids: readonly string[]): Promise<Person[]> {
    const read = await Promise.all(ids.map((id) => people.get(tenant, id)));
    return read.flatMap((person) => person ?? []);
  }

  /** Whoever stands in for these people, and for those who stand in, by id. */
  async function standInsOf(tenant: string, told: readonly Person[]): Promise<Map<string, Person>> {
    const found = new Map<string, Person>();
    let next = told;
    for (let count = 0; count < STAND_INS && next.length > 0; count += 1) {
      const ids = new Set(next.flatMap(({ away }) => away?.standIn ?? []));
      next = (await named(tenant, [...ids])).filter(({ id }) => !found.has(id));
      for (const person of next) found.set(person.id, person);
    }
    return found;
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
