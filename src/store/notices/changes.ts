import type { Database } from '../database.ts';

/** Who changes a message that was sent: one at a time, because a write that was begun before would take the place of a later one. */
export interface Changes {
  /**
   * Lets `by` change a message, unless somebody else is changing it.
   *
   * @param more.forMs - nobody else changes it for so long, even if `by` dies.
   */
  beginChange(tenant: string, messageId: string, more: { by: string; forMs: number }): Promise<boolean>;
  /**
   * Whoever changes a message asks this right before the write: one who stalled may have lost it.
   *
   * @param more.forMs - nobody else changes it for so long from now on.
   */
  stillChanges(tenant: string, messageId: string, more: { by: string; forMs: number }): Promise<boolean>;
  /** @param more.shown - a digest of what it shows by now; null when nobody knows. */
  endChange(tenant: string, messageId: string, more: { by: string; shown: string | null }): Promise<void>;
}

export function createChanges({ db, clock }: Database): Changes {
  /** The notice whose key the message bears stands for the message. */
  const ofOne = (tenant: string, messageId: string) =>
    db
      .updateTable('notices')
      .where('tenant', '=', tenant)
      .where('key', '=', messageId)
      .where('state', '<>', 'sending')
      .returning('key');

  return {
    async beginChange(tenant, messageId, { by, forMs }) {
      const now = clock();
      const begun = await ofOne(tenant, messageId)
        .set({ claimed_by: by, claimed_until: now + forMs, shown: null })
        .where('claimed_until', '<=', now)
        .execute();
      return begun.length > 0;
    },
    async stillChanges(tenant, messageId, { by, forMs }) {
      const now = clock();
      const kept = await ofOne(tenant, messageId)
        .set({ claimed_until: now + forMs })
        .where('claimed_by', '=', by)
        .where('claimed_until', '>', now)
        .execute();
      return kept.length > 0;
    },
    async endChange(tenant, messageId, { by, shown }) {
      await ofOne(tenant, messageId)
        .set({ claimed_by: null, claimed_until: 0, shown })
        .where('claimed_by', '=', by)
        .execute();
    },
  };
}
