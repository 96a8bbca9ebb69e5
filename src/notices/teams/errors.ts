import { ChannelError } from '../channel.ts';
import type { PostAnswer } from '../http/post-checked.ts';
import { codeOf, mayHaveLeft, verdictOf } from '../http/verdict.ts';

/** An operator mends these: a new webhook in the place of one that is gone. */
const MENDED = new Set([401, 403, 404, 410]);

/** No answer has come. What Node says may hold the URL, which is a secret: only its code is passed on. */
export function unreachable(name: string, error: unknown): ChannelError {
  const why = codeOf(error);
  if (['ABORT_ERR', 'AbortError', 'TimeoutError'].includes(why))
    return new ChannelError(`The webhook "${name}" has not answered in time.`, { mayHaveArrived: true });
  const message = `The webhook "${name}" cannot be reached (${why}).`;
  return new ChannelError(message, { mayHaveArrived: mayHaveLeft(why) });
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
  const { isFinal, ...verdict } = verdictOf({ status: meant, retryAfter });
  const remedy = MENDED.has(meant)
    ? ' Make a new webhook, put its URL in COUNTERSIGN_TEAMS_WEBHOOKS and restart the worker.'
    : meant < 400
      ? ' Redirects are not followed.'
      : '';
  throw new ChannelError(`The webhook "${name}" answered ${meant}.${remedy}`, {
    ...verdict,
    isFinal: isFinal && !MENDED.has(meant),
  });
}
