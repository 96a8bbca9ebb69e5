import {
  consistencyProof,
  GrowingTree,
  inclusionProof,
  rangeProof,
  subtreesOf,
  toDigest,
  type RangeProof,
  type Subtree,
} from '@countersign/receipts';

import type { Queries } from './database.ts';
import { StoreInputError } from './errors.ts';
import { numberOf } from './tree.ts';

/** Proofs of a tenant's tree, as RFC 9162 has them: each reads a few rows, whatever the size. Roots are `sha256:` digests. */
export interface Proofs {
  tree(tenant: string): Promise<{ size: number; root: string }>;
  /** The same without the root: one row is read. */
  size(tenant: string): Promise<number>;
  /** The root when the tree had that size. */
  rootAt(tenant: string, size: number): Promise<string>;
  /** From the leaf to the root. */
  inclusion(tenant: string, sequence: number, size: number): Promise<Uint8Array[]>;
  /** That the tree of the first size, which is not empty, is the beginning of the second. */
  consistency(tenant: string, first: number, second: number): Promise<Uint8Array[]>;
  /** What is left and right of the entries `from` (the first) to `to` (the first that is not among them). */
  range(tenant: string, from: number, to: number, size: number): Promise<RangeProof>;
}

export function createProofs(db: Queries): Proofs {
  async function sizeOf(tenant: string): Promise<number> {
    const found = await db.selectFrom('trees').select('size').where('tenant', '=', tenant).executeTakeFirst();
    return found?.size ?? 0;
  }

  const reader = (tenant: string) => async (subtrees: Subtree[]) => {
    const numbers = subtrees.map(numberOf);
    const hashes = await readNodes(db, tenant, numbers);
    return numbers.map((number) => hashOf(hashes, number));
  };

  async function rootOf(tenant: string, size: number): Promise<string> {
    const subtrees = subtreesOf({ from: 0, to: size });
    const hashes = await reader(tenant)(subtrees);
    const tree = new GrowingTree();
    for (const [index, hash] of hashes.entries()) tree.appendSubtree(subtrees[index]?.level ?? 0, hash);
    return toDigest(tree.root());
  }

  async function requireSize(tenant: string, name: string, size: number): Promise<void> {
    requireBetween(name, size, 0, await sizeOf(tenant));
  }

  return {
    size: sizeOf,

    async tree(tenant) {
      const size = await sizeOf(tenant);
      return { size, root: await rootOf(tenant, size) };
    },

    async rootAt(tenant, size) {
      await requireSize(tenant, 'size', size);
      return rootOf(tenant, size);
    },

    async inclusion(tenant, sequence, size) {
      await requireSize(tenant, 'size', size);
      requireBetween('sequence', sequence, 0, size - 1);
      return inclusionProof(sequence, size, reader(tenant));
    },

    async consistency(tenant, first, second) {
      await requireSize(tenant, 'second', second);
      requireBetween('first', first, 1, second);
      return consistencyProof(first, second, reader(tenant));
    },

    async range(tenant, from, to, size) {
      await requireSize(tenant, 'size', size);
      requireBetween('to', to, 0, size);
      requireBetween('from', from, 0, to);
      return rangeProof({ from, to }, size, reader(tenant));
    },
  };
}

async function readNodes(
  db: Queries,
  tenant: string,
  numbers: readonly number[],
): Promise<Map<number, Uint8Array>> {
  const hashes = new Map<number, Uint8Array>();
  const leaves = numbers.filter((number) => number % 2 === 0).map((number) => number / 2);
  const inner = numbers.filter((number) => number % 2 === 1);
  if (leaves.length > 0) {
    const rows = await db
      .selectFrom('entries')
      .select(['sequence', 'leaf'])
      .where('tenant', '=', tenant)
      .where('sequence', 'in', leaves)
      .execute();
    for (const { sequence, leaf } of rows) hashes.set(2 * sequence, leaf);
  }
  if (inner.length > 0) {
    const rows = await db
      .selectFrom('tree_nodes')
      .select(['number', 'hash'])
      .where('tenant', '=', tenant)
      .where('number', 'in', inner)
      .execute();
    for (const { number, hash } of rows) hashes.set(number, hash);
  }
  return hashes;
}

function hashOf(hashes: ReadonlyMap<number, Uint8Array>, number: number): Uint8Array {
  const hash = hashes.get(number);
  if (hash === undefined) throw new Error(`The record's tree lacks its node ${number}.`);
  return hash;
}

function requireBetween(field: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new StoreInputError(
    field,
    most < least ? 'names nothing: the record is empty' : `must be a whole number from ${least} to ${most}`,
  );
}
