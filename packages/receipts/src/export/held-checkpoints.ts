import { decodeCheckpoint, readCheckpoint, type Checkpoint } from '../checkpoint.ts';
import { toDigest } from '../digest.ts';
import type { GrowingTree } from '../merkle/tree.ts';
import type { Problems } from '../report.ts';
import type { Keys } from '../signing/keys.ts';

/**
 * Checkpoints of the same record that were kept elsewhere. The tree of an export must have grown from each: otherwise entries were taken
 * away or changed since, and the whole was signed again.
 */
export class HeldCheckpoints {
  #open: Checkpoint[] = [];
  readonly #problems: Problems;

  constructor(problems: Problems) {
    this.#problems = problems;
  }

  /** Reads them, and compares their sizes with the export's checkpoint. */
  async begin(jwss: readonly string[], keys: Keys | undefined, own: Checkpoint, line: number): Promise<void> {
    for (const [index, jws] of jwss.entries()) {
      const name = `The checkpoint ${index + 1} that you hold`;
      const read = keys === undefined ? decoded(jws) : await readCheckpoint(jws, keys);
      if (!read.ok) {
        this.#problems.add(line, `${name} ${read.problem}.`);
        continue;
      }
      const { tenant, size, root, time } = read.checkpoint;
      const has = `${name} is of ${size} entries at ${time}`;
      if (tenant !== own.tenant) this.#problems.add(line, `${name} is of another tenant.`);
      else if (size > own.size && time > own.time)
        this.#problems.add(line, `${has}, after this export was made. Export again.`);
      else if (size > own.size)
        this.#problems.add(
          line,
          `${has}, and this one is of ${own.size} at ${own.time}: entries were taken away.`,
        );
      else if (size === own.size) this.#compare(root, own.root, has, line);
      else this.#open.push(read.checkpoint);
    }
  }

  /** Compares those whose size the tree reaches by these leaves. */
  meet(tree: GrowingTree, leaves: readonly Uint8Array[], line: number): void {
    const end = tree.size + leaves.length;
    const met = this.#open.filter(({ size }) => size >= tree.size && size <= end);
    if (met.length === 0) return;
    this.#open = this.#open.filter((checkpoint) => !met.includes(checkpoint));
    for (const { size, root, time } of met) {
      const grown = tree.copy();
      for (const leaf of leaves.slice(0, size - tree.size)) grown.append(leaf);
      this.#compare(
        root,
        toDigest(grown.root()),
        `The checkpoint that you hold is of ${size} entries at ${time}`,
        line,
      );
    }
  }

  /** Those that the export does not reach cannot be compared: whoever asked for it must know. */
  end(line: number): void {
    for (const { size } of this.#open)
      this.#problems.add(
        line,
        `A checkpoint that you hold is of ${size} entries: to compare it, export all entries from 0 on.`,
      );
  }

  #compare(held: string, found: string, has: string, line: number): void {
    if (held !== found)
      this.#problems.add(
        line,
        `${has}, with another root: entries before it were changed, taken away or put in another order.`,
      );
  }
}

function decoded(jws: string): { ok: true; checkpoint: Checkpoint } | { ok: false; problem: string } {
  try {
    return { ok: true, checkpoint: decodeCheckpoint(jws) };
  } catch (error) {
    return { ok: false, problem: `cannot be read: ${(error as Error).message}` };
  }
}
