import type { Selectable, Transaction } from 'kysely';

import type { NoticeKind } from '../contracts/notice.ts';
import { inChunks, toIso, type Database } from './database.ts';
import type { Tables } from './tables.ts';

/** One way to reach a person. */
export interface Way {
  channel: string;
  address: string;
}

/** Somebody is to be told of an approval. */
export interface NewNotice {
  /** `approvalId:rung:person:channel`: one is planned once. */
  key: string;
  approvalId: string;
  conversationId: string | null;
  personId: string;
  rung: number;
  kind: NoticeKind;
  /** The first is tried first; another one when it fails for good. */
  ways: readonly Way[];
  /** Not before, in ms since 1970. */
  dueMs: number;
}

/**
 * How far it is. `held`: it waits, because the person was told too often. `dropped`: the question was over before.
 *
 *   planned ──take──▶ sending ──▶ sent
 *      ▲  └──too many──▶ held      ├──▶ failed, for good
 *      └──tried again later────────┘
 */
export type NoticeState = 'planned' | 'held' | 'sending' | 'sent' | 'failed' | 'dropped';

export interface Notice extends NewNotice {
  state: NoticeState;
  attempts: number;
  /** Of the message that tells of it, the key of one of its notices. */
  messageId: string | null;
  /** What the channel needs to change the message. */
  reference: unknown;
  sentAt: string | null;
  /** The message tells how it ended. */
  endedAt: string | null;
  /** Why it has not arrived, or not yet. */
  error: string | null;
}

/** What there is to send. `isRepeated`: an earlier attempt may have sent it. `waits`: it is not due yet, or somebody else is sending it. */
export type Taken =
  | { state: 'taken'; notices: Notice[]; isRepeated: boolean; isDigest: boolean }
  | { state: 'waits'; untilMs: number }
  | { state: 'over' };

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
  /** How many there are, by channel and state. */
  counts(): Promise<{ channel: string; state: string; count: number }[]>;
}

const HOUR_MS = 3_600_000;
/** When to look again at what somebody else is sending. */
const BUSY_MS = 2_000;
/** One message shows no more. */
const MOST_TOGETHER = 20;

type Row = Selectable<Tables['notices']>;

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

    take: (tenant, key, { perHour, forMs }) =>
      db.transaction().execute(async (trx): Promise<Taken> => {
        const nowMs = clock();
        const row = await trx
          .selectFrom('notices')
          .selectAll()
          .where('tenant', '=', tenant)
          .where('key', '=', key)
          .executeTakeFirst();
        if (row?.state === 'sending' && row.message_id !== null) {
          // What is under one's own name was begun by an attempt of one's own.
          if (row.message_id !== key && row.claimed_until > nowMs)
            return { state: 'waits', untilMs: nowMs + BUSY_MS };
          const notices = await claim(trx, tenant, row.message_id, [], nowMs + forMs);
          return { state: 'taken', notices, isRepeated: true, isDigest: isDigest(notices) };
        }
        if (row === undefined || (row.state !== 'planned' && row.state !== 'held')) return { state: 'over' };
        if (row.due_at > nowMs) return { state: 'waits', untilMs: row.due_at };
        const untilMs = await tooManyUntil(trx, row, perHour, nowMs);
        if (untilMs !== null) {
          await trx
            .updateTable('notices')
            .set({ state: 'held', due_at: untilMs })
            .where('tenant', '=', tenant)
            .where('key', '=', key)
            .execute();
          return { state: 'waits', untilMs };
        }
        const together = await dueWith(trx, row, nowMs);
        const notices = await claim(trx, tenant, key, together, nowMs + forMs, nowMs);
        // On PostgreSQL somebody else may have had it in the same moment.
        if (notices.length === 0) return { state: 'waits', untilMs: nowMs + BUSY_MS };
        return { state: 'taken', notices, isRepeated: false, isDigest: isDigest(notices) };
      }),

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

    counts: () =>
      db
        .selectFrom('notices')
        .select((eb) => ['channel', 'state', eb.fn.countAll<number>().as('count')])
        .groupBy(['channel', 'state'])
        .orderBy('channel')
        .orderBy('state')
        .execute(),
  };
}

