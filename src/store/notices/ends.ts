import { inChunks, type Database } from '../database.ts';
import { fromRow, type Notice, type NoticeState, type Row } from './rows.ts';

/** How questions end that people were told of. */
export interface Ends {
  /**
   * Drops what is not sent yet of a question that is over.
   *
   * @returns what must tell how it ended. `busy`: what somebody may be sending at this moment.
   */
  end(tenant: string, approvalId: string): Promise<{ told: Notice[]; busy: Notice[] }>;
  /** These have been told the end. Whether one that was being sent has arrived, nobody will know any more. */
  ended(tenant: string, keys: readonly string[]): Promise<void>;
  /** These cannot be told the end. */
  endFailed(tenant: string, keys: readonly string[], error: string): Promise<void>;
}

const WAITING: NoticeState[] = ['planned', 'held'];
const TOLD: NoticeState[] = ['sent', 'sending', 'unknown'];

export function createEnds({ db, clock }: Database): Ends {
  return {
    async end(tenant, approvalId) {
      const isWaiting = ({ state }: Row): boolean => WAITING.includes(state as NoticeState);
      let rows: Row[];
      // Whoever was sending some of it may put it back in between.
      do {
        await db
          .updateTable('notices')
          .set({ state: 'dropped' })
          .where('tenant', '=', tenant)
          .where('approval_id', '=', approvalId)
          .where('state', 'in', WAITING)
          .execute();
        rows = await db
          .selectFrom('notices')
          .selectAll()
          .where('tenant', '=', tenant)
          .where('approval_id', '=', approvalId)
          .where('state', 'in', [...WAITING, ...TOLD])
          .where('ended_at', 'is', null)
          .orderBy('rung')
          .orderBy('key')
          .execute();
      } while (rows.some(isWaiting));
      // Whoever died while sending may still be heard of: what they have sent arrives before their time is up.
      const isBusy = ({ state, claimed_by: by, claimed_until: untilMs }: Row): boolean =>
        state === 'sending' && by !== null && untilMs > clock();
      return {
        told: rows.filter((row) => !isBusy(row)).map(fromRow),
        busy: rows.filter(isBusy).map(fromRow),
      };
    },
    async ended(tenant, keys) {
      for (const chunk of inChunks(keys))
        await db
          .updateTable('notices')
          .set((eb) => ({
            ended_at: clock(),
            // Nobody sends it any more.
            state: eb.case().when('state', '=', 'sending').then('unknown').else(eb.ref('state')).end(),
          }))
          .where('tenant', '=', tenant)
          .where('key', 'in', chunk)
          .execute();
    },

    async endFailed(tenant, keys, error) {
      for (const chunk of inChunks(keys))
        await db
          .updateTable('notices')
          .set({ state: 'failed', ended_at: clock(), error })
          .where('tenant', '=', tenant)
          .where('key', 'in', chunk)
          .where('state', 'in', TOLD)
          .execute();
    },
  };
}
