import type { Transaction } from 'kysely';

import type { Tables } from '../tables.ts';
import { fromRow, type Notice, type Row } from './rows.ts';

/** What there is to send. `isRepeated`: an earlier attempt may have sent it. `waits`: it is not due yet, or somebody else is sending it. */
export type Taken =
  | { state: 'taken'; notices: Notice[]; isRepeated: boolean; isDigest: boolean }
  | { state: 'waits'; untilMs: number }
  | { state: 'over' };

const HOUR_MS = 3_600_000;
/** When to look again at what somebody else is sending. */
const BUSY_MS = 2_000;
/** One message shows no more. */
const MOST_TOGETHER = 20;

/** Takes what is due to go to a person with this notice, in one message, unless somebody else is sending it. */
export async function take(
  trx: Transaction<Tables>,
  asked: { tenant: string; key: string; perHour: number; forMs: number; nowMs: number },
): Promise<Taken> {
  const { tenant, key, perHour, forMs, nowMs } = asked;
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
