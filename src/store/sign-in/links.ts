import type { Database } from '../database.ts';

/** Kept so much longer than they are valid: another gateway's clock may be behind. */
const SLACK_MS = 3_600_000;

/** Sign-in links that were used. */
export interface UsedLinks {
  /**
   * Takes a link, once for all processes.
   *
   * @param expiresAt - of the link, in milliseconds since 1970.
   * @returns false for one that was used before or has expired.
   */
  use(linkId: string, expiresAt: number): Promise<boolean>;
  wasUsed(linkId: string): Promise<boolean>;
}

export function createUsedLinks({ db, clock }: Database): UsedLinks {
  return {
    async use(linkId, expiresAt) {
      if (expiresAt <= clock()) return false;
      await db
        .deleteFrom('used_links')
        .where('expires_at', '<', clock() - SLACK_MS)
        .execute();
      const { numInsertedOrUpdatedRows } = await db
        .insertInto('used_links')
        .values({ link_id: linkId, expires_at: expiresAt })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirstOrThrow();
      return numInsertedOrUpdatedRows === 1n;
    },

    async wasUsed(linkId) {
      const found = await db
        .selectFrom('used_links')
        .select('link_id')
        .where('link_id', '=', linkId)
        .executeTakeFirst();
      return found !== undefined;
    },
  };
}
