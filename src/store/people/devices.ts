import { hash } from 'node:crypto';

import { toIso, type Database, type Queries } from '../database.ts';

/** A browser of a person that takes notifications. */
export interface Device {
  /** Follows from the endpoint: one browser is one device, whoever is signed in there. */
  id: string;
  personId: string;
  /** What its person calls it. */
  name: string;
  /** Where its push service takes messages for it. A secret: whoever has it can address the device. */
  endpoint: string;
  /** Its public key and its secret, in base64url: only this browser reads what is encrypted for them. */
  keys: { p256dh: string; auth: string };
  createdAt: string;
}

export type NewDevice = Omit<Device, 'id' | 'createdAt'>;

/** The devices that people are notified on. Revoking a person, or ending all sessions of one, takes theirs away. */
export interface Devices {
  /** Takes it from whoever had it before. */
  put(tenant: string, device: NewDevice): Promise<string>;
  /** The oldest first. */
  list(tenant: string, personId: string): Promise<Device[]>;
  /** @returns whether it was there. */
  remove(tenant: string, personId: string, deviceId: string): Promise<boolean>;
}

/** How a device is named to everybody. */
function deviceId(endpoint: string): string {
  return hash('sha256', endpoint, 'base64url');
}

export function createDevices({ db, clock }: Database): Devices {
  return {
    async put(tenant, { personId, name, endpoint, keys: { p256dh, auth } }) {
      const row = {
        ...{ device_id: deviceId(endpoint), tenant, person_id: personId, name, endpoint, p256dh, auth },
        created_at: clock(),
      };
      await db
        .insertInto('devices')
        .values(row)
        .onConflict((conflict) => conflict.column('device_id').doUpdateSet(row))
        .execute();
      return row.device_id;
    },

    async list(tenant, personId) {
      const rows = await db
        .selectFrom('devices')
        .selectAll()
        .where('tenant', '=', tenant)
        .where('person_id', '=', personId)
        .orderBy('created_at')
        .orderBy('device_id')
        .execute();
      return rows.map((row) => ({
        ...{ id: row.device_id, personId: row.person_id, name: row.name, endpoint: row.endpoint },
        keys: { p256dh: row.p256dh, auth: row.auth },
        createdAt: toIso(row.created_at),
      }));
    },

    async remove(tenant, personId, id) {
      const { numDeletedRows } = await db
        .deleteFrom('devices')
        .where('tenant', '=', tenant)
        .where('person_id', '=', personId)
        .where('device_id', '=', id)
        .executeTakeFirstOrThrow();
      return numDeletedRows > 0n;
    },
  };
}

/** Whoever is signed out everywhere is notified nowhere. */
export async function removeDevicesOf(trx: Queries, tenant: string, personId: string): Promise<void> {
  await trx.deleteFrom('devices').where('tenant', '=', tenant).where('person_id', '=', personId).execute();
}
