import type { AnyApproval } from '../contracts/approval/approval.ts';
import { newsOf, type Audience } from '../record/heard.ts';
import type { NewEntry } from '../store/entry.ts';
import type { Notice, Taken, Way } from '../store/notices.ts';
import type { Store } from '../store/store.ts';
import { toCard, type Card } from './card.ts';
import { ChannelError, type Message, type NoticeChannel, type Reference } from './channel.ts';
import type { ReadApproval } from './read-approvals.ts';

/** What sending needs. */
export interface Deliveries {
  store: Pick<Store, 'notices' | 'people' | 'record'>;
  channels: readonly NoticeChannel[];
  /** Where people reach the inbox. */
  publicUrl: string;
  /** More messages an hour no person gets. */
  perHour: number;
  read: ReadApproval;
  /** Who hears of what is written. */
  audience?: Audience | undefined;
  log: (event: string, fields: Record<string, unknown>) => void;
}

export interface Sent {
  sent: number;
  failed: number;
  /** When something is due that had to wait, in ms since 1970. */
  heldUntilMs: number[];
}

/** A channel that has not answered by then is tried again. */
const SEND_LIMIT_MS = 30_000;
/** Longer than a send may take: whoever has it after that is dead. */
const CLAIM_MS = 2 * SEND_LIMIT_MS;
const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 3_600_000;
/** Tried for about a day; the card says that it has not arrived. */
const ATTEMPTS = 30;
const AT_ONCE = 4;

/** Sends what is due of an approval, and what goes along with it. Nothing is sent twice unless an earlier attempt died while it sent. */
export async function sendDue(
  deliveries: Deliveries,
  { tenant, approvalId }: { tenant: string; approvalId: string },
  signal: AbortSignal,
): Promise<Sent> {
  const { store } = deliveries;
  const told: Sent = { sent: 0, failed: 0, heldUntilMs: [] };
  const open = (await store.notices.ofApproval(tenant, approvalId)).filter(({ state }) => isOpen(state));
  const queue = [...open];
  await Promise.all(
    Array.from({ length: Math.min(AT_ONCE, queue.length) }, async () => {
      for (let notice = queue.shift(); notice !== undefined && !signal.aborted; notice = queue.shift())
        await sendOne(notice);
    }),
  );
  await writeEntries(deliveries, tenant, approvalId);
  return told;

  async function sendOne({ key }: Notice): Promise<void> {
    for (;;) {
      const taken = await store.notices.take(tenant, key, { perHour: deliveries.perHour, forMs: CLAIM_MS });
      if (taken.state === 'waits') told.heldUntilMs.push(taken.untilMs);
      if (taken.state !== 'taken') return;
      const result = await sendTaken(deliveries, tenant, key, taken, signal);
      if (result === 'another way') continue;
      if (result === 'sent') told.sent += 1;
      else if (result === 'failed') told.failed += 1;
      else if (result !== 'over') told.heldUntilMs.push(result.againMs);
      return;
    }
  }
}

type Result = 'sent' | 'failed' | 'over' | 'another way' | { againMs: number };

