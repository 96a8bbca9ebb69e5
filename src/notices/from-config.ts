import type { ChannelName } from '../contracts/notice.ts';
import type { NoticeChannel } from './channel.ts';
import { createMailChannel, type MailOptions } from './mail/mail.ts';
import type { Store } from '../store/store.ts';
import type { NoticeOptions } from './notices.ts';
import { createPushChannel, type PushOptions } from './push/push.ts';
import type { SlackApiOptions } from './slack/api.ts';
import { createSlackChannel } from './slack/slack.ts';
import { createTeamsChannel, type TeamsOptions } from './teams/teams.ts';

/** The channels that the settings name. */
export function noticeOptions(
  config: {
    mail: MailOptions | null;
    slack: SlackApiOptions | null;
    teams: TeamsOptions | null;
    push: Omit<PushOptions, 'devices'> | null;
    publicUrl: string;
    defaults: ChannelName[] | undefined;
    perHour: number;
  } | null,
  { devices }: Pick<Store, 'devices'>,
): NoticeOptions | undefined {
  if (config === null) return undefined;
  const { mail, slack, teams, push, ...rest } = config;
  const channels: NoticeChannel[] = [
    ...(slack === null ? [] : [createSlackChannel(slack)]),
    ...(mail === null ? [] : [createMailChannel(mail)]),
    ...(push === null ? [] : [createPushChannel({ ...push, devices })]),
    ...(teams === null ? [] : [createTeamsChannel(teams)]),
  ];
  return { channels, ...rest };
}
