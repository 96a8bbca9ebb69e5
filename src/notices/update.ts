import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Notice, Way } from '../store/notices/rows.ts';
import { ChannelError, type Message, type NoticeChannel, type Reference } from './channel.ts';
import { channelOf, SEND_LIMIT_MS, toChannelError, writeEntries, type Deliveries } from './deliveries.ts';
import { endOf } from './end.ts';
import type { ReadApproval } from './read-approvals.ts';
import { readSentMessage, type SentMessage } from './sent-message.ts';

/** When to look again at what is being sent. It is waited for here: attempts of the activity are for channels that fail. */
const BUSY_MS = 1_000;

/**
 * Brings every message about a settled question up to date, once, and sends nothing more about it. Where a channel refuses for good, the
 * person is told by their next one; with none left, the notice has failed. Whoever is revoked by now is sent nothing.
 *
 * @param about.isLast - nobody tries again, so what cannot be told now has failed.
 * @returns how many messages, and what could not be brought up to date yet.
 */
export async function updateMessages(
  deliveries: Deliveries,
  { tenant, approvalId, isLast = false }: { tenant: string; approvalId: string; isLast?: boolean },
  signal: AbortSignal,
): Promise<{ updated: number; left: ChannelError[] }> {
  const { store, log } = deliveries;
  /** When it was seen that nobody sends a message any more, by its attempt. */
  const givenUpMs = new Map<string, number>();
  let updated = 0;
  const left = new Map<string | null, ChannelError>();
  /** Channels that want to wait, with all of their messages. */
  const limits = new Map<string, ChannelError>();
  const named = (by: 'endsOnce' | 'isEditable') =>
    new Set<string>(deliveries.channels.flatMap((channel) => (channel[by] ? [channel.name] : [])));
  const [endsOnce, editable] = [named('endsOnce'), named('isEditable')];
  while (await updateSome()) await sleep(BUSY_MS, null, { signal });
  return { updated, left: [...left.values()] };

  /** @returns whether some is being sent or changed at this moment. */
  async function updateSome(): Promise<boolean> {
    const { told, busy } = await store.notices.end(tenant, approvalId);
    let isBusy = busy.length > 0;
    const groups = Map.groupBy(told, groupOf);
    // An end that is a message of its own comes after all that it is about.
    const waiting = new Set(busy.map(groupOf));
    // What was sent is written before any of it may count as failed.
    await writeEntries(deliveries, tenant, approvalId);
    for (const [group, own] of groups) {
      if (left.has(group) || waiting.has(group)) continue;
      const limit = limits.get(own[0]?.ways[0]?.channel ?? '');
      if (limit !== undefined && !isLast) {
        left.set(group, limit);
        continue;
      }
      const keys = own.map(({ key }) => key);
      const problem = await updateGroup(own);
      if (problem === 'busy') isBusy = true;
      else if (problem === null) {
        await store.notices.ended(tenant, keys);
        updated += 1;
      } else if (problem.isFinal || isLast) await store.notices.endFailed(tenant, keys, problem.message);
      else left.set(group, problem);
    }
    return isBusy;
  }

  function groupOf({ messageId, personId, ways: [way] }: Notice): string | null {
    return way !== undefined && endsOnce.has(way.channel) ? `${personId} ${way.channel}` : messageId;
  }

  /** What can be changed is changed by one at a time: what another one read before would take the place of this end. */
  async function updateGroup(all: readonly Notice[]): Promise<ChannelError | 'busy' | null> {
    // Of one message only what is known to have arrived says where it stands.
    const own = all.toSorted((one, other) => Number(other.state === 'sent') - Number(one.state === 'sent'));
    const [first] = own;
    const { messageId = null, state, ways = [] } = first ?? {};
    const [way] = ways;
    const channel = deliveries.channels.find(({ name }) => name === way?.channel);
    if (state === 'sending' && first !== undefined && channel?.find !== undefined) {
      const found = await lookFor(first, channel);
      if (!(found instanceof ChannelError && found.isFinal)) return found;
    }
    const isShared = state === 'sent' && messageId !== null && editable.has(way?.channel ?? '');
    if (!isShared) return updateOne(own, (await toSent(own, deliveries.readAnew()))?.message ?? null);
    const by = randomUUID();
    if (!(await store.notices.beginChange(tenant, messageId, { by, forMs: SEND_LIMIT_MS }))) return 'busy';
    const sent = await toSent(own, deliveries.readAnew());
    if (!(await store.notices.stillChanges(tenant, messageId, { by, forMs: SEND_LIMIT_MS }))) return 'busy';
    const problem = await updateOne(own, sent?.message ?? null);
    const shown = problem === null ? (sent?.shows ?? null) : null;
    // What may be under way still holds others back for a while.
    if (problem?.mayHaveArrived !== true) await store.notices.endChange(tenant, messageId, { by, shown });
    return problem;
  }

  /**
   * Looks for what was given up, or left by a worker that died. It may arrive a moment later, and would say for ever that the question is
   * open.
   *
   * @returns null when it has not arrived. `busy` when it has: as what was sent it is changed next.
   */
  async function lookFor(
    { messageId, attempts, ways: [way] }: Notice,
    channel: NoticeChannel,
  ): Promise<ChannelError | 'busy' | null> {
    if (messageId === null) return null;
    const attempt = `${messageId} ${attempts}`;
    const sinceMs = givenUpMs.get(attempt) ?? Date.now();
    givenUpMs.set(attempt, sinceMs);
    if (Date.now() < sinceMs + (channel.landsWithinMs ?? 0)) return 'busy';
    const asked = { id: messageId, address: way?.address ?? '' };
    let found: Reference | null | 'unknown' | undefined;
    const problem = await tried(asked, async () => {
      found = await channel.find?.(asked, AbortSignal.any([signal, AbortSignal.timeout(SEND_LIMIT_MS)]));
    });
    if (problem !== null || found === null || found === undefined || found === 'unknown') return problem;
    await store.notices.sent(tenant, await store.notices.ofMessage(tenant, messageId), found, null);
    return 'busy';
  }

  /** @returns why the end could not be told by any way; null when it was. */
  async function updateOne(own: readonly Notice[], message: Message | null): Promise<ChannelError | null> {
    if (message === null) return null;
    const [first, ...others] = waysOf(own);
    // Whoever is revoked is sent nothing more: what they were shown is only changed where it is.
    const isRevoked = message.to.person.revokedAt !== null;
    if (isRevoked && first !== undefined && endsOnce.has(first.channel)) return null;
    const next = isRevoked ? [] : others;
    const limited = AbortSignal.any([signal, AbortSignal.timeout(SEND_LIMIT_MS)]);
    const reference = (own[0]?.reference ?? null) as Reference | null;
    let problem = await tried(message, () =>
      channelOf(deliveries, first).update(message, reference, limited),
    );
    if (problem?.retryAfterMs !== undefined && first !== undefined && editable.has(first.channel))
      limits.set(first.channel, problem);
    const ended = endOf(message);
    for (const way of next) {
      if (problem?.isFinal !== true) break;
      if (ended === null || (await isToldBy(way, own))) return null;
      const end = { ...ended, to: { ...ended.to, address: way.address } };
      problem = await tried(message, () => {
        const channel = channelOf(deliveries, way);
        return channel.tellEnd?.(end, limited) ?? channel.update(end, null, limited);
      });
    }
    return problem;
  }

  /** Whether the person has another message about the question there, which tells the end by itself. */
  async function isToldBy({ channel }: Way, [first]: readonly Notice[]): Promise<boolean> {
    const all = await store.notices.ofApproval(tenant, approvalId);
    return all.some(
      ({ state, personId, ways: [way] }) =>
        state === 'sent' && personId === first?.personId && way?.channel === channel,
    );
  }

  async function tried({ id }: Pick<Message, 'id'>, work: () => Promise<void>): Promise<ChannelError | null> {
    try {
      await work();
      return null;
    } catch (error) {
      const problem = toChannelError(error);
      const { message: why, isFinal } = problem;
      log('notice.not_updated', { tenant, messageId: id, error: why, isFinal });
      return problem;
    }
  }

  async function toSent([first]: readonly Notice[], read: ReadApproval): Promise<SentMessage | null> {
    return first === undefined ? null : readSentMessage({ ...deliveries, read }, tenant, first);
  }
}

/** The one by which it was sent, and the next ones of the person. */
function waysOf(own: readonly Notice[]): Way[] {
  const all = own.flatMap(({ ways }) => ways);
  return [...new Map(all.map((way) => [way.channel, way])).values()];
}