async function sendTaken(
  deliveries: Deliveries,
  tenant: string,
  key: string,
  taken: Extract<Taken, { state: 'taken' }>,
  signal: AbortSignal,
): Promise<Result> {
  const { store, log } = deliveries;
  const { notices } = store;
  const [first] = taken.notices;
  if (first?.messageId == null) return 'over';
  const { messageId, personId, ways, attempts } = first;
  const fail = async (error: string): Promise<Result> => {
    await notices.failed(tenant, messageId, error);
    log('notice.failed', { tenant, key, channel: ways[0]?.channel, error });
    return 'failed';
  };
  const message = await toMessage(deliveries, tenant, taken);
  if (message === null) return 'over';
  if (message === 'nobody') return fail(`"${personId}" is not in the directory any more, or revoked.`);
  const isReminder = taken.notices.every(({ kind }) => kind === 'remind');
  if (taken.isRepeated && isReminder)
    return fail('Nobody knows whether it was sent, and a reminder is not sent twice.');
  try {
    const channel = channelOf(deliveries, ways[0]);
    const reference = await channel.send(
      message,
      AbortSignal.any([signal, AbortSignal.timeout(SEND_LIMIT_MS)]),
    );
    await notices.sent(tenant, messageId, reference);
    log('notice.sent', {
      tenant,
      key,
      channel: channel.name,
      kind: message.kind,
      cards: message.cards.length,
    });
    return 'sent';
  } catch (error) {
    const { message: why, isFinal, retryAfterMs, mayHaveArrived } = toChannelError(error);
    if (mayHaveArrived && isReminder) return fail(why);
    if (isFinal && ways.length > 1) {
      log('notice.another_way', { tenant, key, channel: ways[0]?.channel, error: why });
      await notices.changeWays(tenant, messageId, ways.slice(1));
      return 'another way';
    }
    if (isFinal || attempts >= ATTEMPTS) return fail(why);
    const afterMs = retryAfterMs ?? Math.min(FIRST_PAUSE_MS * 3 ** (attempts - 1), LONGEST_PAUSE_MS);
    const againMs = await notices.again(tenant, messageId, { error: why, afterMs });
    log('notice.delayed', { tenant, key, channel: ways[0]?.channel, error: why, afterMs });
    return { againMs };
  }
}

/** @returns null when every question is over, and `nobody` when the person may not be told any more. */
async function toMessage(
  { store, read, publicUrl }: Deliveries,
  tenant: string,
  { notices, isDigest }: Extract<Taken, { state: 'taken' }>,
): Promise<Message | 'nobody' | null> {
  const cards: Card[] = [];
  const over: string[] = [];
  for (const { key, approvalId } of notices) {
    if (cards.some((card) => card.approvalId === approvalId)) continue;
    const approval = await read(tenant, approvalId);
    if (isRead(approval) && approval.status === 'pending') cards.push(toCard(approval, publicUrl));
    else over.push(key);
  }
  if (over.length > 0) await store.notices.drop(tenant, over);
  const [first] = notices;
  if (!first?.messageId || cards.length === 0) return null;
  const person = await store.people.get(tenant, first.personId);
  if (person?.revokedAt !== null) return 'nobody';
  const isReminder = notices.every(({ kind }) => kind === 'remind');
  const isEscalation = notices.some(({ kind }) => kind === 'escalate');
  return {
    ...{ id: first.messageId, tenant, cards, to: { person, address: first.ways[0]?.address ?? '' } },
    kind: isDigest ? 'digest' : isReminder ? 'remind' : isEscalation ? 'escalate' : 'ask',
    after: await earlierMessages(store, tenant, first, cards),
  };
}

async function earlierMessages(
  { notices }: Pick<Store, 'notices'>,
  tenant: string,
  { personId, ways, messageId }: Notice,
  cards: readonly Card[],
): Promise<string[]> {
  const all = (
    await Promise.all(cards.map(({ approvalId }) => notices.ofApproval(tenant, approvalId)))
  ).flat();
  const sent = all.filter(
    (one) =>
      one.state === 'sent' &&
      one.personId === personId &&
      one.messageId !== messageId &&
      one.ways[0]?.channel === ways[0]?.channel,
  );
  const inOrder = sent.toSorted((one, other) => (one.sentAt ?? '').localeCompare(other.sentAt ?? ''));
  return [...new Set(inOrder.flatMap(({ messageId: id }) => id ?? []))];
}

/**
 * Brings every message about a settled question up to date, once, and sends nothing more about it.
 *
 * @returns how many messages, and what could not be brought up to date yet.
 */
