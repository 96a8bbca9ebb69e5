import type { Queries } from './database.ts';
import { StoreInputError } from './errors.ts';
import { toDigest } from './hash.ts';
import { consistencyRanges, fold, inclusionRanges, subtreesOf, type Range } from './tree.ts';

/** Proofs of a tenant's tree, as RFC 9162 has them: each reads a few rows, whatever the size. Hashes are digests. */
export interface Proofs {
  tree(tenant: string): Promise<{ size: number; root: string }>;
  /** The root when the tree had that size. */
  rootAt(tenant: string, size: number): Promise<string>;
  /** From the leaf to the root. */
  inclusion(tenant: string, sequence: number, size: number): Promise<string[]>;
  /** That the tree of the first size is the beginning of the second. */
  consistency(tenant: string, first: number, second: number): Promise<string[]>;
  /** The perfect subtrees left and right of the entries `from` (the first) to `to` (the first that is not among them). */
  range(tenant: string, from: number, to: number, size: number): Promise<{ left: string[]; right: string[] }>;
}

export function createProofs(db: Queries): Proofs {
  async function sizeOf(tenant: string): Promise<number> {
    const found = await db.selectFrom('trees').select('size').where('tenant', '=', tenant).executeTakeFirst();
    return found?.size ?? 0;
  }

  /** One hash for each range. */
  async function hashesOf(tenant: string, ranges: readonly Range[]): Promise<string[]> {
    const parts = ranges.map(subtreesOf);
    const hashes = await readNodes(db, tenant, parts.flat());
    return parts.map((numbers) => toDigest(fold(numbers.map((number) => hashOf(hashes, number)))));
  }

  async function requireSize(tenant: string, name: string, size: number): Promise<void> {
    const largest = await sizeOf(tenant);
    requireBetween(name, size, 0, largest);
  }

  return {
    async tree(tenant) {
      const size = await sizeOf(tenant);
      const [root = ''] = await hashesOf(tenant, [{ from: 0, to: size }]);
      return { size, root };
    },

    async rootAt(tenant, size) {
      await requireSize(tenant, 'size', size);
      const [root = ''] = await hashesOf(tenant, [{ from: 0, to: size }]);
      return root;
    },

    async inclusion(tenant, sequence, size) {
      await requireSize(tenant, 'size', size);
      requireBetween('sequence', sequence, 0, size - 1);
      return hashesOf(tenant, inclusionRanges(sequence, size));
    },

    async consistency(tenant, first, second) {
      await requireSize(tenant, 'second', second);
      requireBetween('first', first, 0, second);
      return hashesOf(tenant, consistencyRanges(first, second));
    },

    async range(tenant, from, to, size) {
      await requireSize(tenant, 'size', size);
      requireBetween('to', to, 0, size);
      requireBetween('from', from, 0, to);
      const [left, right] = [subtreesOf({ from: 0, to: from }), subtreesOf({ from: to, to: size })];
      const hashes = await readNodes(db, tenant, [...left, ...right]);
      const toDigests = (numbers: number[]) => numbers.map((number) => toDigest(hashOf(hashes, number)));
      return { left: toDigests(left), right: toDigests(right) };
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
