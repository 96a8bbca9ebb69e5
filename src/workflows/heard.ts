import type { Say } from '../contracts/turn.ts';

/** How many turn ids are remembered. Older ones are refused by their workflow id, which Temporal keeps for its retention. */
const REMEMBERED = 500;

/** Which messages a conversation has heard, so that one that is said twice counts once. */
export interface Heard {
  add(message: Say): void;
  has(turnId: string): boolean;
  /** Whether the turn was said before, in other words. Known of those only that came with an idempotency key. */
  isOther(message: Say): boolean;
  /** What travels when the conversation continues as new. */
  carried(): HeardBefore;
}

export interface HeardBefore {
  /** Ids of recent turns. */
  heard: string[];
  /** What those that came with an idempotency key said, by turn id. */
  bodies?: Record<string, string>;
}

export function createHeard(before: HeardBefore | undefined): Heard {
  const heard = before?.heard ?? [];
  const bodies = new Map(Object.entries(before?.bodies ?? {}));
  return {
    add({ turnId, bodyDigest }) {
      heard.push(turnId);
      if (bodyDigest !== undefined) bodies.set(turnId, bodyDigest);
      while (heard.length > REMEMBERED) bodies.delete(heard.shift() ?? '');
    },
    has: (turnId) => heard.includes(turnId),
    isOther: ({ turnId, bodyDigest }) => bodies.has(turnId) && bodies.get(turnId) !== bodyDigest,
    carried: () => ({ heard, ...(bodies.size > 0 && { bodies: Object.fromEntries(bodies) }) }),
  };
}
