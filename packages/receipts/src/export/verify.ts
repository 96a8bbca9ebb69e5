import { keysFor, readAnchor, type Anchor } from '../anchor.ts';
import type { Checkpoint } from '../checkpoint.ts';
import { contentDigest, fromDigest } from '../digest.ts';
import type { Entry } from '../entry.ts';
import { Findings } from '../findings/findings.ts';
import { FormatError } from '../format-error.ts';
import { leafHash } from '../merkle/hash.ts';
import { Problems, type Report } from '../report.ts';
import type { Keys } from '../signing/keys.ts';
import { Blocks } from './blocks.ts';
import { decodeLine, type EndLine, type HeaderLine, type Line, type ProofLine } from './format.ts';
import { HeldCheckpoints } from './held-checkpoints.ts';
import { LineSplitter, RunningDigest, type RawLine } from './lines.ts';
import { signatureProblem } from './signature.ts';

/** How an export or a receipt is verified. */
export interface VerifyOptions {
  /** Keys that are known to be the gateway's. With them, whatever is not signed by one of them is a problem. */
  keys?: Keys | undefined;
  /** Signed checkpoints of the same record that were kept elsewhere: the record must have grown from each. */
  checkpoints?: readonly string[] | undefined;
}

/** The bytes of a file, in pieces of any size. */
export type Bytes = AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>;

/**
 * Verifies an export in one pass, without a network. What is wrong with it is in the report; nothing is thrown for it.
 *
 * Memory: the hashes of a block, and a little for each approval.
 */
export async function verifyExport(bytes: Bytes, options: VerifyOptions = {}): Promise<Report> {
  const verifier = new ExportVerifier(options);
  const splitter = new LineSplitter();
  try {
    for await (const chunk of bytes) for (const line of splitter.push(chunk)) await verifier.read(line);
    for (const line of splitter.end()) await verifier.read(line);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    verifier.refuse(error.message);
  }
  return verifier.report();
}

/** What may stand in the next line: the header, then the checkpoint, then any other one, and nothing after the end. */
type Stage = 'header' | 'checkpoint' | 'body' | 'over';

class ExportVerifier {
  readonly #problems = new Problems();
  readonly #held = new HeldCheckpoints(this.#problems);
  readonly #digest = new RunningDigest();
  readonly #options: VerifyOptions;
  #stage: Stage = 'header';
  #header: HeaderLine | null = null;
  #blocks: Blocks | null = null;
  #findings: Findings | null = null;
  /** Trusted ones, or else those that came with the file. */
  #keys: Keys | undefined;
  #anchor: Anchor;
  /** The sequence that comes next. */
  #next = 0;
  #entries = 0;
  #contents = 0;
  /** What the latest entry names and has not been shown; null when that entry could not be read. */
  #named: Set<string> | null = new Set();
  /** Lines since the latest entry that could not be read. Each has a problem of its own, and may have been an entry. */
  #unread = 0;
  #lines = 0;

  constructor(options: VerifyOptions) {
    this.#options = options;
    this.#keys = options.keys;
    const trust = options.keys === undefined ? 'unsigned' : 'trusted-keys';
    this.#anchor = { checkpoint: null, isBelieved: false, trust };
  }

