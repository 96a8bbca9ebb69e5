import type { Decision, Receipt } from '../approval/decision.ts';

/** An attempt to decide that did not count, as the record tells it. Who it was is the sender's word where nothing was signed. */
export type Attempt = Pick<
  Decision,
  'approvalId' | 'decisionId' | 'decision' | 'approver' | 'authenticated' | 'argumentsDigest'
>;

/** Why a decision did not count, in a word; null for what counted, or is told by another entry. */
export function whyRefused({ outcome, reason }: Pick<Receipt, 'outcome' | 'reason'>): string | null {
  switch (outcome) {
    case 'refused':
      return reason ?? 'refused';
    case 'expired':
      return 'late';
    case 'cancelled':
    case 'conflict':
    case 'reused':
      return outcome;
    default:
      return null;
  }
}

const A_MINUTE = 20;
const MINUTE_MS = 60_000;

/** Attempts that are told of: so many a person and minute, that nobody can flood the record. */
export interface RefusalLimit {
  /** Whether another one would be told of. */
  hasRoom(person: string): boolean;
  /** Counts one. @returns whether it is told of. */
  take(person: string): boolean;
}

/** @param clock - milliseconds since 1970. */
export function createRefusalLimit(clock: () => number): RefusalLimit {
  let minute = 0;
  let counts = new Map<string, number>();

  function countOf(person: string): number {
    const now = Math.floor(clock() / MINUTE_MS);
    if (now !== minute) {
      minute = now;
      counts = new Map();
    }
    return counts.get(person) ?? 0;
  }

  return {
    hasRoom: (person) => countOf(person) < A_MINUTE,
    take(person) {
      const count = countOf(person);
      counts.set(person, count + 1);
      return count < A_MINUTE;
    },
  };
}
