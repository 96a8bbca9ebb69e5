import type { AnyApproval } from '../contracts/approval/approval.ts';
import { newsOf, type Audience } from '../record/heard.ts';
import type { NewEntry } from '../store/entry.ts';
import type { NoticeState, Way } from '../store/notices/rows.ts';
import type { Store } from '../store/store.ts';
import { ChannelError, type NoticeChannel } from './channel.ts';
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
  /** Makes a reader of what stands now: what `read` has read stays as it was. */
  readAnew: () => ReadApproval;
  /** Who hears of what is written. */
  audience?: Audience | undefined;
  log: (event: string, fields: Record<string, unknown>) => void;
}

/** A channel that has not answered by then is tried again. */
export const SEND_LIMIT_MS = 30_000;

/**
 * What was sent stands in the record. Its id follows from the notice, so writing it again is writing it once.
 *
 * @returns how far each notice is.
 */
export async function writeEntries(
  { store, audience }: Deliveries,
  tenant: string,
  approvalId: string,
): Promise<NoticeState[]> {
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
  const states = notices.map(({ state }) => state);
  if (entries.length === 0) return states;
  const news = newsOf([], entries, audience);
  await store.record.append(tenant, entries, [], { news });
  if (news.length > 0) audience?.nudge?.();
  return states;
}

export function channelOf({ channels }: Deliveries, way: Way | undefined): NoticeChannel {
  const channel = channels.find(({ name }) => name === way?.channel);
  if (channel !== undefined) return channel;
  throw new ChannelError(`The channel "${way?.channel ?? ''}" is not configured at this worker.`);
}

export function toChannelError(error: unknown): ChannelError {
  if (error instanceof ChannelError) return error;
  const name = error instanceof Error ? error.name : typeof error;
  if (name === 'TimeoutError' || name === 'AbortError')
    return new ChannelError(`The channel has not answered within ${SEND_LIMIT_MS / 1_000} s.`, {
      mayHaveArrived: true,
    });
  // A fault of ours may quote the message.
  return new ChannelError(`It could not be sent (${name}).`, { mayHaveArrived: true });
}

export function isRead(read: Awaited<ReturnType<ReadApproval>>): read is AnyApproval {
  return read !== null && read !== 'not yet';
}
