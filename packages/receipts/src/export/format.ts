import { checkSignedOrNot, type Checkpoint } from '../checkpoint.ts';
import { canonical } from '../digest.ts';
import { parseEntry, type Entry } from '../entry.ts';
import { anything, digest, integer, isObject, listOf, object, text, version, type Check } from '../fields.ts';
import { FormatError } from '../format-error.ts';
import type { Jwks } from '../signing/keys.ts';

/**
 * An export: lines of canonical JSON in UTF-8, each ended by "\n", and nothing else.
 *
 *   header       of which tenant, which entries, and the hashes left of them in the tree
 *   checkpoint   the tree's size and root, signed: what all proofs lead to
 *   entry        one for each, in order; after it the contents that it is the first to name, unless they were erased
 *   proof        after each block of entries: their leaf hashes, and the hashes right of them in the tree
 *   end          how many lines there were, their digest, and its signature
 *
 * The checkpoint stands before the entries, so a reader in one pass knows at each proof whether the block is in the signed tree. What was
 * proven stays proven when a later line is damaged. By the leaf hashes the damaged entry is found.
 */
export type Line = HeaderLine | CheckpointLine | EntryLine | ContentLine | ProofLine | EndLine;

export interface HeaderLine {
  type: 'header';
  version: 1;
  tenant: string;
  /** The sequence of the first entry. */
  from: number;
  /** The sequence after that of the last entry. */
  to: number;
  /** The subtrees that `[0, from)` is made of, from left to right. */
  left: string[];
  /** The exporter's public keys. They prove nothing to anybody who does not know them from elsewhere. */
  jwks?: Jwks;
}

export interface CheckpointLine {
  type: 'checkpoint';
  /** A JWS, or what it would say when there is no key to sign with. */
  checkpoint: string | Checkpoint;
}

export interface EntryLine {
  type: 'entry';
  entry: Entry;
}

export interface ContentLine {
  type: 'content';
  digest: string;
  content: unknown;
}

export interface ProofLine {
  type: 'proof';
  /** The sequence after that of the last entry before this line. */
  to: number;
  /** The leaf hashes of the entries since the proof before. */
  leaves: string[];
  /** The subtrees that `[to, size)` is made of, from left to right. */
  right: string[];
}

export interface EndLine {
  type: 'end';
  /** Lines before this one. */
  lines: number;
  /** Of all bytes before this line. */
  digest: string;
  /** A JWS over tenant and digest. Absent without a key. */
  signature?: string;
}

/** Longer ones are neither written nor read: an effect's arguments and output are far below. */
export const LINE_BYTES = 16 * 1024 * 1024;
/** Entries to a proof. Blocks end where the sequence is a multiple of it, so that few hashes are right of them. */
export const BLOCK = 256;

const type: Check = anything;
const hashes = listOf(digest, 128);

const CHECKS: Record<Line['type'], Check> = {
  header: object(
    { type, version: version('an export'), tenant: text(), from: integer(), to: integer(), left: hashes },
    { jwks: object({ keys: listOf(anything) }) },
  ),
  checkpoint: object({ type, checkpoint: checkSignedOrNot }),
  entry: object({ type, entry: parseEntry }),
  content: object({ type, digest, content: anything }),
  proof: object({ type, to: integer(), leaves: listOf(digest, 65_536), right: hashes }),
  end: object({ type, lines: integer(), digest }, { signature: text(100_000) }),
};

export function encodeLine(line: Line): string {
  const encoded = `${canonical(line)}\n`;
  if (Buffer.byteLength(encoded) > LINE_BYTES)
    throw new FormatError('line', `must be of at most ${LINE_BYTES} bytes`);
  return encoded;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads a line, without its "\n".
 *
 * @throws FormatError saying what is wrong with it.
 */
export function decodeLine(bytes: Uint8Array): Line {
  let value: unknown;
  let line: string;
  try {
    line = decoder.decode(bytes);
    value = JSON.parse(line) as unknown;
  } catch {
    throw new FormatError('line', 'must be JSON in UTF-8');
  }
  if (!isObject(value)) throw new FormatError('line', 'must be a JSON object');
  const kind = value.type as Line['type'];
  const check = typeof kind === 'string' && Object.hasOwn(CHECKS, kind) ? CHECKS[kind] : undefined;
  if (check === undefined) throw new FormatError('type', `must be one of ${Object.keys(CHECKS).join(', ')}`);
  check(value, kind);
  if (canonical(value) !== line) throw new FormatError('line', 'must be canonical JSON (RFC 8785)');
  return value as unknown as Line;
}
