import { nodeHash, sha256 } from './hash.ts';

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
export interface Range {
  from: number;
  /** The first leaf that is not in it. */
  to: number;
}

export interface TreeNode {
  number: number;
  hash: Uint8Array;
}

/** A tree that grows: its peaks are the perfect subtrees that its size is made of, the largest first. */
export interface Growing {
  size: number;
  peaks: Uint8Array[];
}

function numberOf(level: number, position: number): number {
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
      full.push({ number: numberOf(level, position), hash });
    }
    peaks.push(hash);
    size += 1;
  }
  return { tree: { size, peaks }, full };
}

/** The root over subtrees that follow each other, the largest first. */
export function fold(hashes: readonly Uint8Array[]): Uint8Array {
  const last = hashes.at(-1);
  if (last === undefined) return sha256('');
  return hashes.slice(0, -1).reduceRight((right, left) => nodeHash(left, right), last);
}

/** The perfect subtrees that a range is made of, from left to right, as numbers. */
export function subtreesOf({ from, to }: Range): number[] {
  const numbers: number[] = [];
  for (let at = from; at < to;) {
    let level = 0;
    while (at % 2 ** (level + 1) === 0 && at + 2 ** (level + 1) <= to) level += 1;
    numbers.push(numberOf(level, at / 2 ** level));
    at += 2 ** level;
  }
  return numbers;
}

/** What an inclusion proof is made of, from the leaf to the root (RFC 9162, section 2.1.3.1). */
export function inclusionRanges(leaf: number, size: number): Range[] {
  const ranges: Range[] = [];
  for (let [from, to] = [0, size]; to - from > 1;) {
    const middle = from + largestPowerBelow(to - from);
    if (leaf < middle) {
      ranges.unshift({ from: middle, to });
      to = middle;
    } else {
      ranges.unshift({ from, to: middle });
      from = middle;
    }
  }
  return ranges;
}

/** What a consistency proof is made of, in its order (RFC 9162, section 2.1.4.1). */
export function consistencyRanges(first: number, second: number): Range[] {
  if (first === 0 || first === second) return [];
  const ranges: Range[] = [];
  let [from, to] = [0, second];
  while (to !== first) {
    const middle = from + largestPowerBelow(to - from);
    if (first <= middle) {
      ranges.unshift({ from: middle, to });
      to = middle;
    } else {
      ranges.unshift({ from, to: middle });
      from = middle;
    }
  }
  // Whoever asks knows the root of the first tree, but not of a part of it.
  return from === 0 ? ranges : [{ from, to }, ...ranges];
}

/** The largest power of two below a number above 1. */
function largestPowerBelow(count: number): number {
  let power = 1;
  while (power * 2 < count) power *= 2;
  return power;
}

function missing(): never {
  throw new Error('A tree has fewer peaks than its size is made of.');
}
