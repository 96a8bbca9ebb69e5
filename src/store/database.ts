import { sql, type Kysely, type Transaction } from 'kysely';

import type { Tables } from './tables.ts';

/** An open database, as each part of the store gets it. */
export interface Database {
  db: Kysely<Tables>;
  kind: 'sqlite' | 'postgres';
  /** Now, in milliseconds since 1970. */
  clock: () => number;
}

export type Queries = Kysely<Tables> | Transaction<Tables>;

/** Rows that go into one statement: both databases limit its parameters, SQLite to 32,766. */
const ROWS_A_STATEMENT = 500;

export function inChunks<Item>(items: readonly Item[], size = ROWS_A_STATEMENT): Item[][] {
  const chunks: Item[][] = [];
  for (let at = 0; at < items.length; at += size) chunks.push(items.slice(at, at + size));
  return chunks;
}

/** Lets one transaction at a time go on with this name. SQLite has one that writes at a time anyway. */
export async function lockName(
  trx: Transaction<Tables>,
  kind: Database['kind'],
  name: readonly string[],
): Promise<void> {
  if (kind === 'postgres')
    await sql`select pg_advisory_xact_lock(hashtextextended(${JSON.stringify(name)}, 0))`.execute(trx);
}

export function toIso(time: number): string {
  return new Date(time).toISOString();
}
