import type { Notice } from '../store/notices/rows.ts';
import { toCard, type Card } from './card.ts';
import { ChannelError, type Message, type Reference } from './channel.ts';
import { placeOf } from './places.ts';
import {
  channelOf,
  isRead,
  SEND_LIMIT_MS,
  toChannelError,
  writeEntries,
  type Deliveries,
} from './deliveries.ts';

/** When to look again at what is being sent. */
const BUSY_MS = 2_000;

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
  const { told, isBusy } = await store.notices.end(tenant, approvalId);
  let updated = 0;
  const left: ChannelError[] = isBusy
    ? [new ChannelError('One is being sent at this moment.', { retryAfterMs: BUSY_MS })]
    : [];
  const endsOnce = new Set(
    deliveries.channels.flatMap(({ name, endsOnce: once }) => (once ? [name] : [])) as string[],
  );
  const groups = Map.groupBy(told, ({ messageId, personId, ways: [way] }) =>
    way !== undefined && endsOnce.has(way.channel) ? `${personId} ${way.channel}` : messageId,
  );
  for (const own of groups.values()) {
    const messageId = own[0]?.messageId ?? '';
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
    const notices = (await store.notices.ofMessage(tenant, messageId)).filter(
      ({ state }) => state !== 'dropped',
    );
    const [first] = own;
    const cards: Card[] = [];
    for (const id of new Set(notices.map((notice) => notice.approvalId))) {
      const approval = await deliveries.read(tenant, id);
      if (isRead(approval)) cards.push(toCard(approval, deliveries.publicUrl));
    }
    const person = (first && placeOf(first)) ?? (await store.people.get(tenant, first?.personId ?? ''));
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
