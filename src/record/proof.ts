import {
  createReceipt,
  writeExport,
  type Entry,
  type Jwks,
  type Receipt,
  type SigningKey,
} from '@countersign/receipts';

import type { Store } from '../store/store.ts';
import { takeCheckpoint } from './checkpoints/take.ts';

/** Takes the record out so that others can verify it (packages/receipts). */
export interface Proofs {
  /** Whether checkpoints are signed. */
  isSigned: boolean;
  /**
   * The entries of a time, with what leads from them to a checkpoint; a line at a time. Times are ISO 8601, `until` exclusive.
   *
   * @throws StoreUnavailableError
   */
  exportLines(tenant: string, time?: { since?: string; until?: string }): AsyncGenerator<string, void, void>;
  /**
   * The entries of one approval with their proofs; null when there are none.
   *
   * @throws StoreUnavailableError
   */
  receipt(tenant: string, approvalId: string): Promise<Receipt | null>;
}

/** Whose word it is. Without a key nothing is signed, and a proof shows damage only. */
export interface Signing {
  key?: SigningKey | undefined;
  /** Public keys that go along. */
  jwks?: Jwks | undefined;
}

/** Entries that are read at once. */
const PAGE = 500;

export function createProofs(
  { record }: Pick<Store, 'record'>,
  { key, jwks = key && { keys: [key.publicJwk] } }: Signing = {},
  clock: () => number = Date.now,
): Proofs {
  const checkpoint = (tenant: string) => takeCheckpoint(record, tenant, { key, clock });

  async function content(tenant: string, digest: string): Promise<unknown> {
    return (await record.content(tenant, digest))?.content;
  }

  /** Page by page, each with what its entries name. */
  function pages(tenant: string, from: number, to: number) {
    const kept = new Map<string, unknown>();
    async function* entries(): AsyncGenerator<Entry> {
      for (let next = from; next < to;) {
        const page = await record.entries(tenant, { from: next, to, limit: PAGE });
        if (page.length === 0) return;
        const named = page.flatMap(({ contents }) => Object.values(contents ?? {}));
        for (const found of await record.contents(tenant, named)) kept.set(found.digest, found.content);
        yield* page;
        kept.clear();
        next += page.length;
      }
    }
    return { entries: entries(), content: (digest: string) => kept.get(digest) };
  }

  return {
    isSigned: key !== undefined,

    async *exportLines(tenant, time = {}) {
      const said = await checkpoint(tenant);
      const { since, until } = time;
      const isAll = since === undefined && until === undefined;
      const between = isAll ? { from: 0, to: said.size } : await record.between(tenant, time);
      const to = Math.min(between.to, said.size);
      const from = Math.min(between.from, to);
      yield* writeExport({
        ...{ tenant, from, to, checkpoint: said.checkpoint, jwks, key },
        ...pages(tenant, from, to),
        range: (start, end) => record.range(tenant, start, end, said.size),
      });
    },

    async receipt(tenant, approvalId) {
      const said = await checkpoint(tenant);
      const found = (await record.ofApproval(tenant, approvalId)).filter(
        ({ sequence }) => sequence < said.size,
      );
      if (found.length === 0) return null;
      return createReceipt({
        ...{ tenant, approvalId, entries: found, checkpoint: said.checkpoint, jwks },
        inclusion: (sequence) => record.inclusion(tenant, sequence, said.size),
        content: (digest) => content(tenant, digest),
      });
    },
  };
}
