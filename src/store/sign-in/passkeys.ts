import { toIso, type Database } from '../database.ts';

/** A passkey of a person, as it was registered. */
export interface Passkey {
  /** As the authenticator names it, in base64url. */
  credentialId: string;
  personId: string;
  /** What its person calls it. */
  name: string;
  /** COSE. */
  publicKey: Uint8Array<ArrayBuffer>;
  /** How often it was used, as it says itself; some always say 0. */
  counter: number;
  /** How it can be reached, such as `usb` or `internal`. */
  transports: string[];
  createdAt: string;
  usedAt: string | null;
}

export type NewPasskey = Omit<Passkey, 'createdAt' | 'usedAt'>;

export interface Passkeys {
  /** @returns false when there is one with this id. */
  add(tenant: string, passkey: NewPasskey): Promise<boolean>;
  /** Of one person, or of all, the oldest first. */
  list(tenant: string, personId?: string): Promise<Passkey[]>;
  /**
   * Counts a use, once for all processes. What has been copied says a number again that the other one has said.
   *
   * @returns false for one that has been removed, and for a number that is not higher than the last one.
   */
  use(tenant: string, credentialId: string, counter: number): Promise<boolean>;
  /** @returns whether it was there. */
  remove(tenant: string, credentialId: string): Promise<boolean>;
}

export function createPasskeys({ db, clock }: Database): Passkeys {
  return {
    async add(tenant, { credentialId, personId, name, publicKey, counter, transports }) {
      const { numInsertedOrUpdatedRows } = await db
        .insertInto('passkeys')
        .values({
          ...{ tenant, credential_id: credentialId, person_id: personId, name, counter },
          ...{ public_key: publicKey, transports: JSON.stringify(transports) },
          ...{ created_at: clock(), used_at: null },
        })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirstOrThrow();
      return numInsertedOrUpdatedRows === 1n;
    },

    async list(tenant, personId) {
      let query = db
        .selectFrom('passkeys')
        .selectAll()
        .where('tenant', '=', tenant)
        .orderBy('created_at')
        .orderBy('credential_id');
      if (personId !== undefined) query = query.where('person_id', '=', personId);
      const rows = await query.execute();
      return rows.map((row) => ({
        ...{ credentialId: row.credential_id, personId: row.person_id, name: row.name, counter: row.counter },
        publicKey: new Uint8Array(row.public_key),
        transports: JSON.parse(row.transports) as string[],
        createdAt: toIso(row.created_at),
        usedAt: row.used_at === null ? null : toIso(row.used_at),
      }));
    },

    async use(tenant, credentialId, counter) {
      const { numUpdatedRows } = await db
        .updateTable('passkeys')
        .set({ counter, used_at: clock() })
        .where('tenant', '=', tenant)
        .where('credential_id', '=', credentialId)
        .where((eb) => (counter === 0 ? eb('counter', '=', 0) : eb('counter', '<', counter)))
        .executeTakeFirstOrThrow();
      return numUpdatedRows === 1n;
    },

    async remove(tenant, credentialId) {
      const { numDeletedRows } = await db
        .deleteFrom('passkeys')
        .where('tenant', '=', tenant)
        .where('credential_id', '=', credentialId)
        .executeTakeFirstOrThrow();
      return numDeletedRows > 0n;
    },
  };
}
