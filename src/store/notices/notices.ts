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
  /**
   * Another way is tried first from now on.
   *
   * @param taken - its notices, as they were taken: here and below, whoever has it no longer changes nothing.
   */
  changeWays(tenant: string, taken: readonly Notice[], ways: readonly Way[]): Promise<void>;
  /**
   * By whoever knows it, also who has it no longer. Of what joined the message later nobody knows anything.
   *
   * @param shown - a digest of what it shows; null when nobody knows.
   */
  sent(tenant: string, taken: readonly Notice[], reference: unknown, shown: string | null): Promise<void>;
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
  failed(tenant: string, taken: readonly Notice[], error: string): Promise<void>;
  /** They may have arrived, and are not sent again. */
  unknown(tenant: string, taken: readonly Notice[], error: string): Promise<void>;
  /**
   * @param more.mayHaveArrived - the next attempt is a repetition: of the same message, whose end is told even if there is none.
   * @param more.isDigest - they are of several conversations, and go together again.
   * @returns when it is tried again, in ms since 1970.
   */
  again(
    tenant: string,
    taken: readonly Notice[],
    more: { error: string; afterMs: number; mayHaveArrived: boolean; isDigest?: boolean },
  ): Promise<number>;
  /**
   * What was taken is due at once, and no attempt was made.
   *
   * @param more.mayHaveArrived - by an attempt before.
   * @param more.isDigest - they are of several conversations, and go together again.
   */
  putBack(
    tenant: string,
    taken: readonly Notice[],
    more: { mayHaveArrived: boolean; isDigest: boolean },
  ): Promise<void>;
  /** Leaves out of a message that is being sent what is over. */
  leaveOut(tenant: string, taken: readonly Notice[]): Promise<void>;
  /** How many have not arrived, of all tenants, by channel and state. */
  undelivered(): Promise<{ channel: string; state: string; count: number }[]>;
}

/** Nobody has it. */
const FREE = { claimed_until: 0, claimed_by: null };

export function createNotices(database: Database): Notices {
  const { db, kind, clock } = database;
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
  const change = async (tenant: string, taken: readonly Notice[], to: Partial<Row>): Promise<void> => {
    await ofAttempt(tenant, taken)
      .set({ ...FREE, ...to })
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
    changeWays: (tenant, taken, ways) =>
      change(tenant, taken, {
        ways: JSON.stringify(ways),
        channel: ways[0]?.channel ?? '',
        state: 'planned',
        due_at: clock(),
      }),
    async sent(tenant, taken, reference, shown) {
      const messageId = taken[0]?.messageId ?? '';
      await db
        .updateTable('notices')
        .set({
          ...{ ...FREE, state: 'sent', sent_at: clock(), error: null },
          reference: JSON.stringify(reference ?? null),
        })
        .where('tenant', '=', tenant)
        .where('message_id', '=', messageId)
        .where(
          'key',
          'in',
          taken.map(({ key }) => key),
        )
        .where('state', '=', 'sending')
        .execute();
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
    failed: (tenant, taken, error) => change(tenant, taken, { state: 'failed', error }),
    unknown: (tenant, taken, error) => change(tenant, taken, { state: 'unknown', error }),
    async again(tenant, taken, { error, afterMs, mayHaveArrived, isDigest = false }) {
      const dueMs = clock() + afterMs;
      const left = mayHaveArrived ? { claimed_until: dueMs } : { state: isDigest ? 'held' : 'planned' };
      await change(tenant, taken, { ...left, error, due_at: dueMs });
      return dueMs;
    },
    async putBack(tenant, taken, { mayHaveArrived, isDigest }) {
      await ofAttempt(tenant, taken)
        .set((eb) => ({
          ...{ ...FREE, attempts: eb('attempts', '-', 1) },
          ...(!mayHaveArrived && { state: isDigest ? 'held' : 'planned' }),
        }))
        .execute();
    },
    leaveOut: (tenant, taken) => change(tenant, taken, { state: 'dropped' }),
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
