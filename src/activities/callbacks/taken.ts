import { ApplicationFailure } from '@temporalio/common';

import type { PostAnswer } from '../../notices/http/post-checked.ts';
import { pauseOf } from '../../notices/http/retry-after.ts';

/**
 * What a receiver of webhooks answers: 2xx has taken it, and 410 ends it. Anything else is tried again, a redirect included, after
 * `Retry-After` if it says so.
 *
 * @param of - what the types of the failures begin with.
 * @throws ApplicationFailure `….Gone`, `….Refused` unless it is 2xx.
 */
export function requireTaken(of: 'Callback' | 'Event', { status, retryAfter }: PostAnswer): void {
  if (status >= 200 && status < 300) return;
  if (status === 410)
    throw ApplicationFailure.nonRetryable('It answered 410: it accepts nothing more.', `${of}.Gone`);
  const why = status >= 300 && status < 400 ? '; redirects are not followed' : '';
  throw failed(`${of}.Refused`, `It answered ${status}${why}.`, pauseOf(retryAfter));
}

/** One that is tried again. @param pauseMs - by default Temporal's own. */
export function failed(type: string, message: string, pauseMs?: number): ApplicationFailure {
  return ApplicationFailure.create({
    type,
    message,
    ...(pauseMs !== undefined && { nextRetryDelay: pauseMs }),
  });
}
