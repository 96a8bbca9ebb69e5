import { sql } from 'kysely';

import { inChunks, toIso, type Database } from './database.ts';
import { removeDevicesOf } from './people/devices.ts';
import { keysOf } from './people/person.ts';

export interface Revocation {
  personId: string;
  revokedAt: string;
  revokedBy: string | null;
  reason: string | null;
}

/** People who may decide nothing any more, whether the directory knows them or not. */
export interface Revocations {
  /** Takes a person's rights, their sessions and their notifications. Who is revoked already stays so, since then. */
  revoke(tenant: string, personId: string, why?: { by?: string; reason?: string }): Promise<void>;
  /** @returns whether they were revoked. */
  restore(tenant: string, personId: string): Promise<boolean>;
  /**
   * @param names - ids, mail addresses and Slack ids.
   * @returns those that name somebody who is revoked; an empty list lets all of them decide.
   */
  revokedAmong(tenant: string, names: readonly string[]): Promise<string[]>;
  list(tenant: string): Promise<Revocation[]>;
}

export function createRevocations({ db, clock }: Database): Revocations {
  return {
    async revoke(tenant, personId, why = {}) {
      await db.transaction().execute(async (trx) => {
        await trx
          .insertInto('revocations')
          .values({
            tenant,
            person_id: personId,
            revoked_at: clock(),
            revoked_by: why.by ?? null,
            reason: why.reason ?? null,
          })
          .onConflict((conflict) => conflict.doNothing())
          .execute();
        await trx
          .deleteFrom('sessions')
          .where('tenant', '=', tenant)
          .where('person_id', '=', personId)
          .execute();
        await removeDevicesOf(trx, tenant, personId);
      });
    },

    async restore(tenant, personId) {
      const { numDeletedRows } = await db
        .deleteFrom('revocations')
        .where('tenant', '=', tenant)
        .where('person_id', '=', personId)
        .executeTakeFirstOrThrow();
      return numDeletedRows > 0n;
    },

    async revokedAmong(tenant, names) {
      const revoked: string[] = [];
      for (const chunk of inChunks([...new Set(names)])) {
        const keys = chunk.flatMap((name) => keysOf({ mail: name, slackId: name }));
        // One question: it is asked right before every effect, and a database may be far away.
        const rows = await db
          .selectFrom('revocations')
          .select([sql<string>`'id'`.as('kind'), 'person_id as name'])
          .where('tenant', '=', tenant)
          .where('person_id', 'in', chunk)
          .unionAll(
            db
              .selectFrom('identities')
              .innerJoin('revocations', (join) =>
                join
                  .onRef('revocations.tenant', '=', 'identities.tenant')
                  .onRef('revocations.person_id', '=', 'identities.person_id'),
              )
              .select(['identities.kind', 'subject as name'])
              .where('identities.tenant', '=', tenant)
              .where('identities.kind', 'in', ['mail', 'slack'])
              .where('identities.issuer', '=', '')
              .where(
                'subject',
                'in',
                keys.map(({ subject }) => subject),
              ),
          )
          .execute();
        const found = new Set(rows.map(({ kind, name }) => `${kind} ${name}`));
        revoked.push(
          ...chunk.filter((name) =>
            [{ kind: 'id', subject: name }, ...keysOf({ mail: name, slackId: name })].some(
              ({ kind, subject }) => found.has(`${kind} ${subject}`),
            ),
          ),
        );
      }
      return revoked;
    },

    async list(tenant) {
      const rows = await db
        .selectFrom('revocations')
        .select(['person_id', 'revoked_at', 'revoked_by', 'reason'])
        .where('tenant', '=', tenant)
        .orderBy('person_id')
        .execute();
      return rows.map((row) => ({
        personId: row.person_id,
        revokedAt: toIso(row.revoked_at),
        revokedBy: row.revoked_by,
        reason: row.reason,
      }));
    },
  };
}
