import type { Receipt } from '../contracts/approval/decision.ts';
import { createRefusalLimit, whyRefused, type Attempt } from '../contracts/recording/refusals.ts';
import type { Store } from '../store/store.ts';
import { toldByRefusal } from './refused-entry.ts';

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

export function createRefusals({ record }: Pick<Store, 'record'>, clock: () => number): Refusals {
  const limit = createRefusalLimit(clock);
  return {
    async write(tenant, attempt, receipt) {
      const reason = whyRefused(receipt);
      if (reason === null || !limit.take(JSON.stringify([tenant, attempt.approver.id]))) return false;
      const entry = { ...toldByRefusal(attempt, reason), approvalId: attempt.approvalId };
      await record.append(tenant, [{ ...entry, time: new Date(clock()).toISOString() }]);
      return true;
    },
  };
}
