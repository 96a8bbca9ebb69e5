import type { Transaction } from 'kysely';

import { inChunks, type Queries } from '../database.ts';
import { StoreInputError } from '../errors.ts';
import type { Tables } from '../tables.ts';
import { keysOf, type NewPerson } from './person.ts';

/** Makes the people, and room for what they are known by: two may swap a mail address in one import. */
export async function clear(
  trx: Transaction<Tables>,
  tenant: string,
  people: readonly NewPerson[],
  now: number,
) {
  const ids = people.map(({ id }) => id);
  await trx
    .insertInto('people')
    .values(people.map(({ id, name = null }) => ({ tenant, person_id: id, name, updated_at: now })))
    .onConflict((conflict) =>
      conflict
        .columns(['tenant', 'person_id'])
        .doUpdateSet((eb) => ({ name: eb.ref('excluded.name'), updated_at: now })),
    )
    .execute();
  await trx.deleteFrom('identities').where('tenant', '=', tenant).where('person_id', 'in', ids).execute();
  await trx.deleteFrom('memberships').where('tenant', '=', tenant).where('person_id', 'in', ids).execute();
}

export async function fill(
  trx: Transaction<Tables>,
  tenant: string,
  people: readonly NewPerson[],
): Promise<void> {
  const identities = people.flatMap((person) =>
    keysOf(person).map((key) => ({ tenant, ...key, person_id: person.id })),
  );
  for (const rows of inChunks(identities)) {
    const { numInsertedOrUpdatedRows } = await trx
      .insertInto('identities')
      .values(rows)
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirstOrThrow();
    if (Number(numInsertedOrUpdatedRows) < rows.length) await throwTaken(trx, tenant, rows);
  }
  const memberships = people.flatMap(({ id, groups = [] }) =>
    [...new Set(groups)].map((group_name) => ({ tenant, group_name, person_id: id })),
  );
  for (const rows of inChunks(memberships)) await trx.insertInto('memberships').values(rows).execute();
}

async function throwTaken(
  trx: Queries,
  tenant: string,
  rows: readonly { kind: string; issuer: string; subject: string; person_id: string }[],
): Promise<never> {
  const taken = await trx
    .selectFrom('identities')
    .select(['kind', 'issuer', 'subject', 'person_id'])
    .where('tenant', '=', tenant)
    .where(
      'subject',
      'in',
      rows.map(({ subject }) => subject),
    )
    .execute();
  const isSame = (one: (typeof rows)[number], other: (typeof rows)[number]) =>
    one.kind === other.kind && one.issuer === other.issuer && one.subject === other.subject;
  for (const row of rows) {
    const owner = taken.find((other) => isSame(row, other) && other.person_id !== row.person_id);
    if (owner === undefined) continue;
    throw new StoreInputError(
      'people',
      `cannot give ${row.kind} "${row.subject}" to "${row.person_id}": it is of "${owner.person_id}". Take it from one of the two.`,
    );
  }
  throw new Error('People could not be written, though nothing of them is taken.');
}
