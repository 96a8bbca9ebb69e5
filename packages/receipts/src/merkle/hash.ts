import { sha256 } from '../digest.ts';

/** RFC 9162, section 2.1.1: leaves and nodes are hashed apart, so that none can be taken for the other. */
const [LEAF, NODE] = [0, 1];

/** The hash of a leaf: SHA-256 over a zero byte and the leaf. */
export function leafHash(leaf: Uint8Array): Uint8Array {
  const bytes = Buffer.allocUnsafe(leaf.length + 1);
  bytes[0] = LEAF;
  bytes.set(leaf, 1);
  return sha256(bytes);
}

/** The hash of a node: SHA-256 over a one byte and the hashes of its children. */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  const bytes = Buffer.allocUnsafe(left.length + right.length + 1);
  bytes[0] = NODE;
  bytes.set(left, 1);
  bytes.set(right, left.length + 1);
  return sha256(bytes);
}

/** The hash of a tree without leaves. */
export const EMPTY_ROOT: Uint8Array = sha256('');

export function isSameHash(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}
