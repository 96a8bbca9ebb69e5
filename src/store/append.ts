import { canonical, contentDigest, parseEntry, type Entry } from '@countersign/receipts';

import { appendByStatement } from './appending/by-statement.ts';
import { appendInTransaction } from './appending/in-transaction.ts';
import type { Appending } from './appending/plan.ts';
import type { IndexChange } from './approvals/rows.ts';
import type { Database } from './database.ts';
import type { NewEntry } from './entry.ts';
import { StoreUnavailableError } from './errors.ts';
import type { NewNews } from './outbox.ts';

/** What an entry names by digest and what may be erased. */
export interface Content {
  /** Over its canonical JSON. */
  digest: string;
  content: unknown;
}

/** What is written in the same transaction. */
export interface Beside {
  /** What others are to hear of these entries, unless they are there already. */
  news?: readonly NewNews[];
  /** What they change in lists, unless they are there already. */
  changes?: readonly IndexChange[];
}

interface Waiting extends Appending {
  resolve: (entries: Entry[]) => void;
  reject: (error: unknown) => void;
}

/** So many entries go into one transaction; a caller's own are never parted. */
const ENTRIES_A_TRANSACTION = 2_000;

/** @throws FormatError for what JSON cannot carry. */
export function toContent(content: unknown): Content {
  return { digest: contentDigest(content), content };
}

/**
 * Appends to the record. Each commit waits for the disk, so what is asked meanwhile goes into the next one together:
 *
 *   waiting ──the transaction before has ended──▶ written ──committed──▶ answered
 *                                                        └──failed────▶ alone once more, if it was not the database
 *
 * SQLite has one that writes at a time. On PostgreSQL each tenant has a queue of its own: none waits for the lock of another.
 *
 * @returns a function that answers once its entries are on disk.
 */
export function createAppend(database: Database) {
  const queues = new Map<string, Waiting[]>();

  function enqueue(one: Waiting): void {
    const name = database.kind === 'postgres' ? one.tenant : '';
    const waiting = queues.get(name);
    if (waiting !== undefined) waiting.push(one);
    else void run(name, [one]);
  }

  async function run(name: string, waiting: Waiting[]): Promise<void> {
    queues.set(name, waiting);
    await Promise.resolve(); // whoever asks in the same breath comes along
    while (waiting.length > 0) await write(takeBatch(waiting));
    queues.delete(name);
  }

  async function write(batch: readonly Waiting[]): Promise<void> {
    try {
      const written = await writeTogether(database, batch);
      for (const [index, { resolve }] of batch.entries()) resolve(written[index] ?? []);
    } catch (error) {
      // One caller's fault is not the others'.
      if (batch.length > 1 && !(error instanceof StoreUnavailableError)) {
        for (const one of batch) await write([one]);
      } else {
        for (const { reject } of batch) reject(error);
      }
    }
  }

  return (
    tenant: string,
    entries: readonly NewEntry[],
    contents: readonly Content[] = [],
    { news = [], changes = [] }: Beside = {},
  ): Promise<Entry[]> =>
    new Promise((resolve, reject) => {
      // An entry that no verifier would read must not come into a record that nobody can change.
      for (const entry of entries) parseEntry({ ...entry, version: 1, tenant, sequence: 0 });
      enqueue({ tenant, entries, news, changes, contents: contents.map(checked), resolve, reject });
    });
}

function takeBatch(waiting: Waiting[]): Waiting[] {
  let count = 0;
  const end = waiting.findIndex(({ entries }) => (count += entries.length) > ENTRIES_A_TRANSACTION);
  return waiting.splice(0, end === -1 ? waiting.length : Math.max(1, end));
}

/** Each tenant's together. */
async function writeTogether(database: Database, batch: readonly Appending[]): Promise<Entry[][]> {
  const byTenant = [...Map.groupBy(batch, ({ tenant }) => tenant)];
  const all = byTenant.map(([tenant, own]) => ({
    tenant,
    entries: own.flatMap(({ entries }) => entries),
    news: own.flatMap(({ news }) => news),
    contents: own.flatMap(({ contents }) => contents),
    changes: own.flatMap(({ changes }) => changes),
  }));
  const append = database.kind === 'postgres' ? appendByStatement : appendInTransaction;
  const written = await append(database, all);
  const byId = new Map(byTenant.map(([tenant], index) => [tenant, written[index]]));
  return batch.map(({ tenant, entries }) => entries.flatMap(({ id }) => byId.get(tenant)?.get(id) ?? []));
}

function checked({ digest, content }: Content): { digest: string; text: string } {
  if (contentDigest(content) === digest) return { digest, text: canonical(content) };
  throw new TypeError(`A content is not what its digest says: ${digest}.`);
}
