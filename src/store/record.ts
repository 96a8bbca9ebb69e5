import type { Entry } from '@countersign/receipts';

import { createAppend, type Beside, type Content } from './append.ts';
import { createCheckpoints, type Checkpoints } from './checkpoints.ts';
import { inChunks, type Database } from './database.ts';
import type { NewEntry } from './entry.ts';
import { createProofs, type Proofs } from './proofs.ts';

/** What happened, for ever: entries in the order in which they were written, each a leaf of its tenant's tree. */
export interface RecordStore extends Proofs, Checkpoints {
  /**
   * Writes entries, what they name, and what they change in lists, all or nothing, in one transaction. An entry whose id is there stays
   * as it is, so it is safe to ask again.
   *
   * @returns the entries with their places, in the order asked.
   */
  append(
    tenant: string,
    entries: readonly NewEntry[],
    contents?: readonly Content[],
    beside?: Beside,
  ): Promise<Entry[]>;
  /** In their order, `from` the first; at most `limit`, and none from `to` on. */
  entries(tenant: string, range: { from?: number; to?: number; limit: number }): Promise<Entry[]>;
  ofApproval(tenant: string, approvalId: string): Promise<Entry[]>;
  /**
   * The smallest range that has every entry of a time, whose ends are ISO 8601, `until` exclusive. Entries tell of what happened elsewhere,
   * so some others may be among them.
   */
  between(tenant: string, time: { since?: string; until?: string }): Promise<{ from: number; to: number }>;
  /** What is kept under a digest; undefined for what never was, or was erased. */
  content(tenant: string, digest: string): Promise<Content | undefined>;
  /** The same of many: those that are kept. */
  contents(tenant: string, digests: readonly string[]): Promise<Content[]>;
  /** Erases a content for good: the same digest is not kept again. @returns whether it was there. */
  erase(tenant: string, digest: string): Promise<boolean>;
  isErased(tenant: string, digest: string): Promise<boolean>;
}

export function createRecordStore(database: Database): RecordStore {
  const { db, clock } = database;
  const proofs = createProofs(db);

  const contents: RecordStore['contents'] = async (tenant, digests) => {
    const kept: Content[] = [];
    for (const chunk of inChunks([...new Set(digests)])) {
      const rows = await db
        .selectFrom('contents')
        .select(['digest', 'content'])
        .where('tenant', '=', tenant)
        .where('digest', 'in', chunk)
        .where('content', 'is not', null)
        .execute();
      kept.push(
        ...rows.map(({ digest, content }) => ({ digest, content: JSON.parse(content ?? '') as unknown })),
      );
    }
    return kept;
  };

  return {
    ...proofs,
    ...createCheckpoints(database, proofs),
    append: createAppend(database),
    contents,

    async entries(tenant, { from = 0, to, limit }) {
      let query = db
        .selectFrom('entries')
        .select('entry')
        .where('tenant', '=', tenant)
        .where('sequence', '>=', from)
        .orderBy('sequence')
        .limit(limit);
      if (to !== undefined) query = query.where('sequence', '<', to);
      return (await query.execute()).map(parse);
    },

    async ofApproval(tenant, approvalId) {
      const rows = await db
        .selectFrom('entries')
        .select('entry')
        .where('tenant', '=', tenant)
        .where('approval_id', '=', approvalId)
        .orderBy('sequence')
        .execute();
      return rows.map(parse);
    },

    async between(tenant, { since, until }) {
      let query = db.selectFrom('entries').where('tenant', '=', tenant);
      if (since !== undefined) query = query.where('time', '>=', Date.parse(since));
      if (until !== undefined) query = query.where('time', '<', Date.parse(until));
      const { first, last } = await query
        .select((eb) => [
          eb.fn.min<number | null>('sequence').as('first'),
          eb.fn.max<number | null>('sequence').as('last'),
        ])
        .executeTakeFirstOrThrow();
      return first === null || last === null ? { from: 0, to: 0 } : { from: first, to: last + 1 };
    },

    async content(tenant, digest) {
      const [found] = await contents(tenant, [digest]);
      return found;
    },

    async erase(tenant, digest) {
      const { numUpdatedRows } = await db
        .updateTable('contents')
        .set({ content: null, erased_at: clock() })
        .where('tenant', '=', tenant)
        .where('digest', '=', digest)
        .where('content', 'is not', null)
        .executeTakeFirstOrThrow();
      return numUpdatedRows > 0n;
    },

    async isErased(tenant, digest) {
      const found = await db
        .selectFrom('contents')
        .select('erased_at')
        .where('tenant', '=', tenant)
        .where('digest', '=', digest)
        .executeTakeFirst();
      return found !== undefined && found.erased_at !== null;
    },
  };
}

function parse({ entry }: { entry: string }): Entry {
  return JSON.parse(entry) as Entry;
}
