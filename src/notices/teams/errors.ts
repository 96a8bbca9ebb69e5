import { ChannelError } from '../channel.ts';
import type { PostAnswer } from '../http/post-checked.ts';
import { pauseOf } from '../http/retry-after.ts';

const NOT_SENT = new Set([
  ...['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'],
  ...['CERT_HAS_EXPIRED', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'ERR_TLS_CERT_ALTNAME_INVALID'],
]);
/** An operator mends these: a new webhook in the place of one that is gone. */
const MENDED = new Set([401, 403, 404, 410]);

/** No answer has come. What Node says may hold the URL, which is a secret: only its code is passed on. */
export function unreachable(name: string, error: unknown): ChannelError {
  const { code, name: kind } = error instanceof Error ? (error as NodeJS.ErrnoException) : {};
  const why = code !== undefined && /^[A-Z_]{1,60}$/.test(code) ? code : (kind ?? 'unknown');
  if (kind === 'AbortError' || kind === 'TimeoutError' || code === 'ABORT_ERR')
    return new ChannelError(`The webhook "${name}" has not answered in time.`, { mayHaveArrived: true });
  const message = `The webhook "${name}" cannot be reached (${why}).`;
  return new ChannelError(message, { mayHaveArrived: !NOT_SENT.has(why) });
}

/**
 * Older webhooks answer 200 and say in the text what Teams answered; a page of somebody in between is no confirmation either.
 *
 * @throws ChannelError unless the message was taken.
 */
export function requireTaken(name: string, { status, retryAfter, text = '' }: PostAnswer): void {
  const told = /HTTP error (\d{3})/.exec(text)?.[1];
  const meant = status >= 200 && status < 300 && told !== undefined ? Number(told) : status;
  if (meant >= 200 && meant < 300) {
    if (!/^\s*</.test(text) && !/delivery failed/i.test(text)) return;
    const message = `The webhook "${name}" answered ${status} with something else than a confirmation.`;
    throw new ChannelError(message, { mayHaveArrived: true });
  }
  const retryAfterMs = pauseOf(retryAfter);
  const passes = meant < 400 || meant >= 500 || meant === 408 || meant === 429;
  const remedy = MENDED.has(meant)
    ? ' Make a new webhook, put its URL in COUNTERSIGN_TEAMS_WEBHOOKS and restart the worker.'
    : meant < 400
      ? ' Redirects are not followed.'
      : '';
  throw new ChannelError(`The webhook "${name}" answered ${meant}.${remedy}`, {
    isFinal: !passes && !MENDED.has(meant),
    mayHaveArrived: meant >= 500 && meant !== 503,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}
