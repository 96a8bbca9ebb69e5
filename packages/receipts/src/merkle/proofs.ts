import { nodeHash } from './hash.ts';
import { consistencyRanges, inclusionRanges, subtreesOf, type Range, type Subtree } from './ranges.ts';

/** Reads the hashes of perfect subtrees from wherever they are kept, in the order they are asked for. */
export type ReadSubtrees = (subtrees: Subtree[]) => Uint8Array[] | Promise<Uint8Array[]>;

/**
 * The proof that a leaf is in a tree (RFC 9162, section 2.1.3.1): hashes from the leaf up to the root.
 *
 * @throws RangeError when the tree has no such leaf.
 */
export async function inclusionProof(leaf: number, size: number, read: ReadSubtrees): Promise<Uint8Array[]> {
  if (leaf < 0 || leaf >= size) throw new RangeError(`A tree of ${size} has no leaf ${leaf}.`);
  return hashesOf(inclusionRanges(leaf, size), read);
}

/**
 * The proof that a tree has grown from an earlier one (RFC 9162, section 2.1.4.1).
 *
 * @throws RangeError when the first is empty, or larger than the second.
 */
export async function consistencyProof(
  first: number,
  second: number,
  read: ReadSubtrees,
): Promise<Uint8Array[]> {
  if (first <= 0 || first > second)
    throw new RangeError(`A tree of ${second} has not grown from one of ${first}.`);
  return hashesOf(consistencyRanges(first, second), read);
}

/** What leads from the leaves of a range to the root: the hashes of the subtrees left and right of it, from left to right. */
export interface RangeProof {
  left: Uint8Array[];
  right: Uint8Array[];
}

/** @throws RangeError when the tree has no such leaves. */
export async function rangeProof({ from, to }: Range, size: number, read: ReadSubtrees): Promise<RangeProof> {
  if (from < 0 || from > to || to > size)
    throw new RangeError(`A tree of ${size} has no leaves ${from} to ${to}.`);
  const left = subtreesOf({ from: 0, to: from });
  const hashes = await read([...left, ...subtreesOf({ from: to, to: size })]);
  return { left: hashes.slice(0, left.length), right: hashes.slice(left.length) };
}

/** Reads once for all ranges. */
async function hashesOf(ranges: Range[], read: ReadSubtrees): Promise<Uint8Array[]> {
  const parts = ranges.map(subtreesOf);
  const hashes = await read(parts.flat());
  let at = 0;
  return parts.map(({ length }) =>
    hashes.slice((at += length) - length, at).reduceRight((right, left) => nodeHash(left, right)),
  );
}
