import { ChannelError, type NoticeChannel, type Reference } from '../channel.ts';
import { createSlackApi, SLACK_LIMIT_MS, type SlackApiOptions, type SlackPlace } from './api.ts';
import { toSlackMessage } from './blocks.ts';

/** More conversations are not kept in mind. */
const CONVERSATIONS = 10_000;

/** Tells people in Slack. The buttons of a card are answered by the gateway (gateway/slack/). */
export function createSlackChannel(options: SlackApiOptions): NoticeChannel {
  const api = createSlackApi(options);
  const conversations = new Map<string, string>();

  async function conversationOf(userId: string): Promise<string> {
    const known = conversations.get(userId);
    if (known !== undefined) return known;
    const id = await api.openConversation(userId).catch(notArrived);
    if (conversations.size >= CONVERSATIONS) conversations.clear();
    conversations.set(userId, id);
    return id;
  }

  const placeFor = async (address: string): Promise<string> =>
    isChannel(address) ? address : conversationOf(address);

  /** An app that may not read what it has written cannot tell. */
  async function find(
    { id, address }: { id: string; address: string },
    signal?: AbortSignal,
  ): Promise<Reference | null | 'unknown'> {
    try {
      const place = await api.find(await placeFor(address), id, signal);
      return place === null ? null : { ...place };
    } catch (error) {
      if (error instanceof ChannelError && error.isUnallowed) return 'unknown';
      throw error;
    }
  }

  return {
    name: 'slack',
    isEditable: true,
    addressOf: ({ slackId }) => slackId,

    async send(message, signal) {
      const conversation = await placeFor(message.to.address);
      signal.throwIfAborted();
      return { ...(await api.post(conversation, toSlackMessage(message), message.id)) };
    },

    find,
    landsWithinMs: options.limitMs ?? SLACK_LIMIT_MS,

    async update(message, reference, signal) {
      const found = reference ?? (await find({ id: message.id, address: message.to.address }, signal));
      const place = found === 'unknown' ? null : placeOf(found);
      if (place !== null) await api.update(place, toSlackMessage(message));
    },

    /** A message of its own, sent once: an attempt before this one may have sent it. */
    async tellEnd(message, signal) {
      const conversation = await placeFor(message.to.address);
      const found = await find({ id: message.id, address: message.to.address }, signal);
      signal.throwIfAborted();
      if (found === null || found === 'unknown')
        await api.post(conversation, toSlackMessage(message), message.id);
    },

    async check() {
      await api.bot();
    },
  };
}

/** Whether an id is that of a channel, and not that of an account. What stands there is for everybody who may decide. */
export function isChannel(id: string): boolean {
  return /^[CG]/.test(id);
}

/** Whatever came of it, no message has been sent. */
function notArrived(error: unknown): never {
  if (!(error instanceof ChannelError)) throw error;
  const { message, isFinal, retryAfterMs } = error;
  throw new ChannelError(
    message,
    { isFinal, ...(retryAfterMs !== undefined && { retryAfterMs }) },
    { cause: error },
  );
}

/** Where the message of a notice stands. */
export function placeOf(reference: Reference | null): SlackPlace | null {
  const { channel, ts } = reference ?? {};
  return typeof channel === 'string' && typeof ts === 'string' ? { channel, ts } : null;
}
