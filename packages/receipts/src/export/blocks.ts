import type { Checkpoint } from '../checkpoint.ts';
import { fromDigest, toDigest } from '../digest.ts';
import { isSameHash } from '../merkle/hash.ts';
import { extend, GrowingTree } from '../merkle/tree.ts';
import type { Problems } from '../report.ts';
import type { ProofLine } from './format.ts';

/** So far ahead of a block's begin an entry may claim to stand: a hostile sequence must not take memory. */
const REACH = 65_536;

/**
 * Holds the entries of one block after the other against the tree of the checkpoint.
 *
 *   entries' leaves = listed leaves, and they lead to the root      the block is proven
 *   entries' leaves ≠ listed leaves, the listed ones lead to it     the entries that differ are bad, all others are proven
 *   entries' leaves ≠ listed leaves, the entries' lead to it        the list is damaged, the block is proven
 *   none of them leads to the root                                  something of the block was changed, and all after it is open
 */
export class Blocks {
  /** The sequence after the last entry that is in the tree, as are all before it. */
  provenTo: number;
  /** The first entry that no proof line has been about. */
  start: number;
  #tree: GrowingTree | null;
  #leaves: (Uint8Array | undefined)[] = [];
  #lines: number[] = [];
  #firstBad = Infinity;
  /** Problems that were known when the block began. */
  #known: number;
  #isAdrift = false;
  readonly #problems: Problems;

  /** @param left - the hashes of the subtrees that the leaves before `from` are made of. */
  constructor(from: number, left: Uint8Array[], problems: Problems) {
    this.provenTo = from;
    this.start = from;
    this.#problems = problems;
    this.#known = problems.count;
    this.#tree = extend(new GrowingTree(), from, left);
  }

  /** Whether the hashes left of the first entry are as many as they must be. */
  get hasBegin(): boolean {
    return this.#tree !== null;
  }

  add(sequence: number, leaf: Uint8Array, line: number): void {
    const index = sequence - this.start;
    if (index < 0 || index > this.#leaves.length + REACH || this.#leaves[index] !== undefined) return;
    this.#leaves[index] = leaf;
    this.#lines[index] = line;
  }

  /** Takes the proof of the entries since the one before. */
  prove(
    proof: ProofLine,
    line: number,
    checkpoint: Pick<Checkpoint, 'size' | 'root'> | null,
    held: Held,
  ): void {
    const { start } = this;
    const [own, lines] = [this.#leaves, this.#lines];
    const hasProblem = this.#problems.count > this.#known;
    [this.#leaves, this.#lines] = [[], []];
    if (proof.leaves.length !== proof.to - start) {
      this.#problems.add(
        line,
        `The line proves entries to ${proof.to} by ${proof.leaves.length} leaves, and ${start} is the first of them: a line is missing, added or out of order.`,
        start,
      );
      this.#tree = null;
      this.start = Math.max(start, proof.to);
    } else if (this.#tree !== null) {
      this.#judge(this.#tree, proof, line, { own, lines, hasProblem, checkpoint, held });
      this.start = proof.to;
    }
    this.#known = this.#problems.count;
  }

  #judge(tree: GrowingTree, proof: ProofLine, line: number, block: Block): void {
    const { own, lines, hasProblem, checkpoint, held } = block;
    const { start } = this;
    const listed = proof.leaves.map(fromDigest);
    const right = proof.right.map(fromDigest);
    const bad = listed.flatMap((leaf, index) => (isSame(own[index], leaf) ? [] : [index]));
    const firstBad = bad[0];
    const leads = (grown: GrowingTree): boolean =>
      checkpoint !== null &&
      toDigest(extend(grown, checkpoint.size, right)?.root() ?? new Uint8Array()) === checkpoint.root;
    const byList = grow(tree, listed);
    if (leads(byList)) {
      for (const index of bad) {
        if (own[index] === undefined && hasProblem) continue;
        const what = own[index] === undefined ? 'is missing' : 'is not the one that is in the tree';
        this.#problems.add(lines[index] ?? line, `Entry ${start + index} ${what}.`, start + index);
      }
      if (firstBad !== undefined) this.#firstBad = Math.min(this.#firstBad, start + firstBad);
      this.#advance(byList, tree, listed, held);
      this.#proven(proof.to);
      return;
    }
    const mine = firstBad === undefined ? listed : own.slice(0, listed.length);
    if (firstBad !== undefined && isComplete(mine, listed.length) && leads(grow(tree, mine))) {
      this.#problems.add(
        line,
        `The line lists another leaf for entry ${start + firstBad} than the tree has.`,
      );
      this.#advance(grow(tree, mine), tree, mine, held);
      this.#proven(proof.to);
      return;
    }
    if (!this.#isAdrift && (checkpoint !== null || firstBad !== undefined)) {
      const which = `the entries ${start} to ${proof.to - 1}`;
      const differs =
        firstBad === undefined ? '' : ` Entry ${start + firstBad} differs from the leaf listed for it.`;
      this.#problems.add(
        line,
        `The line does not lead to the checkpoint's root: ${which}, this proof or the checkpoint were changed.${differs}`,
        start + (firstBad ?? 0),
      );
    }
    if (firstBad !== undefined) this.#firstBad = Math.min(this.#firstBad, start + firstBad);
    this.#isAdrift = true;
    this.#tree = byList;
  }

  #advance(grown: GrowingTree, before: GrowingTree, leaves: Uint8Array[], held: Held): void {
    held(before, leaves);
    this.#tree = grown;
    this.#isAdrift = false;
  }

  /** The root is over all leaves so far: when they lead to it, all of them are proven. */
  #proven(to: number): void {
    this.provenTo = Math.min(to, this.#firstBad);
  }
}

/** Is told of the leaves that follow a tree, once they are proven. */
export type Held = (tree: GrowingTree, leaves: Uint8Array[]) => void;

interface Block {
  own: (Uint8Array | undefined)[];
  lines: number[];
  hasProblem: boolean;
  checkpoint: Pick<Checkpoint, 'size' | 'root'> | null;
  held: Held;
}

function grow(tree: GrowingTree, leaves: readonly Uint8Array[]): GrowingTree {
  const grown = tree.copy();
  for (const leaf of leaves) grown.append(leaf);
  return grown;
}

function isSame(own: Uint8Array | undefined, listed: Uint8Array): boolean {
  return own !== undefined && isSameHash(own, listed);
}

function isComplete(leaves: (Uint8Array | undefined)[], count: number): leaves is Uint8Array[] {
  return leaves.length === count && !Array.from(leaves).includes(undefined);
}
