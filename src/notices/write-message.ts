import type { Notice } from '../store/notices/rows.ts';
import type { Taken } from '../store/notices/take.ts';
import type { Store } from '../store/store.ts';
import { toCard, type Card } from './card.ts';
import type { Message } from './channel.ts';
import type { Deliveries } from './deliveries.ts';
import { placeOf } from './places.ts';
import { kindOf } from './sent-message.ts';

const OVER = 'Nobody knows whether it was sent, and its question is over.';

/** @returns null when every question is over, and `nobody` when the person may not be told any more. */
export async function toMessage(
  { store, readAnew, publicUrl }: Deliveries,
  tenant: string,
  { notices, isDigest, isRepeated }: Extract<Taken, { state: 'taken' }>,
): Promise<Message | 'nobody' | null> {
  // As they stand after they were taken: a question that ends later meets a message that is being sent.
  const read = readAnew();
  const cards: Card[] = [];
  const over: Notice[] = [];
  const unread: Notice[] = [];
  let failure: { error: unknown } | undefined;
  for (const notice of notices) {
    const { approvalId } = notice;
    if (cards.some((card) => card.approvalId === approvalId)) continue;
    try {
      const approval = await read(tenant, approvalId);
      if (approval === 'not yet') throw new Error(`The turn does not show ${approvalId} yet.`);
      if (approval?.status === 'pending') cards.push(toCard(approval, publicUrl));
      else over.push(notice);
    } catch (error) {
      failure ??= { error };
      unread.push(notice);
    }
  }
  const [first] = notices;
  if (!first?.messageId) return null;
  if (failure !== undefined) {
    // What cannot be read holds back no other question, unless the message bears its name or may show it already.
    const isBound = isRepeated || unread.some(({ key }) => key === first.messageId);
    if (isBound || cards.length === 0) throw failure.error;
    await store.notices.putBack(tenant, unread, { mayHaveArrived: false, isDigest });
  }
  if (over.length > 0) {
    // One that may have arrived must tell how each of its questions ended. Nobody knows whether those that are over arrived.
    if (isRepeated) await store.notices.unknown(tenant, over, OVER);
    else await store.notices.leaveOut(tenant, over);
  }
  if (cards.length === 0) return null;
  const shown = notices.filter((notice) => cards.some((card) => card.approvalId === notice.approvalId));
  const person = placeOf(first) ?? (await store.people.get(tenant, first.personId));
  if (person?.revokedAt !== null) return 'nobody';
  return {
    ...{ id: first.messageId, tenant, cards, to: { person, address: first.ways[0]?.address ?? '' } },
    kind: kindOf(shown, isDigest && new Set(shown.map(conversationOf)).size > 1),
    after: await earlierMessages(store, tenant, first, cards),
  };
}

function conversationOf({ conversationId, approvalId }: Notice): string {
  return conversationId ?? approvalId;
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
