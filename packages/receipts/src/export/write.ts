import { decodeCheckpoint, type Checkpoint } from '../checkpoint.ts';
import { toDigest } from '../digest.ts';
import { entryLeaf, type Entry } from '../entry.ts';
import { FormatError } from '../format-error.ts';
import type { RangeProof } from '../merkle/proofs.ts';
import type { Jwks, SigningKey } from '../signing/keys.ts';
import { BLOCK, encodeLine, type Line } from './format.ts';
import { RunningDigest } from './lines.ts';
import { signExport } from './signature.ts';

/** What an export is made of. */
export interface ExportSource {
  tenant: string;
  /** The sequence of the first entry. */
  from: number;
  /** The sequence after that of the last entry; at most the checkpoint's size. */
  to: number;
  /** Of a tree that has all these entries: as it was signed, or as it is. */
  checkpoint: string | Checkpoint;
  /** The entries of `[from, to)` in order. */
  entries: AsyncIterable<Entry> | Iterable<Entry>;
  /** What leads from the leaves of `[from, to)` to the root of the checkpoint's tree. Asked once for a block. */
  range(from: number, to: number): RangeProof | Promise<RangeProof>;
  /** The content with this digest; undefined when it was erased. Without it the export has no contents. */
  content?(digest: string): unknown;
  /** The exporter's public keys. */
  jwks?: Jwks | undefined;
  /** Signs the export as a whole. Without it nobody can tell whether a content was left out. */
  key?: SigningKey | undefined;
}

/**
 * Writes an export, a line at a time.
 *
 * @throws FormatError when an entry is missing, out of order or of another tenant: an export that nobody can verify is not written.
 */
export async function* writeExport(source: ExportSource): AsyncGenerator<string, void, void> {
  const { tenant, from, to, checkpoint, jwks, key } = source;
  const { size } = typeof checkpoint === 'string' ? decodeCheckpoint(checkpoint) : checkpoint;
  if (from < 0 || from > to || to > size)
    throw new FormatError(
      'range',
      `must lie within the checkpoint's ${size} entries, its begin before its end`,
    );
  const digest = new RunningDigest();
  let lines = 0;
  const encode = (line: Line): string => {
    const encoded = encodeLine(line);
    digest.add(encoded);
    lines += 1;
    return encoded;
  };

  const { left } = await source.range(from, from);
  const header = { type: 'header', version: 1, tenant, from, to, left: left.map(toDigest) } as const;
  yield encode({ ...header, ...(jwks && { jwks }) });
  yield encode({ type: 'checkpoint', checkpoint });

  let next = from;
  let leaves: string[] = [];
  const named = new Set<string>();
  const proof = async (): Promise<string> => {
    const { right } = await source.range(from, next);
    const line: Line = { type: 'proof', to: next, leaves, right: right.map(toDigest) };
    leaves = [];
    return encode(line);
  };
  for await (const entry of source.entries) {
    if (entry.tenant !== tenant || entry.sequence !== next || next >= to)
      throw new FormatError(
        'entries',
        `must be those of ${from} to ${to} in order; another one stands at ${next}`,
      );
    yield encode({ type: 'entry', entry });
    leaves.push(toDigest(entryLeaf(entry)));
    next += 1;
    for (const name of new Set(Object.values(entry.contents ?? {}))) {
      if (named.has(name)) continue;
      named.add(name);
      const content = await source.content?.(name);
      if (content !== undefined) yield encode({ type: 'content', digest: name, content });
    }
    if (next % BLOCK === 0) yield await proof();
  }
  if (next !== to) throw new FormatError('entries', `must reach to ${to}; they end at ${next}`);
  if (leaves.length > 0 || from === to) yield await proof();

  const end = { type: 'end', lines, digest: digest.toString() } as const;
  const signature = key && (await signExport(tenant, end.digest, key));
  yield encodeLine({ ...end, ...(signature !== undefined && { signature }) });
}
