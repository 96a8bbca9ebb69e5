import {
  contentDigest,
  entryLeaf,
  nodeHash,
  rangeProof,
  readKeys,
  readSigningKey,
  rootOf,
  signAttestation,
  signCheckpoint,
  toDigest,
  writeExport,
  type Checkpoint,
  type Entry,
  type ExportSource,
  type Keys,
  type ReadSubtrees,
  type SigningKey,
} from '@countersign/receipts';

/** The key of RFC 8037, appendix A.1. */
export const RFC_8037 = {
  kty: 'OKP',
  crv: 'Ed25519',
  d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A',
  x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
};

export const TENANT = 'acme';
export const key: SigningKey = await readSigningKey(RFC_8037);
export const keys: Keys = await readKeys({ keys: [key.publicJwk] });
/** Another one, which nobody trusts. */
export const otherKey: SigningKey = await readSigningKey({
  ...{ kty: 'OKP', crv: 'Ed25519' },
  d: 'TM0Imyj_ltqdtsNG7BFOD1uKMZ81q6Yk2oz27U-4pvs',
  x: 'PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw',
});

export function at(seconds: number): string {
  return new Date(Date.UTC(2026, 2, 1, 9) + seconds * 1000).toISOString();
}

export type Told = Partial<Entry> & Pick<Entry, 'kind'>;

/** Entries with what each of them must have. */
export function entriesOf(told: Told[]): Entry[] {
  return told.map((entry, sequence) => ({
    ...{ version: 1 as const, tenant: TENANT, sequence, time: at(sequence), approvalId: 'appr_1' },
    ...{ id: `${entry.kind}:${sequence}`, ...entry },
  }));
}

export const CALL = contentDigest({ tool: 'refund_order', arguments: { amountCents: 4200 }, tenant: TENANT });

/** Five entries for each refund that grace approves, with what they name kept beside them. */
export function refunds(count: number): { entries: Entry[]; contents: Map<string, unknown> } {
  const contents = new Map<string, unknown>();
  const keep = (content: unknown): string => {
    const digest = contentDigest(content);
    contents.set(digest, content);
    return digest;
  };
  const told = Array.from({ length: Math.ceil(count / 5) }, (_, index): Told[] => {
    const about = {
      approvalId: `appr_${index}`,
      turnId: `turn_${index}`,
      tool: 'refund_order',
      digest: CALL,
    };
    const person = { id: 'grace', groups: ['finance'] };
    const given = {
      decisionId: `dec_${index}`,
      decision: 'approve',
      person,
      authenticated: { by: 'oidc' },
    } as const;
    return [
      {
        kind: 'requested',
        ...about,
        requester: 'ada',
        rule: { approvers: ['finance'] },
        contents: { arguments: keep({ amountCents: 4200, order: index }) },
      },
      { kind: 'voted', ...about, ...given, contents: { note: keep(`Seen: ${index}.`) } },
      { kind: 'settled', ...about, status: 'approved' },
      { kind: 'started', ...about },
      { kind: 'executed', ...about, contents: { output: keep({ refunded: index }) } },
    ];
  });
  return { entries: entriesOf(told.flat().slice(0, count)), contents };
}

/** Reads subtrees of a tree that is kept as a whole: a list of hashes for each level. */
export function readFrom(leaves: Uint8Array[]): ReadSubtrees {
  const levels = [leaves];
  for (let below = leaves; below.length > 1;) {
    const level = Array.from({ length: Math.floor(below.length / 2) }, (_, index) =>
      nodeHash(below[2 * index]!, below[2 * index + 1]!),
    );
    levels.push(level);
    below = level;
  }
  return (subtrees) => subtrees.map(({ level, position }) => levels[level]![position]!);
}

export interface Made {
  entries: Entry[];
  contents?: Map<string, unknown>;
  from?: number;
  to?: number;
  /** The size of the tree; all entries by default. */
  size?: number;
  isSigned?: boolean;
}

export function checkpointOf(leaves: Uint8Array[], size = leaves.length): Checkpoint {
  return {
    version: 1,
    tenant: TENANT,
    size,
    root: toDigest(rootOf(leaves.slice(0, size))),
    time: at(1_000_000),
  };
}

export async function sourceOf({
  entries,
  contents = new Map(),
  isSigned = true,
  ...range
}: Made): Promise<ExportSource> {
  const leaves = entries.map(entryLeaf);
  const { from = 0, to = entries.length, size = entries.length } = range;
  const checkpoint = checkpointOf(leaves, size);
  const read = readFrom(leaves);
  return {
    ...{ tenant: TENANT, from, to, entries: entries.slice(from, to) },
    checkpoint: isSigned ? await signCheckpoint(checkpoint, key) : checkpoint,
    range: (first, last) => rangeProof({ from: first, to: last }, size, read),
    content: (digest) => contents.get(digest),
    ...(isSigned && { jwks: keys.jwks, key }),
  };
}

export async function linesOf(source: ExportSource): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of writeExport(source)) lines.push(line);
  return lines;
}

/** The lines of an export. */
export async function exported(made: Made): Promise<string[]> {
  return linesOf(await sourceOf(made));
}

export async function attested(entry: Entry, by: SigningKey = key): Promise<Entry> {
  const {
    tenant,
    approvalId = '',
    decisionId = '',
    decision = 'approve',
    digest = '',
    person,
    authenticated,
    time,
  } = entry;
  const claims = { version: 1, tenant, approvalId, decisionId, decision, digest, time } as const;
  const { id = '', groups = [] } = person ?? {};
  const how = authenticated ?? { by: 'key' };
  return {
    ...entry,
    attestation: await signAttestation({ ...claims, person: { id, groups }, authenticated: how }, by),
  };
}
