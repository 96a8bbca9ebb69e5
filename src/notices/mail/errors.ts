import type { NodemailerError } from 'nodemailer';

import { ChannelError } from '../channel.ts';

/** With one of these the message has not left. */
const BEFORE_THE_MESSAGE = new Set([
  'EDNS',
  'EAUTH',
  'ENOAUTH',
  'ETLS',
  'EREQUIRETLS',
  'ECONFIG',
  'EENVELOPE',
]);
const WHILE_CONNECTING = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', 'ENETUNREACH']);

/** What went wrong with a mail, for operators: codes and our own words, because servers quote what they were sent. */
export function toChannelError(error: unknown): ChannelError {
  if (error instanceof ChannelError) return error;
  const {
    code = '',
    responseCode,
    command = '',
    permanent,
    originalCode,
    timeoutType,
  } = typeof error === 'object' && error !== null ? (error as NodemailerError) : ({} as NodemailerError);
  const during = command === '' ? '' : ` to ${command}`;
  if (code === 'EAUTH' || code === 'ENOAUTH')
    return failed(
      'The SMTP server refuses the user name or the password of COUNTERSIGN_SMTP_URL. Set the right ones and restart the worker.',
    );
  if (responseCode !== undefined) {
    // The recipient is refused for good; anything else may be mended by an operator.
    const isFinal = permanent === true && (command === 'RCPT TO' || command === 'DATA');
    return failed(`The SMTP server answered ${responseCode}${during}.`, { isFinal });
  }
  if (code === 'EENVELOPE') return failed('The mail address of the person is not one.', { isFinal: true });
  if (code === 'ETLS' || code === 'EREQUIRETLS')
    return failed(
      'The SMTP server offers no TLS that can be trusted, and a password goes over nothing else.',
    );
  const isConnecting =
    WHILE_CONNECTING.has(originalCode ?? '') ||
    timeoutType === 'CONNECT_TIMEOUT' ||
    timeoutType === 'GREETING_TIMEOUT' ||
    BEFORE_THE_MESSAGE.has(code);
  const what = originalCode ?? timeoutType ?? (code === '' ? 'no code' : code);
  return failed(
    isConnecting
      ? `The SMTP server of COUNTERSIGN_SMTP_URL cannot be reached (${what}).`
      : `The SMTP server has not confirmed the mail (${what}).`,
    { mayHaveArrived: !isConnecting },
  );

  function failed(message: string, more: { isFinal?: boolean; mayHaveArrived?: boolean } = {}): ChannelError {
    return new ChannelError(message, more, { cause: error });
  }
}
