/** Leaves of a tree, from the first that is in it to the first that is not. */
export interface Range {
  from: number;
  to: number;
}

/** A perfect subtree: of 2^level leaves, the position-th of its level. It never changes once it is full. */
export interface Subtree {
  level: number;
  position: number;
}

/** The perfect subtrees that a range is made of, from left to right. There are at most 2 for each level of the tree. */
export function subtreesOf({ from, to }: Range): Subtree[] {
  const subtrees: Subtree[] = [];
  for (let at = from; at < to;) {
    let level = 0;
    while (at % 2 ** (level + 1) === 0 && at + 2 ** (level + 1) <= to) level += 1;
    subtrees.push({ level, position: at / 2 ** level });
    at += 2 ** level;
  }
  return subtrees;
}

/** What an inclusion proof is made of, from the leaf to the root (RFC 9162, section 2.1.3.1). */
export function inclusionRanges(leaf: number, size: number): Range[] {
  const ranges: Range[] = [];
  let [from, to] = [0, size];
  while (to - from > 1) {
    const middle = from + largestPowerBelow(to - from);
    ranges.push(leaf < middle ? { from: middle, to } : { from, to: middle });
    if (leaf < middle) to = middle;
    else from = middle;
  }
  return ranges.reverse();
}

/** What a consistency proof is made of, in its order (RFC 9162, section 2.1.4.1). */
export function consistencyRanges(first: number, second: number): Range[] {
  if (first === 0 || first === second) return [];
  const ranges: Range[] = [];
  let [from, to] = [0, second];
  while (to !== first) {
    const middle = from + largestPowerBelow(to - from);
    ranges.push(first <= middle ? { from: middle, to } : { from, to: middle });
    if (first <= middle) to = middle;
    else from = middle;
  }
  // Whoever asks knows the root of the first tree, but not of a part of it.
  if (from !== 0) ranges.push({ from, to });
  return ranges.reverse();
}

/** The largest power of two below a number above 1. */
function largestPowerBelow(count: number): number {
  let power = 1;
  while (power * 2 < count) power *= 2;
  return power;
}
