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
  /** Those that the tree has not reached, with the place each has among those that were given. */
  #open: { name: string; checkpoint: Checkpoint }[] = [];
  readonly #problems: Problems;

  constructor(problems: Problems) {
    this.#problems = problems;
  }

  /**
   * Reads them, and compares their sizes with the export's checkpoint. Those of other tenants are passed over: a place may get them of
   * all. None of this tenant is a problem: whoever gave them expects a comparison.
   */
  async begin(jwss: readonly string[], keys: Keys | undefined, own: Checkpoint, line: number): Promise<void> {
    let [count, others] = [0, 0];
    for (const [index, jws] of jwss.entries()) {
      const name = `The checkpoint ${index + 1} that you hold`;
      if (isOfAnother(jws, own.tenant)) {
        others += 1;
        continue;
      }
      count += 1;
      const read = keys === undefined ? decoded(jws) : await readCheckpoint(jws, keys);
      if (read.ok) this.#place(name, read.checkpoint, own, line);
      else this.#problems.add(line, `${name} ${read.problem}.`);
    }
    if (count === 0 && others > 0)
      this.#problems.add(line, `None of the ${others} checkpoints that you hold is of this tenant.`);
  }

  #place(name: string, checkpoint: Checkpoint, own: Checkpoint, line: number): void {
    const { size, root, time } = checkpoint;
    const has = `${name} is of ${size} entries at ${time}`;
    if (size > own.size && time > own.time)
      this.#problems.add(line, `${has}, after this export was made. Export again.`);
    else if (size > own.size)
      this.#problems.add(
        line,
        `${has}, and this one is of ${own.size} at ${own.time}: entries were taken away.`,
      );
    else if (size === own.size) this.#compare(root, own.root, has, line);
    else this.#open.push({ name, checkpoint });
  }

  /** Compares those whose size the tree reaches by these leaves. */
  meet(tree: GrowingTree, leaves: readonly Uint8Array[], line: number): void {
    const end = tree.size + leaves.length;
    const isMet = ({ checkpoint: { size } }: { checkpoint: Checkpoint }) => size >= tree.size && size <= end;
    const met = this.#open.filter(isMet);
    if (met.length === 0) return;
    this.#open = this.#open.filter((held) => !isMet(held));
    const grown = tree.copy();
    for (const { name, checkpoint } of met.toSorted(
      (one, other) => one.checkpoint.size - other.checkpoint.size,
    )) {
      const { size, root, time } = checkpoint;
      for (const leaf of leaves.slice(grown.size - tree.size, size - tree.size)) grown.append(leaf);
      this.#compare(root, toDigest(grown.root()), `${name} is of ${size} entries at ${time}`, line);
    }
  }

  /** Those that the export does not reach cannot be compared: whoever asked for it must know. */
  end(line: number): void {
    for (const { name, checkpoint } of this.#open)
      this.#problems.add(
        line,
        `${name} is of ${checkpoint.size} entries: to compare it, export all entries from 0 on.`,
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

/** One that cannot be read may be anybody's: it is not passed over. */
function isOfAnother(jws: string, tenant: string): boolean {
  const read = decoded(jws);
  return read.ok && read.checkpoint.tenant !== tenant;
}

function decoded(jws: string): { ok: true; checkpoint: Checkpoint } | { ok: false; problem: string } {
  try {
    return { ok: true, checkpoint: decodeCheckpoint(jws) };
  } catch (error) {
    return { ok: false, problem: `cannot be read: ${(error as Error).message}` };
  }
}
