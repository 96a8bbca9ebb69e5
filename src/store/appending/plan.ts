import { canonical, leafHash, type Entry } from '@countersign/receipts';
import type { Insertable } from 'kysely';

import { changedRows, type ChangedRows, type SeenRow } from '../approvals/changes.ts';
import type { IndexChange } from '../approvals/rows.ts';
import type { NewEntry } from '../entry.ts';
import { outboxRow, type NewNews } from '../outbox.ts';
import type { Tables } from '../tables.ts';
import { grow, type Growing, type TreeNode } from '../tree.ts';

/** What is to be written of one tenant. */
export interface Appending {
  tenant: string;
  entries: readonly NewEntry[];
  news: readonly NewNews[];
  contents: readonly { digest: string; text: string }[];
  changes: readonly IndexChange[];
}

/** What is there of it. */
export interface Seen {
  tree: Pick<Tables['trees'], 'size' | 'peaks'>;
  /** Entries with the same ids. */
  known: readonly Pick<Tables['entries'], 'id' | 'entry'>[];
  /** Rows of lists that changes may be about. */
  approvals: readonly SeenRow[];
}

/** The rows that come of it, which hold only while nothing of what was seen changes. */
export interface Plan extends ChangedRows {
  tenant: string;
  tree: Seen['tree'];
  entries: Tables['entries'][];
  nodes: TreeNode[];
  news: Insertable<Tables['outbox']>[];
  contents: Tables['contents'][];
}

const HASH_BYTES = 32;

/** @returns what to write, and the entries by id: those that are there, and the new ones. */
export function planAppend(
  { tenant, ...asked }: Appending,
  { tree: from, known, approvals }: Seen,
  nowMs: number,
): { plan: Plan; entries: ReadonlyMap<string, Entry> } {
  const heard = new Set(known.map(({ id }) => id));
  const isNew = (id: string) => !heard.has(id);
  const byId = new Map(asked.entries.map((entry) => [entry.id, entry]));
  const rows = [...byId.values()]
    .filter(({ id }) => isNew(id))
    .map((entry, index) => toRow({ ...entry, version: 1, tenant, sequence: from.size + index }));
  const leaves = rows.map(({ leaf }) => leaf);
  const { tree, full } = grow(toTree(from), leaves);
  const news = new Map(asked.news.map((one) => [one.entryId, one]));
  const changes = new Map(asked.changes.map((one) => [one.entryId, one]));
  const plan: Plan = {
    tenant,
    tree: { size: tree.size, peaks: Buffer.concat(tree.peaks) },
    entries: rows,
    nodes: full,
    // What was there before was heard of before.
    news: [...news.values()]
      .filter(({ entryId }) => isNew(entryId))
      .map((one) => outboxRow(tenant, one, nowMs)),
    contents: asked.contents.map(({ digest, text }) => ({ tenant, digest, content: text, erased_at: null })),
    // What was told before may have been changed, or erased, since.
    ...changedRows(
      tenant,
      approvals,
      [...changes.values()].filter(({ entryId }) => isNew(entryId)),
    ),
  };
  const entries = [...known, ...rows].map(({ id, entry }) => [id, JSON.parse(entry) as Entry] as const);
  return { plan, entries: new Map(entries) };
}

function toTree({ size, peaks }: Seen['tree']): Growing {
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
