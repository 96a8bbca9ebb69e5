import type { Transaction } from 'kysely';

import { lockName, type Database } from '../database.ts';
import type { Tables } from '../tables.ts';
import { fromRow, type Notice, type Row, type Way } from './rows.ts';

/**
 * What there is to send. `isRepeated`: an earlier attempt may have sent it. `wasClaimed`: that attempt has not said how it ended. `waits`:
 * it is not due yet, or somebody else is sending it.
 */
export type Taken =
  | { state: 'taken'; notices: Notice[]; isRepeated: boolean; wasClaimed: boolean; isDigest: boolean }
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
  asked: {
    kind: Database['kind'];
    tenant: string;
    key: string;
    perHour: number;
    forMs: number;
    nowMs: number;
  },
): Promise<Taken> {
  const { kind, tenant, key, perHour, forMs, nowMs } = asked;
  const read = () =>
    trx
      .selectFrom('notices')
      .selectAll()
      .where('tenant', '=', tenant)
      .where('key', '=', key)
      .executeTakeFirst();
  const personId = (await read())?.person_id;
  if (personId === undefined) return { state: 'over' };
  // What a person has been sent is counted, and what goes together is found, by one at a time.
  await lockName(trx, kind, ['notices', tenant, personId]);
  const row = await read();
  if (row?.state === 'sending' && row.message_id !== null) {
    // What one has taken oneself was begun by an attempt of one's own, which is dead.
    if (row.claimed_by !== key && row.claimed_until > nowMs) {
      const isBusy = row.claimed_by !== null;
      return { state: 'waits', untilMs: isBusy ? nowMs + BUSY_MS : row.claimed_until };
    }
    const notices = await claim(trx, { tenant, messageId: row.message_id, by: key, untilMs: nowMs + forMs });
    const wasClaimed = row.claimed_by !== null;
    return { state: 'taken', notices, isRepeated: true, wasClaimed, isDigest: isDigest(notices) };
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
  const begin = { keys: together, nowMs };
  const notices = await claim(trx, { tenant, messageId: key, by: key, untilMs: nowMs + forMs, begin });
  return { state: 'taken', notices, isRepeated: false, wasClaimed: false, isDigest: isDigest(notices) };
}

/** When the person may be told again; null for now. What has arrived counts, and what may have. */
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
    .where('state', 'in', ['sent', 'sending', 'unknown', 'failed'])
    // Of those that have failed, the ones whose end could not be told had arrived.
    .where((eb) => eb.or([eb('state', '<>', 'failed'), eb('ended_at', 'is not', null)]))
    .where('sent_at', '>', nowMs - HOUR_MS)
    .where('message_id', '<>', key)
    .groupBy('message_id')
    .execute();
  const times = rows.map(({ sent_at }) => sent_at).toSorted((one, other) => one - other);
  const first = times[times.length - perHour];
  return times.length < perHour || first === undefined ? null : first + HOUR_MS;
}

/** What else is due to go to the same address: of one question or conversation, or held before. */
async function dueWith(trx: Transaction<Tables>, row: Row, nowMs: number): Promise<string[]> {
  const { tenant, key, person_id, channel, approval_id, conversation_id, state } = row;
  const rows = await trx
    .selectFrom('notices')
    .select(['key', 'ways'])
    .where('tenant', '=', tenant)
    .where('person_id', '=', person_id)
    .where('channel', '=', channel)
    .where('due_at', '<=', nowMs)
    .where((eb) =>
      eb.or([
        eb('state', '=', 'held'),
        ...(state === 'held' ? [eb('state', '=', 'planned')] : []),
        eb.and([eb('state', '=', 'planned'), eb('approval_id', '=', approval_id)]),
        ...(conversation_id === null
          ? []
          : [eb.and([eb('state', '=', 'planned'), eb('conversation_id', '=', conversation_id)])]),
      ]),
    )
    .orderBy('key')
    .limit(MOST_TOGETHER)
    .execute();
  const along = rows.filter(({ ways }) => addressOf(ways) === addressOf(row.ways));
  return [...new Set([key, ...along.map((one) => one.key)])].slice(0, MOST_TOGETHER);
}

function addressOf(ways: string): string | undefined {
  return (JSON.parse(ways) as Way[])[0]?.address;
}

/** @param claimed.begin - what joins the message now; absent for what is in it already. */
async function claim(
  trx: Transaction<Tables>,
  claimed: {
    tenant: string;
    messageId: string;
    by: string;
    untilMs: number;
    begin?: { keys: readonly string[]; nowMs: number };
  },
): Promise<Notice[]> {
  const { tenant, messageId, by, untilMs, begin } = claimed;
  const claiming = trx
    .updateTable('notices')
    .set((eb) => ({
      ...{ state: 'sending', message_id: messageId, claimed_until: untilMs, claimed_by: by },
      attempts: eb('attempts', '+', 1),
      ...(begin && { sent_at: begin.nowMs }),
    }))
    .where('tenant', '=', tenant);
  const rows = await (
    begin === undefined
      ? claiming.where('message_id', '=', messageId).where('state', '=', 'sending')
      : claiming.where('key', 'in', begin.keys).where('state', 'in', ['planned', 'held'])
  )
    .returningAll()
    .execute();
  return rows.map(fromRow).toSorted((one, other) => (one.key < other.key ? -1 : 1));
}

function isDigest(notices: readonly Notice[]): boolean {
  return new Set(notices.map(({ conversationId, approvalId }) => conversationId ?? approvalId)).size > 1;
}
