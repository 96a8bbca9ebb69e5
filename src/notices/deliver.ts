import { setTimeout as sleep } from 'node:timers/promises';

import type { Notice, NoticeState } from '../store/notices/rows.ts';
import type { Taken } from '../store/notices/take.ts';
import { ChannelError, PartlySent } from './channel.ts';
import { SEND_LIMIT_MS, toChannelError, writeEntries, type Deliveries } from './deliveries.ts';
import { digestOf } from './sent-message.ts';
import { toMessage } from './write-message.ts';

/** How it stands with the notices of an approval. */
export interface Sent {
  /** How many have been sent so far, along with another question or by an earlier attempt, too. */
  told: number;
  /** How many have failed for good. */
  failed: number;
  /** When something is due that had to wait, in ms since 1970. */
  heldUntilMs: number[];
}

/** Longer than a send may take: whoever has it after that is dead. */
const CLAIM_MS = 2 * SEND_LIMIT_MS;
const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 3_600_000;
/** Tried for about a day; the card says that it has not arrived. */
const ATTEMPTS = 30;
const AT_ONCE = 4;
const NOT_TWICE = 'Nobody knows whether it was sent, and a reminder is not sent twice.';

/** Sends what is due of an approval, and what goes along with it. Nothing is sent twice unless an earlier attempt died while it sent. */
export async function sendDue(
  deliveries: Deliveries,
  { tenant, approvalId }: { tenant: string; approvalId: string },
  signal: AbortSignal,
): Promise<Sent> {
  const { store } = deliveries;
  const heldUntilMs: number[] = [];
  const open = (await store.notices.ofApproval(tenant, approvalId)).filter(({ state }) => isOpen(state));
  const queue = [...open];
  let failure: { error: unknown } | undefined;
  // All of them end before this attempt does: the next one takes what they are sending for half sent.
  await Promise.all(
    Array.from({ length: Math.min(AT_ONCE, queue.length) }, async () => {
      while (!signal.aborted) {
        const notice = queue.shift();
        if (notice === undefined) return;
        await sendOne(notice).catch((error: unknown) => {
          failure ??= { error };
        });
      }
    }),
  );
  // Stopped half-way, as by a worker that shuts down: the rest is due at once.
  if (queue.length > 0) heldUntilMs.push(0);
  const states = await writeEntries(deliveries, tenant, approvalId);
  if (failure !== undefined) throw failure.error;
  const count = (state: NoticeState): number => states.filter((one) => one === state).length;
  return { told: count('sent'), failed: count('failed'), heldUntilMs };

  async function sendOne({ key }: Notice): Promise<void> {
    for (;;) {
      const taken = await store.notices.take(tenant, key, { perHour: deliveries.perHour, forMs: CLAIM_MS });
      if (taken.state === 'waits') heldUntilMs.push(taken.untilMs);
      if (taken.state !== 'taken') return;
      const result = await sendTaken(deliveries, tenant, key, taken, signal);
      if (result === 'another way') continue;
      if (result !== 'over') heldUntilMs.push(result.againMs);
      return;
    }
  }
}

type Result = 'over' | 'another way' | { againMs: number };

