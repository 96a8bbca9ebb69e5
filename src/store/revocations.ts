import { inChunks, toIso, type Database } from './database.ts';

export interface Revocation {
  personId: string;
  revokedAt: string;
  revokedBy: string | null;
  reason: string | null;
}

/** People who may decide nothing any more, whether the directory knows them or not. */
export interface Revocations {
  /** Takes a person's rights and ends their sessions. Who is revoked already stays so, since then. */
  revoke(tenant: string, personId: string, why?: { by?: string; reason?: string }): Promise<void>;
  /** @returns whether they were revoked. */
  restore(tenant: string, personId: string): Promise<boolean>;
  /** @returns those of the people who are revoked; an empty list lets all of them decide. */
  revokedAmong(tenant: string, personIds: readonly string[]): Promise<string[]>;
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

    async revokedAmong(tenant, personIds) {
      const revoked: string[] = [];
      for (const chunk of inChunks([...new Set(personIds)])) {
        const rows = await db
          .selectFrom('revocations')
          .select('person_id')
          .where('tenant', '=', tenant)
          .where('person_id', 'in', chunk)
          .execute();
        revoked.push(...rows.map(({ person_id }) => person_id));
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
