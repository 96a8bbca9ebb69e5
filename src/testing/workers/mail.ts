import { createMailChannel } from '../../notices/mail/mail.ts';
import type { NoticeOptions } from '../../notices/notices.ts';
import type { GateMail } from './worker.ts';

/** The notices of a gate's worker. */
export function noticesBy({ url, publicUrl, perHour }: GateMail): NoticeOptions {
  const mail = createMailChannel({ url, from: 'Countersign <countersign@gate.example>' });
  return { channels: [mail], publicUrl, perHour };
}