export async function updateMessages(
  deliveries: Deliveries,
  { tenant, approvalId }: { tenant: string; approvalId: string },
  signal: AbortSignal,
): Promise<{ updated: number; left: ChannelError[] }> {
  const { store, log } = deliveries;
  const all = await store.notices.ofApproval(tenant, approvalId);
  const unsent = all.filter(({ state }) => state === 'planned' || state === 'held');
  await store.notices.drop(
    tenant,
    unsent.map(({ key }) => key),
  );
  const told = all.filter(
    ({ state, endedAt, messageId }) =>
      (state === 'sent' || state === 'sending') && endedAt === null && messageId !== null,
  );
  let updated = 0;
  const left: ChannelError[] = [];
  for (const [messageId, own] of Map.groupBy(told, ({ messageId: id }) => id ?? '')) {
    try {
      await updateOne(messageId, own);
      updated += 1;
    } catch (error) {
      const problem = toChannelError(error);
      log('notice.not_updated', { tenant, messageId, error: problem.message, isFinal: problem.isFinal });
      if (!problem.isFinal) left.push(problem);
    }
  }
  await writeEntries(deliveries, tenant, approvalId);
  return { updated, left };

  async function updateOne(messageId: string, own: readonly Notice[]): Promise<void> {
    const notices = await store.notices.ofMessage(tenant, messageId);
    const [first] = own;
    const cards: Card[] = [];
    for (const id of new Set(notices.map((notice) => notice.approvalId))) {
      const approval = await deliveries.read(tenant, id);
      if (isRead(approval)) cards.push(toCard(approval, deliveries.publicUrl));
    }
    const person = await store.people.get(tenant, first?.personId ?? '');
    const [way] = first?.ways ?? [];
    if (person !== null && way !== undefined && cards.length > 0) {
      const message: Message = {
        ...{ id: messageId, tenant, kind: 'ask', cards, to: { person, address: way.address }, after: [] },
      };
      const reference = (first?.reference ?? null) as Reference | null;
      const limited = AbortSignal.any([signal, AbortSignal.timeout(SEND_LIMIT_MS)]);
      await channelOf(deliveries, way).update(message, reference, limited);
    }
    await store.notices.ended(
      tenant,
      own.map(({ key }) => key),
    );
  }
}

/** What was sent stands in the record. Its id follows from the notice, so writing it again is writing it once. */
async function writeEntries(
  { store, audience }: Deliveries,
  tenant: string,
  approvalId: string,
): Promise<void> {
  const notices = await store.notices.ofApproval(tenant, approvalId);
  const entries = notices.flatMap((notice): NewEntry[] => {
    const { key, kind, personId, sentAt, ways } = notice;
    if (notice.state !== 'sent' || sentAt === null) return [];
    const is = kind === 'escalate' ? 'escalated' : 'noticed';
    return [
      {
        ...{ kind: is, id: `${is}:${key}`, time: sentAt, approvalId },
        ...{ person: { id: personId }, reason: ways[0]?.channel ?? '' },
      },
    ];
  });
  if (entries.length === 0) return;
  const news = newsOf([], entries, audience);
  await store.record.append(tenant, entries, [], { news });
  if (news.length > 0) audience?.nudge?.();
}

function channelOf({ channels }: Deliveries, way: Way | undefined): NoticeChannel {
  const channel = channels.find(({ name }) => name === way?.channel);
  if (channel !== undefined) return channel;
  throw new ChannelError(`The channel "${way?.channel ?? ''}" is not configured at this worker.`);
}

function toChannelError(error: unknown): ChannelError {
  if (error instanceof ChannelError) return error;
  const name = error instanceof Error ? error.name : typeof error;
  if (name === 'TimeoutError' || name === 'AbortError')
    return new ChannelError(`The channel has not answered within ${SEND_LIMIT_MS / 1_000} s.`, {
      mayHaveArrived: true,
    });
  // A fault of ours may quote the message.
  return new ChannelError(`It could not be sent (${name}).`, { mayHaveArrived: true });
}

function isRead(read: Awaited<ReturnType<ReadApproval>>): read is AnyApproval {
  return read !== null && read !== 'not yet';
}

function isOpen(state: Notice['state']): boolean {
  return state === 'planned' || state === 'held' || state === 'sending';
}
