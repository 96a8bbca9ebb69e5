import { LogLevel, WebClient } from '@slack/web-api';

import { toChannelError } from './errors.ts';

export interface SlackApiOptions {
  /** The bot's, `xoxb-…`. */
  token: string;
  /**
   * For tests.
   *
   * @default https://slack.com/api/
   */
  apiUrl?: string | undefined;
  /** How long Slack may take for each call. */
  limitMs?: number;
}

/** Whose token it is. */
export interface SlackBot {
  teamId: string;
  userId: string;
}

/** What Slack says of a user. */
export interface SlackUser {
  id: string;
  teamId: string | undefined;
  /** A member of the workspace: neither a guest nor a bot, of this workspace, not deactivated. */
  isMember: boolean;
  /** Confirmed by Slack; null for none. */
  mail: string | null;
}

/** What stands in a conversation: blocks, and a text for notifications. */
export interface SlackMessage {
  text: string;
  blocks: SlackBlock[];
}

/** Under this name a message carries the id of what it tells, for our own eyes: so it is found again. */
const METADATA = 'countersign_notice';
/** So many of the newest messages are looked at: some weeks of a person who is asked twenty times a day. */
const LOOKED_AT = { pages: 10, each: 200 } as const;

/** As Slack's reference describes it. */
export type SlackBlock = { type: string } & Record<string, unknown>;

/** Where a message stands. */
export interface SlackPlace {
  channel: string;
  ts: string;
}

export type SlackApi = ReturnType<typeof createSlackApi>;

export const SLACK_LIMIT_MS = 15_000;
const nothing = (): void => undefined;
/** Slack's clients log texts of messages. */
export const SILENT = {
  ...{ debug: nothing, info: nothing, warn: nothing, error: nothing, setLevel: nothing, setName: nothing },
  getLevel: () => LogLevel.ERROR,
};
/** Nothing in a text becomes a mention or a link. */
const AS_IT_IS = { parse: 'none', link_names: false } as const;

/** The methods of Slack that we use. Each throws a ChannelError. Nothing is tried again here: notices and people do that. */
export function createSlackApi({ token, apiUrl, limitMs = SLACK_LIMIT_MS }: SlackApiOptions) {
  const web = new WebClient(token, {
    ...(apiUrl !== undefined && { slackApiUrl: apiUrl }),
    ...{ retryConfig: { retries: 0 }, rejectRateLimitedCalls: true, timeout: limitMs },
    logger: SILENT,
  });
  let bot: Promise<SlackBot> | undefined;

  return {
    /** Asked once, and again after a failure. */
    bot(): Promise<SlackBot> {
      bot ??= call(async () => {
        const { team_id: teamId = '', user_id: userId = '' } = await web.auth.test();
        return { teamId, userId };
      });
      bot.catch(() => (bot = undefined));
      return bot;
    },
    /** @returns the id of the conversation with this user. */
    openConversation: (userId: string): Promise<string> =>
      call(async () => (await web.conversations.open({ users: userId })).channel?.id ?? ''),
    /** @param id - by which `find` finds it. */
    post: (channel: string, message: SlackMessage, id: string): Promise<SlackPlace> =>
      call(async () => {
        const posted = await web.apiCall('chat.postMessage', {
          ...{ channel, ...message, ...AS_IT_IS, mrkdwn: false },
          metadata: { event_type: METADATA, event_payload: { id } },
          ...{ unfurl_links: false, unfurl_media: false },
        });
        const { channel: where = channel, ts = '' } = posted as { channel?: string; ts?: string };
        return { channel: where, ts };
      }),
    /** Where a message with this id stands; null for nowhere. */
    find: (channel: string, id: string, signal?: AbortSignal): Promise<SlackPlace | null> =>
      call(async () => {
        let cursor: string | undefined;
        for (let page = 0; page < LOOKED_AT.pages; page += 1) {
          signal?.throwIfAborted();
          const { messages = [], response_metadata: next } = await web.conversations.history({
            ...{ channel, limit: LOOKED_AT.each, include_all_metadata: true },
            ...(cursor !== undefined && { cursor }),
          });
          const found = messages.find(
            ({ metadata }) =>
              metadata?.event_type === METADATA && (metadata.event_payload as { id?: unknown }).id === id,
          );
          if (found?.ts !== undefined) return { channel, ts: found.ts };
          cursor = next?.next_cursor;
          if (!cursor) break;
        }
        return null;
      }),
    update: (place: SlackPlace, message: SlackMessage): Promise<void> =>
      call(async () => {
        await web.apiCall('chat.update', { ...place, ...message, ...AS_IT_IS });
      }),
    openView: (triggerId: string, view: object): Promise<void> =>
      call(async () => {
        await web.apiCall('views.open', { trigger_id: triggerId, view });
      }),
    user: (userId: string): Promise<SlackUser> =>
      call(async () => {
        const { user = {} } = await web.users.info({ user: userId });
        const { id = '', team_id: teamId, deleted, is_bot, is_restricted, is_ultra_restricted } = user;
        const { is_email_confirmed: isConfirmed, profile } = user;
        const isStranger = (user as { is_stranger?: boolean }).is_stranger === true;
        const isOther = [deleted, is_bot, is_restricted, is_ultra_restricted, isStranger].includes(true);
        const mail = isConfirmed === true && profile?.email ? profile.email : null;
        return { id, teamId, isMember: !isOther && id !== 'USLACKBOT', mail };
      }),
  };

  async function call<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw toChannelError(error);
    }
  }
}
