import type { Selectable, Transaction } from 'kysely';

import type { Grant } from '../contracts/approval/grant.ts';
import type { GrantRow, IndexChange } from './approvals/rows.ts';
import { toIso, type Database } from './database.ts';
import type { Tables } from './tables.ts';

/** A grant as it stands. */
export type KeptGrant = Grant & {
  /** Times are ISO 8601. */
  revoked?: { at: string; by: string; reason?: string };
};

/** Grants that were given. The record tells of each; here they are looked up. Losing them costs a question more, and lets nothing through. */
export interface Grants {
  find(tenant: string, grantId: string): Promise<KeptGrant | null>;
  /** Those that have not ended and stand, of calls of which all that must be the same is this; the latest first. */
  matching(tenant: string, call: { bound: string; nowMs: number }): Promise<KeptGrant[]>;
  /** Those that have not ended: first what stands, then what was revoked, and of each the latest first. */
  list(tenant: string, most: { nowMs: number; limit: number }): Promise<GrantList>;
}

export interface GrantList {
  grants: KeptGrant[];
  /** Whether the limit left some out. */
  more: boolean;
}

/** A call is looked up among so many. They differ only in numbers that may be less, and in when they end. */
const MATCHES = 100;

export function createGrants({ db }: Pick<Database, 'db'>): Grants {
  return {
    async find(tenant, grantId) {
      const row = await db
        .selectFrom('grants')
        .selectAll()
        .where('tenant', '=', tenant)
        .where('grant_id', '=', grantId)
        .executeTakeFirst();
      return row === undefined || row.body === '' ? null : fromRow(row);
    },

    async matching(tenant, { bound, nowMs }) {
      const rows = await db
        .selectFrom('grants')
        .selectAll()
        .where('tenant', '=', tenant)
        .where('bound', '=', bound)
        .where('ends_at', '>', nowMs)
        .where('revoked_at', 'is', null)
        .orderBy('ends_at', 'desc')
        .limit(MATCHES)
        .execute();
      return rows.map(fromRow);
    },

    async list(tenant, { nowMs, limit }) {
      const rows = await db
        .selectFrom('grants')
        .selectAll()
        .where('tenant', '=', tenant)
        .where('ends_at', '>', nowMs)
        .orderBy(({ eb }) => eb.case().when('revoked_at', 'is', null).then(0).else(1).end())
        .orderBy('ends_at', 'desc')
        .orderBy('grant_id')
        .limit(limit + 1)
        .execute();
      return { grants: rows.slice(0, limit).map(fromRow), more: rows.length > limit };
    },
  };
}

export type TakenBack = Pick<Tables['grants'], 'grant_id' | 'revoked_at' | 'revoked_by' | 'reason'>;

/** What changes make of grants. Of several that take one back at once the last counts, as of entries with one id. */
export function grantRows(
  tenant: string,
  changes: readonly IndexChange[],
): { given: Tables['grants'][]; takenBack: TakenBack[] } {
  const takenBack = new Map(
    changes.flatMap((change) =>
      change.is === 'grant-revoked' ? [[change.approvalId, toTakenBack(change)] as const] : [],
    ),
  );
  // Given and taken back at once: on PostgreSQL the update does not see the new row.
  const given = changes.flatMap((change) =>
    change.is === 'granted' ? [{ ...toRow(tenant, change.grant), ...takenBack.get(change.approvalId) }] : [],
  );
  return { given, takenBack: [...takenBack.values()] };
}

function toRow(tenant: string, { bound, ...grant }: GrantRow): Tables['grants'] {
  return {
    ...{ tenant, grant_id: grant.grantId, tool: grant.tool, bound, body: JSON.stringify(grant) },
    ...{ ends_at: Date.parse(grant.until), revoked_at: null, revoked_by: null, reason: null },
  };
}

function toTakenBack({
  approvalId,
  at,
  by,
  reason,
}: Extract<IndexChange, { is: 'grant-revoked' }>): TakenBack {
  return { grant_id: approvalId, revoked_at: Date.parse(at), revoked_by: by, reason: reason ?? null };
}

/** With what was written about its approval a grant goes, too: nothing more passes by it. A row stays, so that no retry gives it again. */
export async function forgetGrant(
  trx: Transaction<Tables>,
  tenant: string,
  approvalId: string,
): Promise<void> {
  const its = trx.updateTable('grants').set({ body: '', bound: '', ends_at: 0, reason: null });
  await its.where('tenant', '=', tenant).where('grant_id', '=', approvalId).execute();
}

function fromRow({ body, revoked_at: at, revoked_by: by, reason }: Selectable<Tables['grants']>): KeptGrant {
  const grant = JSON.parse(body) as Grant;
  if (at === null) return grant;
  return { ...grant, revoked: { at: toIso(at), by: by ?? '', ...(reason !== null && { reason }) } };
}
