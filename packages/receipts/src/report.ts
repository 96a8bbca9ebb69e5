import type { Finding } from './findings/findings.ts';

/** Something that is not as it was written, or that cannot be checked. */
export interface Problem {
  /** Of the file; 1 is the first. */
  line: number;
  /** Of the entry, where it is about one. */
  sequence?: number;
  /** A sentence. */
  problem: string;
}

/**
 * Whose word the proof rests on: keys that were given; keys that came with the file, which show damage and prove nothing about who wrote
 * it; nobody's, when nothing is signed.
 */
export type Trust = 'trusted-keys' | 'own-keys' | 'unsigned';

/** What a verifier found. */
export interface Report {
  /** Nothing was changed, and nothing is against the rules: no problem and no violation. */
  ok: boolean;
  /** Nothing was changed, as far as `trust` goes: no problem. */
  intact: boolean;
  trust: Trust;
  tenant: string | null;
  /** Entries that were read. */
  entries: number;
  /** Contents that were read: each is what an entry names by its digest. */
  contents: number;
  /** The sequence of the first entry. */
  from: number;
  /** Every entry from `from` up to this sequence, without it, is in the tree that the checkpoint is of. */
  provenTo: number;
  /** What all proofs lead to; null when it could not be read. */
  checkpoint: { size: number; root: string; time: string } | null;
  /** By line. The first is the first bad line. */
  problems: Problem[];
  /** Problems that were too many to list. */
  problemsOmitted: number;
  /** Notes and violations of rules, by the entries alone. */
  findings: Finding[];
  findingsOmitted: number;
  /** Approvals that began before the first entry: their rule is not known here. */
  unjudged: number;
}

/** More are counted and not listed. */
const LISTED = 100;

/** Collects problems. */
export class Problems {
  readonly #listed: Problem[] = [];
  #omitted = 0;

  get count(): number {
    return this.#listed.length + this.#omitted;
  }

  get omitted(): number {
    return this.#omitted;
  }

  add(line: number, problem: string, sequence?: number): void {
    if (this.#listed.length >= LISTED) this.#omitted += 1;
    else this.#listed.push({ line, ...(sequence !== undefined && { sequence }), problem });
  }

  byLine(): Problem[] {
    return this.#listed.toSorted((one, other) => one.line - other.line);
  }
}
