import { inChunks, type Database } from '../database.ts';
import { createChanges, type Changes } from './changes.ts';
import { createEnds, type Ends } from './ends.ts';
import { fromRow, toRow, type NewNotice, type Notice, type Row, type Way } from './rows.ts';
import { take, type Taken } from './take.ts';

/** Who was told of what, and who is to be told. */
export interface Notices extends Changes, Ends {
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
  /** @param shown - a digest of what it shows; null when nobody knows. */
  sent(tenant: string, messageId: string, reference: unknown, shown: string | null): Promise<void>;
  /**
   * Whoever has taken a message asks this right before sending it: one who stalled may have it no longer.
   *
   * @param taken - its notices that are to be shown, as they were taken.
   * @param more.forMs - nobody else sends it for so long from now on.
   */
  stillSends(tenant: string, taken: readonly Notice[], more: { forMs: number }): Promise<boolean>;
  /**
   * Plans what one of several places that a message went to has not taken, as notices of their own.
   *
   * @param more.isDigest - they are of several conversations, and go together again.
   * @returns when they are due, in ms since 1970.
   */
  planApart(
    tenant: string,
    messageId: string,
    address: string,
    more: { keys: readonly string[]; error: string; afterMs: number; isDigest: boolean },
  ): Promise<number>;
  failed(tenant: string, messageId: string, error: string): Promise<void>;
  /** These of the message may have arrived, and are not sent again. */
  unknown(tenant: string, messageId: string, error: string, keys: readonly string[]): Promise<void>;
  /**
   * @param more.mayHaveArrived - the next attempt is a repetition: of the same message, whose end is told even if there is none.
   * @param more.isDigest - they are of several conversations, and go together again.
   * @returns when it is tried again, in ms since 1970.
   */
  again(
    tenant: string,
    messageId: string,
    more: { error: string; afterMs: number; mayHaveArrived: boolean; isDigest?: boolean },
  ): Promise<number>;
  /**
   * What was taken is due at once, and no attempt was made.
   *
   * @param taken - its notices, as they were taken.
   * @param more.mayHaveArrived - by an attempt before.
   * @param more.isDigest - they are of several conversations, and go together again.
   */
  putBack(
    tenant: string,
    taken: readonly Notice[],
    more: { mayHaveArrived: boolean; isDigest: boolean },
  ): Promise<void>;
  /** Leaves out of a message that is being sent what is over. */
  leaveOut(tenant: string, messageId: string, keys: readonly string[]): Promise<void>;
  /** How many have not arrived, of all tenants, by channel and state. */
  undelivered(): Promise<{ channel: string; state: string; count: number }[]>;
}

export function createNotices(database: Database): Notices {
  const { db, kind, clock } = database;
  const change = async (tenant: string, messageId: string, to: Partial<Row>): Promise<void> => {
    await db
      .updateTable('notices')
      .set({ claimed_until: 0, claimed_by: null, ...to })
      .where('tenant', '=', tenant)
      .where('message_id', '=', messageId)
      .where('state', '=', 'sending')
      .execute();
  };
  const changeSome = async (
    tenant: string,
    messageId: string,
    keys: readonly string[],
    to: Partial<Row>,
  ): Promise<void> => {
    for (const chunk of inChunks(keys))
      await db
        .updateTable('notices')
        .set({ claimed_until: 0, claimed_by: null, ...to })
        .where('tenant', '=', tenant)
        .where('key', 'in', chunk)
        .where('message_id', '=', messageId)
        .where('state', '=', 'sending')
        .execute();
  };
  /** The notice whose key the message bears stands for the message. */
  const ofOne = (tenant: string, messageId: string) =>
    db.updateTable('notices').where('tenant', '=', tenant).where('key', '=', messageId);
  /** Each time they are taken is one attempt more, or, once they were put back, another message. */
  const ofAttempt = (tenant: string, taken: readonly Notice[]) =>
    db
      .updateTable('notices')
      .where('tenant', '=', tenant)
      .where('message_id', '=', taken[0]?.messageId ?? '')
      .where('state', '=', 'sending')
      .where((eb) =>
        eb.or(taken.map(({ key, attempts }) => eb.and([eb('key', '=', key), eb('attempts', '=', attempts)]))),
      );
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
    ...createChanges(database),
    ...createEnds(database),

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
      db.transaction().execute((trx) => take(trx, { kind, tenant, key, ...more, nowMs: clock() })),

    async stillSends(tenant, taken, { forMs }) {
      const now = clock();
      const kept = await ofAttempt(tenant, taken)
        .set({ claimed_until: now + forMs })
        .where('claimed_until', '>', now)
        .returning('key')
        .execute();
      return kept.length === taken.length;
    },
    changeWays: (tenant, messageId, ways) =>
      change(tenant, messageId, {
        ways: JSON.stringify(ways),
        channel: ways[0]?.channel ?? '',
        state: 'planned',
        due_at: clock(),
      }),
    async sent(tenant, messageId, reference, shown) {
      await change(tenant, messageId, {
        ...{ state: 'sent', sent_at: clock(), error: null },
        reference: JSON.stringify(reference ?? null),
      });
      await ofOne(tenant, messageId).set({ shown }).execute();
    },
    async planApart(tenant, messageId, address, { keys, error, afterMs, isDigest }) {
      const dueMs = clock() + afterMs;
      const whole = (await read(tenant, 'message_id', messageId)).filter(
        ({ state, key }) => state === 'sending' && keys.includes(key),
      );
      const rows = whole.map((notice): Row => {
        const ways = notice.ways.slice(0, 1).map((way) => ({ ...way, address }));
        const row = toRow(tenant, { ...notice, key: `${notice.key}:${address}`, ways, dueMs });
        return { ...row, error, state: isDigest ? 'held' : 'planned' };
      });
      if (rows.length > 0)
        await db
          .insertInto('notices')
          .values(rows)
          .onConflict((conflict) => conflict.doNothing())
          .execute();
      return dueMs;
    },
    failed: (tenant, messageId, error) => change(tenant, messageId, { state: 'failed', error }),
    unknown: (tenant, messageId, error, keys) =>
      changeSome(tenant, messageId, keys, { state: 'unknown', error }),
    async again(tenant, messageId, { error, afterMs, mayHaveArrived, isDigest = false }) {
      const dueMs = clock() + afterMs;
      const left = mayHaveArrived ? { claimed_until: dueMs } : { state: isDigest ? 'held' : 'planned' };
      await change(tenant, messageId, { ...left, error, due_at: dueMs });
      return dueMs;
    },
    async putBack(tenant, taken, { mayHaveArrived, isDigest }) {
      await ofAttempt(tenant, taken)
        .set((eb) => ({
          ...{ claimed_until: 0, claimed_by: null, attempts: eb('attempts', '-', 1) },
          ...(!mayHaveArrived && { state: isDigest ? 'held' : 'planned' }),
        }))
        .execute();
    },
    leaveOut: (tenant, messageId, keys) => changeSome(tenant, messageId, keys, { state: 'dropped' }),
    undelivered: () =>
      db
        .selectFrom('notices')
        .select((eb) => ['channel', 'state', eb.fn.countAll<number>().as('count')])
        .where('state', 'in', ['planned', 'held', 'sending', 'failed', 'unknown'])
        .groupBy(['channel', 'state'])
        .orderBy('channel')
        .orderBy('state')
        .execute(),
  };
}