async function sendTaken(
  deliveries: Deliveries,
  tenant: string,
  key: string,
  taken: Extract<Taken, { state: 'taken' }>,
  signal: AbortSignal,
): Promise<Result> {
  const { store, channels, log } = deliveries;
  const { notices } = store;
  const [first] = taken.notices;
  if (first?.messageId == null) return 'over';
  const { messageId, personId, ways, attempts } = first;
  const fail = async (error: string): Promise<Result> => {
    await notices.failed(tenant, taken.notices, error);
    log('notice.failed', { tenant, key, channel: ways[0]?.channel, error });
    return 'over';
  };
  /** An attempt before this one. */
  let mayHaveArrived = taken.isRepeated;
  const limited = (): AbortSignal => AbortSignal.any([signal, AbortSignal.timeout(SEND_LIMIT_MS)]);
  const channel = channels.find(({ name }) => name === ways[0]?.channel);
  if (channel === undefined)
    return afterError(
      new ChannelError(`The channel "${ways[0]?.channel ?? ''}" is not configured at this worker.`),
    );
  if (mayHaveArrived && channel.find !== undefined) {
    try {
      // A worker that died may have sent it a moment ago.
      if (taken.wasClaimed) await sleep(channel.landsWithinMs ?? 0, null, { signal });
      const found = await channel.find({ id: messageId, address: ways[0]?.address ?? '' }, limited());
      if (found !== null && found !== 'unknown') {
        // What it shows may be older than what is asked by now.
        await notices.sent(tenant, taken.notices, found, null);
        return 'over';
      }
      mayHaveArrived = found === 'unknown';
    } catch (error) {
      return afterError(error);
    }
  }
  const isRepeated = mayHaveArrived;
  if (isRepeated) await notices.unknown(tenant, taken.notices.filter(isReminder), NOT_TWICE);
  const left = isRepeated ? taken.notices.filter((notice) => !isReminder(notice)) : taken.notices;
  let message: Awaited<ReturnType<typeof toMessage>>;
  try {
    message = await toMessage(deliveries, tenant, { ...taken, isRepeated, notices: left });
  } catch (error) {
    // What was not begun is due again as it was, and a reminder is not lost.
    await notices.putBack(tenant, left, { mayHaveArrived: isRepeated, isDigest: taken.isDigest });
    throw error;
  }
  if (message === null) return 'over';
  if (message === 'nobody') return fail(`"${personId}" is not in the directory any more, or revoked.`);
  const asked = new Set(message.cards.map(({ approvalId }) => approvalId));
  const shown = left.filter(({ approvalId }) => asked.has(approvalId));
  if (!(await notices.stillSends(tenant, shown, { forMs: CLAIM_MS }))) {
    // What nobody else has was not begun.
    await notices.putBack(tenant, left, { mayHaveArrived: isRepeated, isDigest: taken.isDigest });
    return { againMs: Date.now() };
  }
  try {
    const done = await channel.send(message, limited());
    // Before it counts as sent: an attempt that dies here is followed by one that plans the same.
    const againMs = done instanceof PartlySent ? await planLeft(done.left) : null;
    const reference = done instanceof PartlySent ? done.reference : done;
    await notices.sent(tenant, shown, reference, digestOf(message.cards));
    const { kind, cards } = message;
    log('notice.sent', { tenant, key, channel: channel.name, kind, cards: cards.length });
    return againMs === null ? 'over' : { againMs };
  } catch (error) {
    return afterError(error);
  }

  /** @returns when the first of them is due; null for never. */
  async function planLeft(all: PartlySent['left']): Promise<number | null> {
    const dueMs: number[] = [];
    for (const { address, error } of all) {
      const { message: why, mayHaveArrived: hasPerhaps, retryAfterMs: afterMs = FIRST_PAUSE_MS } = error;
      log('notice.delayed', { tenant, key, channel: ways[0]?.channel, error: why, afterMs });
      const apart = left.filter((notice) => !(hasPerhaps && isReminder(notice)));
      if (apart.length === 0) continue;
      const more = {
        ...{ error: why, afterMs, isDigest: taken.isDigest },
        keys: apart.map((one) => one.key),
      };
      dueMs.push(await notices.planApart(tenant, messageId, address, more));
    }
    return dueMs.length === 0 ? null : Math.min(...dueMs);
  }

  async function afterError(error: unknown): Promise<Result> {
    const { message: why, isFinal, retryAfterMs, ...thrown } = toChannelError(error);
    mayHaveArrived ||= thrown.mayHaveArrived;
    if (mayHaveArrived && channel?.find === undefined && taken.notices.every(isReminder)) {
      await notices.unknown(tenant, taken.notices, why);
      return 'over';
    }
    if (isFinal && ways.length > 1) {
      log('notice.another_way', { tenant, key, channel: ways[0]?.channel, error: why });
      await notices.changeWays(tenant, taken.notices, ways.slice(1));
      return 'another way';
    }
    if (isFinal || attempts >= ATTEMPTS) {
      if (!mayHaveArrived) return fail(why);
      await notices.unknown(tenant, taken.notices, why);
      return 'over';
    }
    const pauseMs = retryAfterMs ?? Math.min(FIRST_PAUSE_MS * 3 ** (attempts - 1), LONGEST_PAUSE_MS);
    // Looked for before it can be there, it would be sent once more.
    const afterMs = mayHaveArrived ? Math.max(pauseMs, channel?.landsWithinMs ?? 0) : pauseMs;
    const more = { error: why, afterMs, mayHaveArrived, isDigest: taken.isDigest };
    const againMs = await notices.again(tenant, taken.notices, more);
    log('notice.delayed', { tenant, key, channel: ways[0]?.channel, error: why, afterMs });
    return { againMs };
  }
}

function isReminder({ kind }: Notice): boolean {
  return kind === 'remind';
}

function isOpen(state: Notice['state']): boolean {
  return state === 'planned' || state === 'held' || state === 'sending';
}