  async read({ number, bytes, isEnded }: RawLine): Promise<void> {
    this.#lines = number;
    if (this.#stage === 'over') {
      this.#problem('stands after the end line.');
      return;
    }
    if (!isEnded) this.#problem('does not end with "\\n": the file was cut here.');
    let line: Line | null = null;
    try {
      line = decodeLine(bytes);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      if (isEnded) this.#problem(`cannot be read: ${error.message}`);
    }
    if (line !== null) await this.#take(line, bytes);
    else if (this.#stage === 'header' || this.#stage === 'checkpoint') this.#pass();
    else [this.#named, this.#unread] = [null, this.#unread + 1];
    this.#digest.add(bytes);
    this.#digest.add('\n');
  }

  /** The rest cannot be read at all. */
  refuse(problem: string): void {
    this.#problems.add(this.#lines + 1, problem);
    this.#stage = 'over';
  }

  report(): Report {
    if (this.#lines === 0) this.#problems.add(1, 'The file is empty.');
    else if (this.#stage !== 'over')
      this.#problems.add(this.#lines + 1, 'The end line is missing: the file was cut here.');
    const [header, findings] = [this.#header, this.#findings];
    const from = header?.from ?? 0;
    findings?.finish();
    const intact = this.#problems.count === 0;
    const { size, root, time } = this.#anchor.checkpoint ?? {};
    return {
      ok: intact && findings?.violations === 0,
      intact,
      trust: this.#anchor.trust,
      tenant: header?.tenant ?? null,
      entries: this.#entries,
      contents: this.#contents,
      from,
      provenTo: this.#anchor.isBelieved ? (this.#blocks?.provenTo ?? from) : from,
      checkpoint:
        size === undefined || root === undefined || time === undefined ? null : { size, root, time },
      problems: this.#problems.byLine(),
      problemsOmitted: this.#problems.omitted,
      findings: findings?.listed ?? [],
      findingsOmitted: findings?.omitted ?? 0,
      unjudged: findings?.unjudged ?? 0,
    };
  }

  async #take(line: Line, bytes: Buffer): Promise<void> {
    if (line.type === 'header' || line.type === 'checkpoint') {
      if (line.type !== this.#stage) this.#problem(`is a ${line.type}, which does not belong here.`);
      else if (line.type === 'header') await this.#takeHeader(line);
      else await this.#takeCheckpoint(line.checkpoint);
      if (line.type === this.#stage) this.#pass();
      return;
    }
    if (this.#stage === 'header' || this.#stage === 'checkpoint') {
      this.#problem(`must be the ${this.#stage}: it is missing, or this is no export.`);
      this.#stage = 'body';
    }
    if (line.type === 'end') await this.#takeEnd(line);
    else if (this.#header === null) return;
    else if (line.type === 'entry') await this.#takeEntry(line.entry, bytes);
    else if (line.type === 'content') this.#takeContent(line.digest, line.content);
    else this.#takeProof(line);
  }

  async #takeHeader(header: HeaderLine): Promise<void> {
    if (header.from > header.to) {
      this.#problem(`names entries from ${header.from} to ${header.to}, which are none.`);
      return;
    }
    this.#header = header;
    this.#next = header.from;
    this.#blocks = new Blocks(header.from, header.left.map(fromDigest), this.#problems);
    if (!this.#blocks.hasBegin)
      this.#problem(
        `has ${header.left.length} hashes left of entry ${header.from}, which are not as many as it takes.`,
      );
    this.#keys = await keysFor(this.#options.keys, header.jwks, (problem) => this.#problem(problem));
    this.#findings = new Findings(this.#keys, header.from === 0);
  }

  async #takeCheckpoint(said: string | Checkpoint): Promise<void> {
    const isTrusted = this.#options.keys !== undefined;
    const about = { tenant: this.#header?.tenant, keys: this.#keys, isTrusted };
    this.#anchor = await readAnchor(said, about, (problem) => this.#problem(problem));
    const { checkpoint } = this.#anchor;
    const header = this.#header;
    if (checkpoint === null || header === null) return;
    if (checkpoint.size < header.to)
      this.#problem(
        `has a checkpoint of ${checkpoint.size} entries, and the header names entries to ${header.to}.`,
      );
    await this.#held.begin(this.#options.checkpoints ?? [], this.#keys, checkpoint, this.#lines);
  }

  async #takeEntry(entry: Entry, bytes: Buffer): Promise<void> {
    const { sequence } = entry;
    const next = this.#next;
    if (sequence < next || sequence > next + this.#unread)
      this.#problem(
        `has entry ${sequence}, and ${next} belongs here: a line is missing, added or out of order.`,
        next,
      );
    if (entry.tenant !== this.#header?.tenant) this.#problem('has an entry of another tenant.', sequence);
    this.#next = sequence + 1;
    this.#unread = 0;
    this.#entries += 1;
    this.#named = new Set(Object.values(entry.contents ?? {}));
    // The line is canonical and has two fields, "entry" and "type": what stands between them is the entry's canonical JSON.
    this.#blocks?.add(sequence, leafHash(bytes.subarray(ENTRY_BEGIN, bytes.length - ENTRY_END)), this.#lines);
    await this.#findings?.add(entry);
  }

  #takeContent(digest: string, content: unknown): void {
    this.#contents += 1;
    if (this.#named?.delete(digest) === false)
      this.#problem('has a content that the entry before it does not name, or twice.');
    if (contentDigest(content) !== digest)
      this.#problem('has a content that is not the one of its digest.', this.#next - 1);
  }

  #takeProof(proof: ProofLine): void {
    this.#named = new Set();
    const { checkpoint, isBelieved } = this.#anchor;
    this.#blocks?.prove(proof, this.#lines, checkpoint, (tree, leaves) => {
      if (isBelieved) this.#held.meet(tree, leaves, this.#lines);
    });
  }

  async #takeEnd({ lines, digest, signature }: EndLine): Promise<void> {
    const header = this.#header;
    this.#stage = 'over';
    const missing = (header?.to ?? 0) - this.#next;
    if (header !== null && (missing < 0 || missing > this.#unread))
      this.#problem(
        `ends the entries at ${this.#next}, and the header names them to ${header.to}.`,
        this.#next,
      );
    else if (header !== null && this.#blocks?.start !== header.to)
      this.#problem(
        `ends the export without a proof of the entries from ${this.#blocks?.start ?? 0} on.`,
        this.#blocks?.start,
      );
    if (lines !== this.#lines - 1)
      this.#problem(`counts ${lines} lines before it, and there are ${this.#lines - 1}.`);
    if (this.#digest.toString() !== digest)
      this.#problem('has the digest of another file: something before it was changed, added or left out.');
    const { trust } = this.#anchor;
    const about = { tenant: header?.tenant ?? '', digest, keys: this.#keys, trust };
    const unsigned = await signatureProblem(signature, about);
    if (unsigned !== null) this.#problem(unsigned);
    this.#held.end(this.#lines);
  }

  #pass(): void {
    this.#stage = this.#stage === 'header' ? 'checkpoint' : 'body';
  }

  #problem(end: string, sequence?: number): void {
    this.#problems.add(this.#lines, `The line ${end}`, sequence);
  }
}

const ENTRY_BEGIN = '{"entry":'.length;
const ENTRY_END = ',"type":"entry"}'.length;
