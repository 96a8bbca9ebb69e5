import { keysFor, readAnchor } from './anchor.ts';
import { checkSignedOrNot, type Checkpoint } from './checkpoint.ts';
import { canonical, contentDigest, fromDigest, toDigest } from './digest.ts';
import { entryLeaf, parseEntry, type Entry } from './entry.ts';
import type { VerifyOptions } from './export/verify.ts';
import { anything, digest, listOf, mapOf, object, oneOf, text, version } from './fields.ts';
import { Findings } from './findings/findings.ts';
import { FormatError } from './format-error.ts';
import { verifyInclusion } from './merkle/verify.ts';
import { Problems, type Report } from './report.ts';
import type { Jwks } from './signing/keys.ts';

/** All entries of one approval, with a proof that each is in the record. It proves what is in it, not that nothing came later. */
export interface Receipt {
  type: 'countersign-receipt';
  version: 1;
  tenant: string;
  approvalId: string;
  entries: { entry: Entry; proof: string[] }[];
  /** By digest; what was erased is not among them. */
  contents?: Record<string, unknown>;
  checkpoint: string | Checkpoint;
  /** The gateway's public keys. They prove nothing to anybody who does not know them from elsewhere. */
  jwks?: Jwks;
}

/** What a receipt is made of. */
export interface ReceiptSource {
  tenant: string;
  approvalId: string;
  entries: readonly Entry[];
  checkpoint: string | Checkpoint;
  /** The inclusion proof of a leaf in the checkpoint's tree. */
  inclusion(sequence: number): Uint8Array[] | Promise<Uint8Array[]>;
  content?(digest: string): unknown;
  jwks?: Jwks | undefined;
}

const hashes = listOf(digest, 64);
const check = object(
  {
    ...{
      type: oneOf(['countersign-receipt']),
      version: version('a receipt'),
      tenant: text(),
      approvalId: text(),
    },
    entries: listOf(object({ entry: parseEntry, proof: hashes }), 10_000),
    checkpoint: checkSignedOrNot,
  },
  { contents: mapOf(anything, 10_000), jwks: object({ keys: listOf(anything) }) },
);

export async function createReceipt(source: ReceiptSource): Promise<Receipt> {
  const { tenant, approvalId, checkpoint, jwks } = source;
  const entries: Receipt['entries'] = [];
  const contents: Record<string, unknown> = {};
  for (const entry of source.entries) {
    entries.push({ entry, proof: (await source.inclusion(entry.sequence)).map(toDigest) });
    for (const name of Object.values(entry.contents ?? {})) {
      const content = await source.content?.(name);
      if (content !== undefined) contents[name] = content;
    }
  }
  const has = Object.keys(contents).length > 0;
  return {
    ...{ type: 'countersign-receipt', version: 1, tenant, approvalId, entries },
    ...(has && { contents }),
    checkpoint,
    ...(jwks && { jwks }),
  };
}

/**
 * Verifies a receipt, without a network. What is wrong with it is in the report, where `line` counts its entries from 1 and is 0 for the
 * whole.
 *
 * @param receipt - the object, or its JSON.
 */
export async function verifyReceipt(
  receipt: unknown,
  { keys, checkpoints = [] }: VerifyOptions = {},
): Promise<Report> {
  const problems = new Problems();
  const value = parsed(receipt, problems);
  const nothing = {
    findings: [],
    findingsOmitted: 0,
    unjudged: 0,
    entries: 0,
    contents: 0,
    from: 0,
    provenTo: 0,
  };
  if (checkpoints.length > 0)
    problems.add(0, 'A checkpoint that you hold is compared with an export, not with a receipt.');
  if (value === null) {
    const found = { problems: problems.byLine(), problemsOmitted: 0 };
    const trust = keys === undefined ? 'unsigned' : 'trusted-keys';
    return { ok: false, intact: false, trust, tenant: null, checkpoint: null, ...nothing, ...found };
  }
  const complain = (problem: string) => problems.add(0, `The receipt ${problem}`);
  const known = await keysFor(keys, value.jwks, complain);
  const about = { tenant: value.tenant, keys: known, isTrusted: keys !== undefined };
  const anchor = await readAnchor(value.checkpoint, about, complain);

  const findings = new Findings(known, false);
  const named = new Set<string>();
  let [before, proven] = [-1, anchor.isBelieved];
  for (const [index, { entry, proof }] of value.entries.entries()) {
    const line = index + 1;
    const { sequence, tenant, approvalId } = entry;
    if (tenant !== value.tenant || approvalId !== value.approvalId)
      problems.add(line, 'The entry is of another approval, or of another tenant.', sequence);
    if (sequence <= before) problems.add(line, 'The entry is out of order, or stands twice.', sequence);
    before = sequence;
    if (anchor.checkpoint !== null) {
      const { size, root } = anchor.checkpoint;
      const tree = { size, root: fromDigest(root), proof: proof.map(fromDigest) };
      if (!verifyInclusion({ leaf: entryLeaf(entry), index: sequence, ...tree })) {
        problems.add(
          line,
          'The entry is not the one that is in the tree, or its proof was changed.',
          sequence,
        );
        proven = false;
      }
    }
    for (const name of Object.values(entry.contents ?? {})) named.add(name);
    await findings.add(entry);
  }
  const contents = Object.entries(value.contents ?? {});
  for (const [name, content] of contents) {
    if (!named.has(name)) problems.add(0, 'The receipt has a content that no entry names.');
    else if (contentDigest(content) !== name)
      problems.add(0, 'The receipt has a content that is not the one of its digest.');
  }
  if (value.entries.length === 0) problems.add(0, 'The receipt has no entries.');
  findings.finish();
  const intact = problems.count === 0;
  const { size, root, time } = anchor.checkpoint ?? { size: 0, root: '', time: '' };
  return {
    ok: intact && findings.violations === 0,
    intact,
    trust: anchor.trust,
    tenant: value.tenant,
    entries: value.entries.length,
    contents: contents.length,
    from: value.entries[0]?.entry.sequence ?? 0,
    provenTo: proven ? before + 1 : (value.entries[0]?.entry.sequence ?? 0),
    checkpoint: anchor.checkpoint === null ? null : { size, root, time },
    problems: problems.byLine(),
    problemsOmitted: problems.omitted,
    findings: findings.listed,
    findingsOmitted: findings.omitted,
    unjudged: findings.unjudged,
  };
}

/** A text within quotes, and the colon that makes it a name. */
const TEXT = /"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?/gs;

/**
 * Reads JSON in which every name stands once in its object. Of one that stands twice readers take either: they would read another receipt
 * than the one that was verified.
 */
function readOnce(json: string): unknown {
  const value: unknown = JSON.parse(json);
  const text = canonical(value);
  if (countNames(text) === countNames(json)) return value;
  throw new FormatError('receipt', 'must have each name once in an object');
}

function countNames(json: string): number {
  let count = 0;
  for (const [, colon] of json.matchAll(TEXT)) if (colon !== undefined) count += 1;
  return count;
}

function parsed(receipt: unknown, problems: Problems): Receipt | null {
  try {
    const value = typeof receipt === 'string' ? readOnce(receipt) : receipt;
    check(value, 'receipt');
    canonical(value); // what has no canonical JSON has no digest, either
    return value as Receipt;
  } catch (error) {
    const why = error instanceof FormatError ? error.message : 'it must be JSON.';
    problems.add(0, `The receipt cannot be read: ${why}`);
    return null;
  }
}
