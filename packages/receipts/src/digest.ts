import { hash } from 'node:crypto';

import canonicalize from 'canonicalize';

import { FormatError } from './format-error.ts';

/** The form of every digest and tree hash in the format: `sha256:` and 64 hexadecimal digits. */
export const DIGEST = /^sha256:[0-9a-f]{64}$/;

export function sha256(data: string | Uint8Array): Uint8Array {
  return hash('sha256', data, 'buffer');
}

/** `sha256:<hex>` of 32 bytes that are a hash already. */
export function toDigest(bytes: Uint8Array): string {
  return `sha256:${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')}`;
}

/**
 * The 32 bytes of a digest.
 *
 * @throws FormatError for anything but `sha256:<hex>`.
 */
export function fromDigest(digest: string): Uint8Array {
  if (!DIGEST.test(digest)) throw new FormatError('digest', 'must be "sha256:" and 64 hexadecimal digits');
  return Buffer.from(digest.slice(7), 'hex');
}

/**
 * Canonical JSON (RFC 8785): the one text that a value is hashed and signed as.
 *
 * @throws FormatError when the value is nothing that JSON can carry.
 */
export function canonical(value: unknown): string {
  let text: string | undefined;
  try {
    text = canonicalize(value);
  } catch (error) {
    throw new FormatError(
      'value',
      `must be plain JSON (${error instanceof Error ? error.message : 'unknown'})`,
    );
  }
  if (text === undefined) throw new FormatError('value', 'must be plain JSON');
  return text;
}

/** The digest that an entry names content by: over the content's canonical JSON. */
export function contentDigest(content: unknown): string {
  return toDigest(sha256(canonical(content)));
}
