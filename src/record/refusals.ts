import { contentDigest, DIGEST } from '@countersign/receipts';

import type { Decision, Receipt } from '../contracts/approval/decision.ts';
import type { NewEntry } from '../store/entry.ts';
import type { Store } from '../store/store.ts';

/** Attempts to decide that did not count. */
export interface Refusals {
  /**
   * Writes one, at most so many a person and minute: nobody can flood the record.
   *
   * @returns whether it was written.
   * @throws StoreUnavailableError
   */
  write(tenant: string, attempt: Attempt, receipt: Pick<Receipt, 'outcome' | 'reason'>): Promise<boolean>;
}

export type Attempt = Pick<
  Decision,
  'approvalId' | 'decisionId' | 'decision' | 'approver' | 'authenticated' | 'argumentsDigest'
>;

const A_MINUTE = 20;
const MINUTE_MS = 60_000;

export function createRefusals({ record }: Pick<Store, 'record'>, clock: () => number): Refusals {
  let minute = 0;
  let counts = new Map<string, number>();

  function isTooMany(person: string): boolean {
    const now = Math.floor(clock() / MINUTE_MS);
    if (now !== minute) {
      minute = now;
      counts = new Map();
    }
    const count = (counts.get(person) ?? 0) + 1;
    counts.set(person, count);
    return count > A_MINUTE;
  }

  return {
    async write(tenant, attempt, receipt) {
      const reason = reasonOf(receipt);
      if (reason === null || isTooMany(JSON.stringify([tenant, attempt.approver.id]))) return false;
      await record.append(tenant, [toEntry(attempt, reason, clock())]);
      return true;
    },
  };
}

/** Why, in a word; null for what counted, or is told by another entry. */
function reasonOf({ outcome, reason }: Pick<Receipt, 'outcome' | 'reason'>): string | null {
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

function toEntry(attempt: Attempt, reason: string, nowMs: number): NewEntry {
  const { approvalId, decisionId, decision, approver, authenticated, argumentsDigest } = attempt;
  const who = contentDigest([decisionId, approver.id]).slice('sha256:'.length, 'sha256:'.length + 16);
  return {
    ...{ time: new Date(nowMs).toISOString(), kind: 'refused', id: `refused:${approvalId}:${who}:${reason}` },
    ...{ approvalId, decisionId, decision, reason },
    person: { id: approver.id, ...(approver.groups && { groups: approver.groups }) },
    ...(authenticated && { authenticated }),
    ...(argumentsDigest !== undefined && DIGEST.test(argumentsDigest) && { digest: argumentsDigest }),
  };
}
