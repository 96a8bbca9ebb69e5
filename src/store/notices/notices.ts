import { inChunks, type Database } from '../database.ts';
import { fromRow, toRow, type NewNotice, type Notice, type Row, type Way } from './rows.ts';
import { take, type Taken } from './take.ts';

/** Who was told of what, and who is to be told. */
export interface Notices {
  /** What is there stays as it is. */
  plan(tenant: string, notices: readonly NewNotice[]): Promise<void>;
  ofApproval(tenant: string, approvalId: string): Promise<Notice[]>;
  ofMessage(tenant: string, messageId: string): Promise<Notice[]>;
  /**
   * Takes what is due to go to a person with this notice, in one message: all of its conversation, and all that was held.
   *
   * @param more.perHour - more messages an hour no person gets.
   * @param more.forMs - nobody else sends them for so long.
   */
  take(tenant: string, key: string, more: { perHour: number; forMs: number }): Promise<Taken>;
  /** Another way is tried first from now on. */
  changeWays(tenant: string, messageId: string, ways: readonly Way[]): Promise<void>;
  sent(tenant: string, messageId: string, reference: unknown): Promise<void>;
  failed(tenant: string, messageId: string, error: string): Promise<void>;
  /** @returns when it is tried again, in ms since 1970. */
  again(tenant: string, messageId: string, more: { error: string; afterMs: number }): Promise<number>;
  drop(tenant: string, keys: readonly string[]): Promise<void>;
  ended(tenant: string, keys: readonly string[]): Promise<void>;
  /** How many have not arrived, of all tenants, by channel and state. */
  undelivered(): Promise<{ channel: string; state: string; count: number }[]>;
}

export function createNotices({ db, clock }: Database): Notices {
  const change = async (tenant: string, messageId: string, to: Partial<Row>): Promise<void> => {
    await db
      .updateTable('notices')
      .set({ claimed_until: 0, ...to })
      .where('tenant', '=', tenant)
      .where('message_id', '=', messageId)
      .where('state', '=', 'sending')
      .execute();
  };
  const changeAll = async (tenant: string, keys: readonly string[], to: Partial<Row>): Promise<void> => {
    for (const chunk of inChunks(keys))
      await db
        .updateTable('notices')
        .set(to)
        .where('tenant', '=', tenant)
        .where('key', 'in', chunk)
        .execute();
  };
  const read = async (tenant: string, column: 'approval_id' | 'message_id', value: string) => {
    const rows = await db
      .selectFrom('notices')
      .selectAll()
      .where('tenant', '=', tenant)
      .where(column, '=', value)
      .orderBy('rung')
      .orderBy('key')
      .execute();
    return rows.map(fromRow);
  };

  return {
    async plan(tenant, notices) {
      for (const chunk of inChunks(notices))
        await db
          .insertInto('notices')
          .values(chunk.map((notice) => toRow(tenant, notice)))
          .onConflict((conflict) => conflict.doNothing())
          .execute();
    },

    ofApproval: (tenant, approvalId) => read(tenant, 'approval_id', approvalId),
    ofMessage: (tenant, messageId) => read(tenant, 'message_id', messageId),

    take: (tenant, key, more) =>
      db.transaction().execute((trx) => take(trx, { tenant, key, ...more, nowMs: clock() })),

    changeWays: (tenant, messageId, ways) =>
      change(tenant, messageId, {
        ways: JSON.stringify(ways),
        channel: ways[0]?.channel ?? '',
        state: 'planned',
        due_at: clock(),
      }),
    sent: (tenant, messageId, reference) =>
      change(tenant, messageId, {
        ...{ state: 'sent', sent_at: clock(), error: null },
        reference: JSON.stringify(reference ?? null),
      }),
    failed: (tenant, messageId, error) => change(tenant, messageId, { state: 'failed', error }),
    async again(tenant, messageId, { error, afterMs }) {
      const dueMs = clock() + afterMs;
      await change(tenant, messageId, { state: 'planned', error, due_at: dueMs });
      return dueMs;
    },
    drop: (tenant, keys) => changeAll(tenant, keys, { state: 'dropped' }),
    ended: (tenant, keys) => changeAll(tenant, keys, { ended_at: clock() }),

    undelivered: () =>
      db
        .selectFrom('notices')
        .select((eb) => ['channel', 'state', eb.fn.countAll<number>().as('count')])
        .where('state', 'in', ['planned', 'held', 'sending', 'failed'])
        .groupBy(['channel', 'state'])
        .orderBy('channel')
        .orderBy('state')
        .execute(),
  };
}
