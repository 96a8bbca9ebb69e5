/** The ids that were added last, as many as `most`. */
export function createRecent(most: number): {
  has(id: string): boolean;
  add(id: string): void;
  /** Forgets it. @returns whether it was there. */
  take(id: string): boolean;
} {
  const ids = new Set<string>();
  return {
    has: (id) => ids.has(id),
    take: (id) => ids.delete(id),
    add(id) {
      ids.delete(id); // a set keeps the order of insertion
      ids.add(id);
      const [oldest] = ids;
      if (ids.size > most && oldest !== undefined) ids.delete(oldest);
    },
  };
}
