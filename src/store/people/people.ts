import { sql } from 'kysely';

import { limitOf } from '../cursor.ts';
import { inChunks, lockName, toIso, type Database, type Queries } from '../database.ts';
import {
  keysOf,
  requireEachOnce,
  type Identity,
  type NewPerson,
  type Person,
  type PersonSettings,
} from './person.ts';
import { readSettings, requireNoCircle, SETTINGS, writeSettings } from './settings.ts';
import { clear, fill } from './write.ts';

/** The directory. */
export interface People {
  /**
   * Writes people, all of them or none, each in place of what is there. Their rights stay as they are (revocations.ts).
   *
   * @throws StoreInputError when two people would have one id, mail, Slack id or account, or stand-ins go round in a circle.
   */
  put(tenant: string, people: readonly NewPerson[]): Promise<void>;
  /**
   * Changes how a person is told.
   *
   * @returns false when the directory does not know them.
   * @throws StoreInputError when stand-ins would go round in a circle.
   */
  set(tenant: string, personId: string, settings: PersonSettings): Promise<boolean>;
  get(tenant: string, personId: string): Promise<Person | null>;
  find(tenant: string, identity: Identity): Promise<Person | null>;
  /**
   * Whom names mean.
   *
   * @param names - ids, mail addresses and Slack ids.
   * @returns the id of the person for each name that the directory knows.
   */
  whoAre(tenant: string, names: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** By id. `next` is the cursor of the following page. */
  list(query: {
    tenant: string;
    group?: string;
    cursor?: string;
    limit?: number;
  }): Promise<{ people: Person[]; next: string | null }>;
  /** Groups that have people, and how many of these have their rights. */
  groups(tenant: string): Promise<{ name: string; members: number }[]>;
}

export function createPeople({ db, kind, clock }: Database): People {
  return {
    async put(tenant, people) {
      requireEachOnce(people);
      await db.transaction().execute(async (trx) => {
        await lockName(trx, kind, ['stand-ins', tenant]);
        for (const chunk of inChunks(people)) await clear(trx, tenant, chunk, clock());
        for (const chunk of inChunks(people)) await fill(trx, tenant, chunk);
        for (const person of people) await writeSettings(trx, tenant, person.id, person);
        await requireNoCircle(trx, tenant, people);
      });
    },

    set: (tenant, personId, settings) =>
      db.transaction().execute(async (trx) => {
        await lockName(trx, kind, ['stand-ins', tenant]);
        const [known] = await read(trx, tenant, [personId]);
        if (known === undefined) return false;
        await writeSettings(trx, tenant, personId, settings);
        await requireNoCircle(trx, tenant, [{ id: personId, ...settings }]);
        return true;
      }),

    async get(tenant, personId) {
      const [person = null] = await read(db, tenant, [personId]);
      return person;
    },

    async find(tenant, identity) {
      const [key] = keysOf(identity);
      if (key === undefined) return null;
      const found = await db
        .selectFrom('identities')
        .select('person_id')
        .where('tenant', '=', tenant)
        .where('kind', '=', key.kind)
        .where('issuer', '=', key.issuer)
        .where('subject', '=', key.subject)
        .executeTakeFirst();
      return found === undefined ? null : this.get(tenant, found.person_id);
    },

    async whoAre(tenant, names) {
      const known = new Map<string, string>();
      for (const chunk of inChunks([...new Set(names)])) {
        const keysOfName = new Map(chunk.map((name) => [name, keysOf({ mail: name, slackId: name })]));
        const subjects = [...keysOfName.values()].flatMap((keys) => keys.map(({ subject }) => subject));
        const rows = await db
          .selectFrom('people')
          .select([sql<string>`'id'`.as('kind'), 'person_id as name', 'person_id'])
          .where('tenant', '=', tenant)
          .where('person_id', 'in', chunk)
          .unionAll(
            db
              .selectFrom('identities')
              .select(['kind', 'subject as name', 'person_id'])
              .where('tenant', '=', tenant)
              .where('kind', 'in', ['mail', 'slack'])
              .where('issuer', '=', '')
              .where('subject', 'in', subjects),
          )
          .execute();
        const ids = new Map(rows.map(({ kind, name, person_id }) => [`${kind} ${name}`, person_id]));
        for (const [name, keys] of keysOfName) {
          const meant = [`id ${name}`, ...keys.map(({ kind, subject }) => `${kind} ${subject}`)];
          const id = meant.map((key) => ids.get(key)).find((found) => found !== undefined);
          if (id !== undefined) known.set(name, id);
        }
      }
      return known;
    },

    async list({ tenant, group, cursor = '', ...query }) {
      const limit = limitOf(query.limit);
      const table = group === undefined ? 'people' : 'memberships';
      let ids = db
        .selectFrom(table)
        .select('person_id')
        .where('tenant', '=', tenant)
        .where('person_id', '>', cursor)
        .orderBy('person_id')
        .limit(limit + 1);
      if (group !== undefined) ids = ids.where('group_name', '=', group);
      const found = (await ids.execute()).map(({ person_id }) => person_id);
      return {
        people: await read(db, tenant, found.slice(0, limit)),
        next: found.length > limit ? (found[limit - 1] ?? null) : null,
      };
    },

    async groups(tenant) {
      const rows = await db
        .selectFrom('memberships')
        .leftJoin('revocations', (join) =>
          join
            .onRef('revocations.tenant', '=', 'memberships.tenant')
            .onRef('revocations.person_id', '=', 'memberships.person_id'),
        )
        .where('memberships.tenant', '=', tenant)
        .groupBy('group_name')
        .orderBy('group_name')
        .select((eb) => [
          'group_name',
          eb.fn.countAll<number>().as('people'),
          eb.fn.count<number>('revocations.person_id').as('revoked'),
        ])
        .execute();
      return rows.map(({ group_name: name, people, revoked }) => ({ name, members: people - revoked }));
    },
  };
}

async function read(db: Queries, tenant: string, ids: readonly string[]): Promise<Person[]> {
  if (ids.length === 0) return [];
  const of = { tenant, ids };
  const [people, identities, memberships, devices] = await Promise.all([
    db
      .selectFrom('people')
      .leftJoin('revocations', (join) =>
        join
          .onRef('revocations.tenant', '=', 'people.tenant')
          .onRef('revocations.person_id', '=', 'people.person_id'),
      )
      .select(['people.person_id', 'name', 'revoked_at', ...SETTINGS])
      .where('people.tenant', '=', of.tenant)
      .where('people.person_id', 'in', of.ids)
      .orderBy('people.person_id')
      .execute(),
    db
      .selectFrom('identities')
      .select(['kind', 'issuer', 'subject', 'person_id'])
      .where('tenant', '=', of.tenant)
      .where('person_id', 'in', of.ids)
      .orderBy('issuer')
      .orderBy('subject')
      .execute(),
    db
      .selectFrom('memberships')
      .select(['group_name', 'person_id'])
      .where('tenant', '=', of.tenant)
      .where('person_id', 'in', of.ids)
      .orderBy('group_name')
      .execute(),
    db
      .selectFrom('devices')
      .select((eb) => ['person_id', eb.fn.countAll<number>().as('count')])
      .where('tenant', '=', of.tenant)
      .where('person_id', 'in', of.ids)
      .groupBy('person_id')
      .execute(),
  ]);
  const devicesOf = new Map(devices.map(({ person_id, count }) => [person_id, count]));
  const identitiesOf = Map.groupBy(identities, ({ person_id }) => person_id);
  const groupsOf = Map.groupBy(memberships, ({ person_id }) => person_id);
  return people.map(({ person_id: id, name, revoked_at, ...settings }) => {
    const known = identitiesOf.get(id) ?? [];
    const subjectOf = (kind: string) => known.find((identity) => identity.kind === kind)?.subject ?? null;
    return {
      id,
      name,
      mail: subjectOf('mail'),
      slackId: subjectOf('slack'),
      groups: (groupsOf.get(id) ?? []).map(({ group_name }) => group_name),
      identities: known
        .filter(({ kind }) => kind === 'account')
        .map(({ issuer, subject }) => ({ issuer, subject })),
      revokedAt: revoked_at === null ? null : toIso(revoked_at),
      ...readSettings(settings),
      ...(devicesOf.has(id) && { devices: devicesOf.get(id) ?? 0 }),
    };
  });
}