/** When the person may be told again; null for now. */
async function tooManyUntil(
  trx: Transaction<Tables>,
  { tenant, person_id, key }: Row,
  perHour: number,
  nowMs: number,
): Promise<number | null> {
  const rows = await trx
    .selectFrom('notices')
    .select((eb) => ['message_id', eb.fn.max<number>('sent_at').as('sent_at')])
    .where('tenant', '=', tenant)
    .where('person_id', '=', person_id)
    .where('state', 'in', ['sent', 'sending'])
    .where('sent_at', '>', nowMs - HOUR_MS)
    .where('message_id', '<>', key)
    .groupBy('message_id')
    .execute();
  const times = rows.map(({ sent_at }) => sent_at).toSorted((one, other) => one - other);
  const first = times[times.length - perHour];
  return times.length < perHour || first === undefined ? null : first + HOUR_MS;
}

/** What else is due to go the same way: of one conversation, or held before. */
async function dueWith(trx: Transaction<Tables>, row: Row, nowMs: number): Promise<string[]> {
  const { tenant, key, person_id, channel, conversation_id, state } = row;
  const rows = await trx
    .selectFrom('notices')
    .select('key')
    .where('tenant', '=', tenant)
    .where('person_id', '=', person_id)
    .where('channel', '=', channel)
    .where('due_at', '<=', nowMs)
    .where((eb) =>
      eb.or([
        eb('state', '=', 'held'),
        ...(state === 'held' ? [eb('state', '=', 'planned')] : []),
        ...(conversation_id === null
          ? []
          : [eb.and([eb('state', '=', 'planned'), eb('conversation_id', '=', conversation_id)])]),
      ]),
    )
    .orderBy('key')
    .limit(MOST_TOGETHER)
    .execute();
  return [...new Set([key, ...rows.map((one) => one.key)])].slice(0, MOST_TOGETHER);
}

/** @param keys - of those that join the message now; none for what is in it already. */
async function claim(
  trx: Transaction<Tables>,
  tenant: string,
  messageId: string,
  keys: readonly string[],
  untilMs: number,
  nowMs?: number,
): Promise<Notice[]> {
  let claiming = trx
    .updateTable('notices')
    .set((eb) => ({
      ...{ state: 'sending', message_id: messageId, claimed_until: untilMs },
      attempts: eb('attempts', '+', 1),
      ...(nowMs !== undefined && { sent_at: nowMs }),
    }))
    .where('tenant', '=', tenant);
  claiming =
    keys.length === 0
      ? claiming.where('message_id', '=', messageId).where('state', '=', 'sending')
      : claiming.where('key', 'in', keys).where('state', 'in', ['planned', 'held']);
  const rows = await claiming.returningAll().execute();
  return rows.map(fromRow).toSorted((one, other) => (one.key < other.key ? -1 : 1));
}

function isDigest(notices: readonly Notice[]): boolean {
  return new Set(notices.map(({ conversationId, approvalId }) => conversationId ?? approvalId)).size > 1;
}

function toRow(tenant: string, notice: NewNotice): Row {
  const { key, approvalId, conversationId, personId, rung, kind, ways, dueMs } = notice;
  return {
    ...{ tenant, key, rung, kind, channel: ways[0]?.channel ?? '', ways: JSON.stringify(ways) },
    ...{ approval_id: approvalId, conversation_id: conversationId, person_id: personId },
    ...{ state: 'planned', due_at: dueMs, claimed_until: 0, attempts: 0 },
    ...{ message_id: null, reference: null, sent_at: null, ended_at: null, error: null },
  };
}

function fromRow(row: Row): Notice {
  return {
    ...{ key: row.key, approvalId: row.approval_id, conversationId: row.conversation_id },
    ...{ personId: row.person_id, rung: row.rung, kind: row.kind as NoticeKind, dueMs: row.due_at },
    ways: JSON.parse(row.ways) as Way[],
    ...{ state: row.state as NoticeState, attempts: row.attempts, messageId: row.message_id },
    reference: row.reference === null ? null : (JSON.parse(row.reference) as unknown),
    sentAt: row.state === 'sent' && row.sent_at !== null ? toIso(row.sent_at) : null,
    endedAt: row.ended_at === null ? null : toIso(row.ended_at),
    error: row.error,
  };
}
