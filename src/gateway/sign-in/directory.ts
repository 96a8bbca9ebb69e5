import type { Approver } from '../../contracts/approval/decision.ts';
import type { Person } from '../../store/people/person.ts';
import type { Store } from '../../store/store.ts';

/** Whom the directory takes somebody for. */
export interface Known {
  approver: Approver;
  /** What they are called. */
  name?: string;
  /** Their right to decide was taken away. */
  isRevoked: boolean;
}

export interface Directory {
  /**
   * One person is one voter, by whichever way they come: an id, a mail address or a Slack id leads to the directory's id. Of its groups
   * a credential may name fewer, and none beside them. Whom the directory does not know stays as they came.
   */
  identify: (tenant: string, approver: Approver) => Promise<Known>;
}

export function createDirectory({ people, revocations }: Pick<Store, 'people' | 'revocations'>): Directory {
  return {
    async identify(tenant, approver) {
      const { id } = approver;
      const person =
        (await people.get(tenant, id)) ??
        (await people.find(tenant, { mail: id })) ??
        (await people.find(tenant, { slackId: id }));
      // Somebody may have been revoked under the name they came by, before the directory knew them.
      const names = person === null ? [id] : [id, person.id];
      const isRevoked = (await revocations.revokedAmong(tenant, names)).length > 0;
      if (person === null) return { approver, isRevoked };
      const { name } = person;
      return { approver: knownAs(person, approver), isRevoked, ...(name !== null && { name }) };
    },
  };
}

/** Without a directory everybody is who they say. */
export const asTheyCame: Directory['identify'] = (_tenant, approver) =>
  Promise.resolve({ approver, isRevoked: false });

function knownAs({ id, groups }: Person, given: Approver): Approver {
  const named = given.groups && new Set(given.groups);
  return { id, groups: named === undefined ? [...groups] : groups.filter((group) => named.has(group)) };
}
