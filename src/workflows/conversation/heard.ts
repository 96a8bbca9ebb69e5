import type { Say } from '../../contracts/turn.ts';

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

/** Turns are named by the last part of their id, which tells those of one conversation apart. */
export interface HeardBefore {
  heard: string[];
  /** What those that came with an idempotency key said. */
  bodies?: Record<string, string>;
}

export function createHeard(before: HeardBefore | undefined): Heard {
  const heard = before?.heard ?? [];
  const bodies = new Map(Object.entries(before?.bodies ?? {}));
  return {
    add({ turnId, bodyDigest }) {
      const name = nameOf(turnId);
      heard.push(name);
      if (bodyDigest !== undefined) bodies.set(name, bodyDigest);
      while (heard.length > REMEMBERED) bodies.delete(heard.shift() ?? '');
    },
    has: (turnId) => heard.includes(nameOf(turnId)),
    isOther({ turnId, bodyDigest }) {
      const before = bodies.get(nameOf(turnId));
      return before !== undefined && before !== bodyDigest;
    },
    carried: () => ({ heard, ...(bodies.size > 0 && { bodies: Object.fromEntries(bodies) }) }),
  };
}

function nameOf(turnId: string): string {
  return turnId.slice(turnId.lastIndexOf('.') + 1);
}
