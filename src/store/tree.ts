import { nodeHash, type Subtree } from '@countersign/receipts';
import type { Transaction } from 'kysely';

import type { Database } from './database.ts';
import type { Tables } from './tables.ts';

/**
 * The Merkle tree of a tenant (RFC 9162, section 2.1) as the store keeps it: a leaf for each entry, and a row for each perfect subtree
 * above the leaves, which never changes once it is full. Whatever a proof asks for is made of a few of them.
 *
 * A perfect subtree of 2^level leaves, the position-th of its level, has a number: an inner node stands between its children.
 *
 *   level 2         3
 *   level 1     1       5
 *   leaves    0   2   4   6        so leaf n is number 2n
 */
export interface TreeNode {
  number: number;
  hash: Uint8Array;
}

/** A tree that grows: its peaks are the perfect subtrees that its size is made of, the largest first. */
export interface Growing {
  size: number;
  peaks: Uint8Array[];
}

export function numberOf({ level, position }: Subtree): number {
  return 2 ** level * (2 * position + 1) - 1;
}

/**
 * Appends leaves.
 *
 * @returns the tree with them, and the subtrees that became full.
 */
export function grow(tree: Growing, leaves: readonly Uint8Array[]): { tree: Growing; full: TreeNode[] } {
  const peaks = [...tree.peaks];
  const full: TreeNode[] = [];
  let size = tree.size;
  for (const leaf of leaves) {
    let hash = leaf;
    let position = size;
    for (let level = 1; position % 2 === 1; level += 1) {
      hash = nodeHash(peaks.pop() ?? missing(), hash);
      position = (position - 1) / 2;
      full.push({ number: numberOf({ level, position }), hash });
    }
    peaks.push(hash);
    size += 1;
  }
  return { tree: { size, peaks }, full };
}

/**
 * Whoever appends to a tenant's tree, or changes its approvals in lists, holds the tree's row until the end of the transaction: sequences
 * have no gap, and no two wait for each other's rows. On PostgreSQL the row is written, not only locked: an append that looked at it before
 * finds out (by-statement.ts).
 */
export async function lockTree(
  trx: Transaction<Tables>,
  kind: Database['kind'],
  tenant: string,
): Promise<Pick<Tables['trees'], 'size' | 'peaks'>> {
  const find =
    kind === 'postgres'
      ? trx
          .updateTable('trees')
          .set((eb) => ({ size: eb.ref('size') }))
          .where('tenant', '=', tenant)
          .returning(['size', 'peaks'])
      : trx.selectFrom('trees').select(['size', 'peaks']).where('tenant', '=', tenant);
  const found = await find.executeTakeFirst();
  if (found !== undefined) return found;
  await trx
    .insertInto('trees')
    .values({ tenant, size: 0, peaks: new Uint8Array() })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return find.executeTakeFirstOrThrow();
}

function missing(): never {
  throw new Error('A tree has fewer peaks than its size is made of.');
}
