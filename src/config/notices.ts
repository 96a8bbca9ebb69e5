import { z } from 'zod';

import { channelsProblem } from '../contracts/channels/settings.ts';
import { CHANNEL_NAMES, type ChannelName } from '../contracts/notice.ts';
import { publicUrlConfig } from './gateway.ts';
import { pushConfig, pushKeyConfig } from './push.ts';
import { slackConfig } from './slack.ts';
import { teamsConfig } from './teams.ts';
import { ConfigError, createReader, environment, type Environment } from './variables.ts';

const read = createReader({
  COUNTERSIGN_SMTP_URL: [
    z
      .url({ protocol: /^smtps?$/ })
      .refine((text) => new URL(text).hostname !== '')
      .optional(),
    'the SMTP server, such as smtp://user:password@mail.example.com:587, or smtps:// for TLS from the start',
    {
      by: ['worker'],
      does: 'the server that [notices](../guides/notices.md) go out by as mail',
      unset: 'no mail is sent',
    },
  ],
  COUNTERSIGN_MAIL_FROM: [
    z
      .string()
      .regex(/^[^\r\n]*<?[^\s<>@]+@[^\s<>@]+>?$/)
      .optional(),
    'the sender of mails, such as Countersign <signoff@example.com>',
    { by: ['worker'], does: 'the sender of mails; needed with the SMTP server' },
  ],
  COUNTERSIGN_NOTIFY: [
    z
      .string()
      .transform((list) => list.split(',').map((entry) => entry.trim()))
      .pipe(z.array(z.enum(CHANNEL_NAMES)).min(1))
      .optional(),
    `channels separated by commas, of ${CHANNEL_NAMES.join(', ')}`,
    {
      by: ['worker', 'gateway'],
      does: 'the channels that people are told by where a policy names none',
      unset: 'every channel that is configured',
    },
  ],
  COUNTERSIGN_NOTICES_PER_HOUR: [
    z
      .string()
      .regex(/^[1-9]\d{0,3}$/)
      .transform(Number)
      .default(20),
    'a whole number from 1 to 9999: how many messages a person gets in an hour at most',
    { by: ['worker'], does: 'messages that a person gets in an hour at most; more come together in one' },
  ],
});

/** How people are told; null where no channel is configured. */
export interface NoticeConfig {
  mail: { url: string; from: string } | null;
  slack: ReturnType<typeof slackConfig>;
  /** Read from its file by whoever needs it (cli/files/teams-webhooks.ts). */
  teams: ReturnType<typeof teamsConfig>;
  push: ReturnType<typeof pushConfig>;
  publicUrl: string;
  defaults: ChannelName[] | undefined;
  perHour: number;
}

/** @throws ConfigError when COUNTERSIGN_NOTIFY names a channel that is not configured. */
export function noticeConfig(from: Environment = environment): NoticeConfig | null {
  const config = channelConfig(from, pushConfig(from));
  const configured = CHANNEL_NAMES.filter(
    (name) => config !== null && name in config && config[name as 'mail'] !== null,
  );
  const problem = channelsProblem(read(from, 'COUNTERSIGN_NOTIFY') ?? [], configured);
  if (problem !== null) throw new ConfigError(`COUNTERSIGN_NOTIFY ${problem}`);
  return config;
}

function channelConfig(from: Environment, push: NoticeConfig['push']): NoticeConfig | null {
  const url = read(from, 'COUNTERSIGN_SMTP_URL');
  read.requireBoth(from, 'COUNTERSIGN_SMTP_URL', 'COUNTERSIGN_MAIL_FROM');
  const slack = slackConfig(from);
  const teams = teamsConfig(from);
  const isBy =
    url !== undefined
      ? 'COUNTERSIGN_SMTP_URL'
      : slack !== null
        ? 'COUNTERSIGN_SLACK_BOT_TOKEN'
        : teams !== null
          ? 'COUNTERSIGN_TEAMS_WEBHOOKS'
          : push !== null
            ? 'COUNTERSIGN_VAPID_PRIVATE_KEY'
            : null;
  if (isBy === null) return null;
  return {
    mail:
      url === undefined
        ? null
        : { url, from: read.required(from, 'COUNTERSIGN_MAIL_FROM', 'COUNTERSIGN_SMTP_URL is set') },
    ...{ slack, teams, push },
    publicUrl: publicUrlConfig(from, `${isBy} is set: messages link to the inbox`),
    defaults: read(from, 'COUNTERSIGN_NOTIFY'),
    perHour: read(from, 'COUNTERSIGN_NOTICES_PER_HOUR'),
  };
}

/** Whether requests are told of: workers have a channel. A gateway sends nothing itself. */
export function isTold(from: Environment = environment): boolean {
  const hasChannel = pushKeyConfig(from) !== null || channelConfig(from, null) !== null;
  return hasChannel || read(from, 'COUNTERSIGN_NOTIFY') !== undefined;
}
