import { randomUUID } from 'node:crypto';

import type { Notice } from '../store/notices/rows.ts';
import { ChannelError, type Reference } from './channel.ts';
import { channelOf, isRead, SEND_LIMIT_MS, toChannelError, type Deliveries } from './deliveries.ts';
import { readSentMessage } from './sent-message.ts';

/** Somebody else is changing the message, or was when they died. */
const BUSY = new ChannelError('Somebody else is changing the message.', { retryAfterMs: 2_000 });

/**
 * Shows votes and edits of an open question on the messages that can be changed, one after the other. What shows them already is left alone.
 *
 *   read ─what it shows is old─▶ begun, and nobody else changes it ──▶ read again ──▶ changed ──▶ ended
 *                                                                       └──it is over: its end is told by others (update.ts)
 *
 * @param signal - the question is over: a change that is under way ends first, because it would take the place of the end.
 * @returns how many were changed, and why others were not.
 */
export async function followVotes(
  deliveries: Deliveries,
  { tenant, approvalId }: { tenant: string; approvalId: string },
  signal: AbortSignal,
): Promise<{ changed: number; left: ChannelError[] }> {
  const { store, log } = deliveries;
  const editable = new Set<string>(
    deliveries.channels.flatMap(({ name, isEditable }) => (isEditable ? [name] : [])),
  );
  const sent = (await store.notices.ofApproval(tenant, approvalId)).filter(
    ({ state, endedAt, messageId, reference, ways: [way] }) =>
      state === 'sent' &&
      endedAt === null &&
      messageId !== null &&
      reference !== null &&
      editable.has(way?.channel ?? ''),
  );
  const messages = new Map(sent.map((notice) => [notice.messageId, notice]));
  const left: ChannelError[] = [];
  let changed = 0;
  for (const notice of messages.values()) {
    if (signal.aborted) break;
    const problem = await followOne(notice);
    if (problem === 'over') break;
    if (problem === 'changed') changed += 1;
    if (!(problem instanceof ChannelError)) continue;
    // What nobody can change stays as it is until the end, which has other ways.
    if (!problem.isFinal) left.push(problem);
    // A limit of the channel holds for all of its messages.
    if (problem !== BUSY && problem.retryAfterMs !== undefined) break;
  }
  return { changed, left };

  async function followOne(notice: Notice): Promise<ChannelError | 'changed' | 'the same' | 'over'> {
    const { messageId: id, reference, ways } = notice;
    const messageId = id ?? '';
    const before = await readSentMessage(deliveries, tenant, notice);
    if (before === null || before.shows === before.shown) return 'the same';
    const by = randomUUID();
    if (!(await store.notices.beginChange(tenant, messageId, { by, forMs: SEND_LIMIT_MS }))) return BUSY;
    const end = (shown: string | null) => store.notices.endChange(tenant, messageId, { by, shown });
    const read = deliveries.readAnew();
    const now = await readSentMessage({ ...deliveries, read }, tenant, notice);
    const approval = await read(tenant, approvalId);
    if (now === null || !isRead(approval) || approval.status !== 'pending') {
      await end(before.shown);
      return 'over';
    }
    if (!(await store.notices.stillChanges(tenant, messageId, { by, forMs: SEND_LIMIT_MS }))) return BUSY;
    try {
      const limit = AbortSignal.timeout(SEND_LIMIT_MS);
      await channelOf(deliveries, ways[0]).update(now.message, reference as Reference, limit);
      await end(now.shows);
      log('notice.followed', { tenant, messageId });
      return 'changed';
    } catch (error) {
      const problem = toChannelError(error);
      const { message: why, isFinal, mayHaveArrived } = problem;
      log('notice.not_followed', { tenant, messageId, error: why, isFinal });
      // What may be under way still holds others back for a while.
      if (!mayHaveArrived) await end(null);
      return problem;
    }
  }
}
