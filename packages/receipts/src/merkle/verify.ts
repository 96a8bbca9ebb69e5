import { isSameHash, nodeHash } from './hash.ts';

const HASH_BYTES = 32;

/** That a leaf is in the tree with this root. */
export interface Inclusion {
  /** The hash of the leaf. */
  leaf: Uint8Array;
  index: number;
  size: number;
  proof: readonly Uint8Array[];
  root: Uint8Array;
}

/** RFC 9162, section 2.1.3.2. */
export function verifyInclusion({ leaf, index, size, proof, root }: Inclusion): boolean {
  if (!isWhole(index) || !isWhole(size) || index >= size || !areHashes(leaf, root, ...proof)) return false;
  let [node, last, hash] = [index, size - 1, leaf];
  for (const sibling of proof) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      hash = nodeHash(sibling, hash);
      // A node without a right sibling stands on the next levels as it is.
      while (node % 2 === 0 && node !== 0) [node, last] = [node / 2, half(last)];
    } else hash = nodeHash(hash, sibling);
    [node, last] = [half(node), half(last)];
  }
  return last === 0 && isSameHash(hash, root);
}

/** That the second tree has the leaves of the first, in their order, before its other ones. */
export interface Consistency {
  first: number;
  second: number;
  firstRoot: Uint8Array;
  secondRoot: Uint8Array;
  proof: readonly Uint8Array[];
}

/** RFC 9162, section 2.1.4.2. From the empty tree every other has grown: there is nothing to prove, and so no proof. */
export function verifyConsistency({ first, second, firstRoot, secondRoot, proof }: Consistency): boolean {
  if (!isWhole(first) || !isWhole(second) || first === 0 || first > second) return false;
  if (first === second) return proof.length === 0 && isSameHash(firstRoot, secondRoot);
  if (!areHashes(firstRoot, secondRoot, ...proof)) return false;
  // The first tree is one perfect subtree: its root begins the proof.
  const isPerfect = Number.isInteger(Math.log2(first)) && 2 ** Math.log2(first) === first;
  const [start, ...path] = isPerfect ? [firstRoot, ...proof] : proof;
  if (start === undefined || path.length === 0) return false;
  let [node, last] = [first - 1, second - 1];
  while (node % 2 === 1) [node, last] = [half(node), half(last)];
  let [one, two] = [start, start];
  for (const sibling of path) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      [one, two] = [nodeHash(sibling, one), nodeHash(sibling, two)];
      while (node % 2 === 0 && node !== 0) [node, last] = [node / 2, half(last)];
    } else two = nodeHash(two, sibling);
    [node, last] = [half(node), half(last)];
  }
  return last === 0 && isSameHash(one, firstRoot) && isSameHash(two, secondRoot);
}

/** Not by shifting: a shift would cut numbers to 32 bits. */
function half(number: number): number {
  return Math.floor(number / 2);
}

function isWhole(number: number): boolean {
  return Number.isSafeInteger(number) && number >= 0;
}

function areHashes(...hashes: Uint8Array[]): boolean {
  return hashes.every(({ length }) => length === HASH_BYTES);
}
