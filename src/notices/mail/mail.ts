import { createHash } from 'node:crypto';

import { createTransport, type SMTPTransportOptions } from 'nodemailer';

import { ASKING } from '../asking.ts';
import { ChannelError, type Message, type NoticeChannel } from '../channel.ts';
import { endOf } from '../end.ts';
import { createTurnstile } from '../turnstile.ts';
import { toChannelError } from './errors.ts';
import { toHtml } from './html.ts';
import { endWords, subjectOf, toText, type Letter } from './text.ts';

export interface MailOptions {
  /** `smtp://user:password@host:587`, or `smtps://…` for TLS from the start. */
  url: string;
  /** Such as `Countersign <signoff@example.com>`. */
  from: string;
  /** How long the server may take for each step; for tests. */
  limitMs?: number;
}

const LIMIT_MS = 15_000;
/** Servers limit connections of one client. */
const CONNECTIONS = 5;

/**
 * Tells people by mail, over SMTP. A mail carries a link and decides nothing. The mails about one question to one person are one thread:
 * each has an id that follows from what it tells, so a repetition is known as one.
 */
export function createMailChannel({ url, from, limitMs = LIMIT_MS }: MailOptions): NoticeChannel {
  const transport = createTransport(toOptions(url, limitMs), {
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const domain = /@([^>\s]+)>?\s*$/.exec(from)?.[1] ?? 'countersign.invalid';
  const pass = createTurnstile(CONNECTIONS);

  /** Says nothing of the person or the question. */
  const idOf = (tenant: string, name: string): string =>
    `<${createHash('sha256')
      .update(JSON.stringify([tenant, name]))
      .digest('hex')
      .slice(0, 32)}@${domain}>`;

  /** @returns the id of the mail. @param as - what it tells: by default the message of the letter. */
  async function post(
    letter: Letter,
    signal: AbortSignal,
    as: Pick<Message, 'id' | 'after'> = letter.message,
  ): Promise<string> {
    const { tenant, to } = letter.message;
    const { person, address } = to;
    const messageId = idOf(tenant, as.id);
    const references = as.after.map((earlier) => idOf(tenant, earlier));
    const replyTo = references.at(-1);
    try {
      await pass(signal, () =>
        transport.sendMail({
          from,
          to: { name: person.name ?? '', address },
          subject: `${replyTo === undefined ? '' : 'Re: '}${subjectOf(letter.message)}`,
          messageId,
          ...(replyTo !== undefined && { inReplyTo: replyTo, references }),
          text: toText(letter),
          html: toHtml(letter),
          // No out-of-office note answers it.
          headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
          signal,
        }),
      );
    } catch (error) {
      throw toChannelError(error);
    }
    return messageId;
  }

  return {
    name: 'mail',
    endsOnce: true,
    addressOf: ({ mail }) => mail,

    async send(message, signal) {
      return { messageId: await post({ message, words: ASKING[message.kind] }, signal) };
    },

    /** What was sent stays as it is, so the end is another mail of the thread. Whoever decided knows it. */
    async update(message, _reference, signal) {
      const end = endOf(message);
      if (end !== null) await post({ message, words: wordsOf(end) }, signal, end);
    },

    async tellEnd(end, signal) {
      await post({ message: end, words: wordsOf(end) }, signal);
    },

    async check(signal) {
      const verifying = transport.verify();
      const late = new Promise<never>((_, reject) => {
        signal.addEventListener('abort', () =>
          reject(new ChannelError('The SMTP server of COUNTERSIGN_SMTP_URL has not answered in time.')),
        );
      });
      try {
        await Promise.race([verifying, late]);
      } catch (error) {
        throw toChannelError(error);
      }
    },

    close() {
      transport.close();
      return Promise.resolve();
    },
  };
}

function wordsOf({ cards }: Message): string {
  return cards.map(endWords).join('\n');
}

/** A password never goes over a network in clear. */
function toOptions(url: string, limitMs: number): SMTPTransportOptions {
  const { protocol, hostname, port, username, password } = new URL(url);
  const isSecure = protocol === 'smtps:';
  const isHere = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (isSecure ? 465 : 587) : Number(port),
    secure: isSecure,
    requireTLS: !isSecure && username !== '' && !isHere,
    ...(isHere && { ignoreTLS: !isSecure }),
    ...(username !== '' && {
      auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) },
    }),
    connectionTimeout: limitMs,
    greetingTimeout: limitMs,
    socketTimeout: limitMs,
  };
}
