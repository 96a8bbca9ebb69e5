import type { Insertable } from 'kysely';

import { inChunks, type Database } from './database.ts';
import type { Tables } from './tables.ts';

/** What others are to hear of an entry. */
export interface NewNews {
  entryId: string;
  /** Or the turn: what is heard in order. */
  approvalId: string;
  /** JSON. */
  about: unknown;
}

export interface OutboxRow {
  number: number;
  tenant: string;
  approvalId: string;
  entryId: string;
  about: unknown;
  /** How often it was taken, this time included. */
  attempts: number;
}

/**
 * What is to be heard and is not yet, in the order in which it happened:
 *
 *   due ──take──▶ taken ──done──▶ gone
 *    ▲              ├──put back──▶ due later
 *    └──its time is up: whoever took it died
 *
 * Of one approval the first row only is taken, so nobody hears of an end before its beginning.
 */
export interface Outbox {
  /** @param forMs - nobody else gets them for so long. */
  take(options: { forMs: number; limit: number }): Promise<OutboxRow[]>;
  done(numbers: readonly number[]): Promise<void>;
  putBack(number: number, options: { afterMs: number }): Promise<void>;
  /** Puts in what is no entry's news. @param options.afterMs - nobody takes it before. */
  put(tenant: string, news: readonly NewNews[], options: { afterMs: number }): Promise<void>;
  /** How many wait, and since when the oldest does, in ms since 1970. */
  waiting(): Promise<{ count: number; oldestMs: number | null }>;
}

export function createOutbox({ db, clock }: Database): Outbox {
  return {
    async take({ forMs, limit }) {
      const now = clock();
      const rows = await db
        .updateTable('outbox')
        .set((eb) => ({ claimed_until: now + forMs, attempts: eb('attempts', '+', 1) }))
        .where('number', 'in', (eb) =>
          eb
            .selectFrom('outbox as next')
            .select('next.number')
            .where('next.due_at', '<=', now)
            .where('next.claimed_until', '<=', now)
            .where((of) =>
              of.not(
                of.exists(
                  of
                    .selectFrom('outbox as earlier')
                    .select('earlier.number')
                    .whereRef('earlier.tenant', '=', 'next.tenant')
                    .whereRef('earlier.approval_id', '=', 'next.approval_id')
                    .whereRef('earlier.number', '<', 'next.number'),
                ),
              ),
            )
            .orderBy('next.number')
            .limit(limit),
        )
        // Looked at once more when another process had the row locked.
        .where('claimed_until', '<=', now)
        .returning(['number', 'tenant', 'approval_id', 'entry_id', 'about', 'attempts'])
        .execute();
      return rows
        .toSorted((one, other) => one.number - other.number)
        .map(({ approval_id: approvalId, entry_id: entryId, about, ...row }) => ({
          ...row,
          ...{ approvalId, entryId, about: JSON.parse(about) as unknown },
        }));
    },

    async done(numbers) {
      for (const chunk of inChunks(numbers))
        await db.deleteFrom('outbox').where('number', 'in', chunk).execute();
    },

    async putBack(number, { afterMs }) {
      await db
        .updateTable('outbox')
        .set({ due_at: clock() + afterMs, claimed_until: 0 })
        .where('number', '=', number)
        .execute();
    },

    async put(tenant, news, { afterMs }) {
      const rows = news.map((one) => outboxRow(tenant, one, clock(), afterMs));
      for (const chunk of inChunks(rows)) await db.insertInto('outbox').values(chunk).execute();
    },

    async waiting() {
      const { count, oldest } = await db
        .selectFrom('outbox')
        .select((eb) => [eb.fn.countAll<number>().as('count'), eb.fn.min<number | null>('at').as('oldest')])
        .executeTakeFirstOrThrow();
      return { count, oldestMs: oldest };
    },
  };
}

/** @param afterMs - nobody takes it before. */
export function outboxRow(
  tenant: string,
  { approvalId, entryId, about }: NewNews,
  nowMs: number,
  afterMs = 0,
): Insertable<Tables['outbox']> {
  return {
    ...{ tenant, approval_id: approvalId, entry_id: entryId, about: JSON.stringify(about) },
    ...{ at: nowMs, due_at: nowMs + afterMs, claimed_until: 0, attempts: 0 },
  };
}
