import { createHash } from 'node:crypto';

/** RFC 9162, section 2.1.1: leaves and nodes are hashed apart, so that none can be taken for the other. */
const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

export function leafHash(leaf: Uint8Array): Uint8Array {
  return createHash('sha256').update(LEAF).update(leaf).digest();
}

export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  return createHash('sha256').update(NODE).update(left).update(right).digest();
}

export function sha256(data: string | Uint8Array): Uint8Array {
  return createHash('sha256').update(data).digest();
}

/** `sha256:` and hex: the form of every digest, root and proof outside the tables. */
export function toDigest(hash: Uint8Array): string {
  return `sha256:${Buffer.from(hash).toString('hex')}`;
}
