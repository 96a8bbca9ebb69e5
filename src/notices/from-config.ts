import type { ChannelName } from '../contracts/notice.ts';
import type { NoticeChannel } from './channel.ts';
import { createMailChannel, type MailOptions } from './mail/mail.ts';
import type { NoticeOptions } from './notices.ts';

/** The channels that the settings name. */
export function noticeOptions(
  config: {
    mail: MailOptions | null;
    publicUrl: string;
    defaults: ChannelName[] | undefined;
    perHour: number;
  } | null,
): NoticeOptions | undefined {
  if (config === null) return undefined;
  const { mail, ...rest } = config;
  const channels: NoticeChannel[] = mail === null ? [] : [createMailChannel(mail)];
  return { channels, ...rest };
}
