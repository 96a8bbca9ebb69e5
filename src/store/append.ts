import { canonical, contentDigest, leafHash, parseEntry, type Entry } from '@countersign/receipts';
import type { Transaction } from 'kysely';

import { applyChanges } from './approvals/changes.ts';
import type { IndexChange } from './approvals/rows.ts';
import { inChunks, type Database } from './database.ts';
import type { NewEntry } from './entry.ts';
import { StoreUnavailableError } from './errors.ts';
import { putOut, type NewNews } from './outbox.ts';
import type { Tables } from './tables.ts';
import { grow, lockTree, type Growing } from './tree.ts';

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
  /** What they change in lists. */
  changes?: readonly IndexChange[];
}

interface Request {
  tenant: string;
  entries: readonly NewEntry[];
  news: readonly NewNews[];
  contents: readonly { digest: string; text: string }[];
  changes: readonly IndexChange[];
}

interface Waiting extends Request {
  resolve: (entries: Entry[]) => void;
  reject: (error: unknown) => void;
}

/** So many entries go into one transaction; a caller's own are never parted. */
const ENTRIES_A_TRANSACTION = 2_000;
const HASH_BYTES = 32;

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
 * @returns a function that answers once its entries are on disk.
 */
export function createAppend(database: Database) {
  const waiting: Waiting[] = [];
  let isRunning = false;

  async function run(): Promise<void> {
    isRunning = true;
    await Promise.resolve(); // whoever asks in the same breath comes along
    while (waiting.length > 0) await write(takeBatch(waiting));
    isRunning = false;
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
      waiting.push({ tenant, entries, news, changes, contents: contents.map(checked), resolve, reject });
      if (!isRunning) void run();
    });
}

function takeBatch(waiting: Waiting[]): Waiting[] {
  let count = 0;
  const end = waiting.findIndex(({ entries }) => (count += entries.length) > ENTRIES_A_TRANSACTION);
  return waiting.splice(0, end === -1 ? waiting.length : Math.max(1, end));
}

async function writeTogether(database: Database, batch: readonly Request[]): Promise<Entry[][]> {
  return database.db.transaction().execute(async (trx) => {
    const written = new Map<string, Map<string, Entry>>();
    // In one order, so that no two processes wait for each other.
    const tenants = [...new Set(batch.map(({ tenant }) => tenant))].toSorted();
    for (const tenant of tenants) {
      const own = batch.filter((request) => request.tenant === tenant);
      const entries = own.flatMap((request) => request.entries);
      const news = new Map(own.flatMap((request) => request.news).map((one) => [one.entryId, one]));
      const { known, all } = await appendTo(trx, database.kind, tenant, entries);
      written.set(tenant, all);
      // What was there before was heard of before.
      const unheard = [...news.values()].filter(({ entryId }) => !known.has(entryId));
      await putOut(trx, tenant, unheard, database.clock());
      await keep(
        trx,
        tenant,
        own.flatMap((request) => request.contents),
      );
      await applyChanges(
        trx,
        tenant,
        own.flatMap((request) => request.changes),
      );
    }
    return batch.map(({ tenant, entries }) =>
      entries.flatMap(({ id }) => written.get(tenant)?.get(id) ?? []),
    );
  });
}

/** @returns the entries by id: those that were there before (`known`), and the new ones. */
async function appendTo(
  trx: Transaction<Tables>,
  kind: Database['kind'],
  tenant: string,
  asked: readonly NewEntry[],
): Promise<{ known: ReadonlySet<string>; all: Map<string, Entry> }> {
  const tree = toTree(await lockTree(trx, kind, tenant));
  const byId = new Map(asked.map((entry) => [entry.id, entry]));
  const entries = new Map<string, Entry>();
  for (const ids of inChunks([...byId.keys()])) {
    const found = await trx
      .selectFrom('entries')
      .select(['id', 'entry'])
      .where('tenant', '=', tenant)
      .where('id', 'in', ids)
      .execute();
    for (const { id, entry } of found) entries.set(id, JSON.parse(entry) as Entry);
  }

  const known = new Set(entries.keys());
  const rows = [...byId.values()]
    .filter(({ id }) => !entries.has(id))
    .map((entry, index) => toRow({ ...entry, version: 1, tenant, sequence: tree.size + index }));
  if (rows.length === 0) return { known, all: entries };
  for (const { id, entry } of rows) entries.set(id, JSON.parse(entry) as Entry);

  const grown = grow(
    tree,
    rows.map(({ leaf }) => leaf),
  );
  for (const chunk of inChunks(rows)) await trx.insertInto('entries').values(chunk).execute();
  for (const chunk of inChunks(grown.full)) {
    await trx
      .insertInto('tree_nodes')
      .values(chunk.map((node) => ({ tenant, ...node })))
      .execute();
  }
  await trx
    .updateTable('trees')
    .set({ size: grown.tree.size, peaks: Buffer.concat(grown.tree.peaks) })
    .where('tenant', '=', tenant)
    .execute();
  return { known, all: entries };
}

function toTree({ size, peaks }: { size: number; peaks: Uint8Array }): Growing {
  const count = peaks.length / HASH_BYTES;
  return {
    size,
    peaks: Array.from({ length: count }, (_, index) =>
      peaks.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES),
    ),
  };
}

function toRow(entry: Entry): Tables['entries'] {
  const text = canonical(entry);
  return {
    tenant: entry.tenant,
    sequence: entry.sequence,
    id: entry.id,
    approval_id: entry.approvalId ?? null,
    time: Date.parse(entry.time),
    entry: text,
    leaf: leafHash(Buffer.from(text)),
  };
}

/** What is there stays as it is: what was erased is not brought back by a retry. */
async function keep(
  trx: Transaction<Tables>,
  tenant: string,
  contents: readonly { digest: string; text: string }[],
): Promise<void> {
  for (const chunk of inChunks(contents)) {
    await trx
      .insertInto('contents')
      .values(chunk.map(({ digest, text }) => ({ tenant, digest, content: text, erased_at: null })))
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
}

function checked({ digest, content }: Content): { digest: string; text: string } {
  if (contentDigest(content) === digest) return { digest, text: canonical(content) };
  throw new TypeError(`A content is not what its digest says: ${digest}.`);
}
