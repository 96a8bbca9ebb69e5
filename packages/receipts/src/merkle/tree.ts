import { EMPTY_ROOT, nodeHash } from './hash.ts';
import { subtreesOf } from './ranges.ts';

/**
 * A tree that only grows, without its leaves: it keeps the perfect subtrees that its size is made of, the largest first. That is enough
 * for its root, and for a root with more leaves.
 */
export class GrowingTree {
  #size = 0;
  /** A subtree has 2^level leaves; levels fall from left to right. */
  readonly #subtrees: { level: number; hash: Uint8Array }[] = [];

  get size(): number {
    return this.#size;
  }

  append(leaf: Uint8Array): this {
    return this.appendSubtree(0, leaf);
  }

  /** @throws RangeError when a subtree of this level cannot stand here. */
  appendSubtree(level: number, hash: Uint8Array): this {
    if (this.#size % 2 ** level !== 0)
      throw new RangeError(`No subtree of level ${level} begins at leaf ${this.#size}.`);
    this.#size += 2 ** level;
    let top = { level, hash };
    while (this.#subtrees.at(-1)?.level === top.level) {
      const left = this.#subtrees.pop() ?? top;
      top = { level: top.level + 1, hash: nodeHash(left.hash, top.hash) };
    }
    this.#subtrees.push(top);
    return this;
  }

  root(): Uint8Array {
    let root: Uint8Array | undefined;
    for (const { hash } of this.#subtrees.toReversed())
      root = root === undefined ? hash : nodeHash(hash, root);
    return root ?? EMPTY_ROOT;
  }

  /** Another one that grows on its own. */
  copy(): GrowingTree {
    const tree = new GrowingTree();
    tree.#size = this.#size;
    tree.#subtrees.push(...this.#subtrees);
    return tree;
  }
}

/** The root over leaf hashes (RFC 9162, section 2.1.1). */
export function rootOf(leaves: Iterable<Uint8Array>): Uint8Array {
  const tree = new GrowingTree();
  for (const leaf of leaves) tree.append(leaf);
  return tree.root();
}

/**
 * Appends the subtrees that lead from the tree's size to another one.
 *
 * @returns null when there are more of them, or fewer, than that takes.
 */
export function extend(tree: GrowingTree, to: number, hashes: readonly Uint8Array[]): GrowingTree | null {
  const subtrees = subtreesOf({ from: tree.size, to });
  if (subtrees.length !== hashes.length) return null;
  const extended = tree.copy();
  hashes.forEach((hash, index) => extended.appendSubtree(subtrees[index]?.level ?? 0, hash));
  return extended;
}
