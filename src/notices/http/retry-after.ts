const LONGEST_PAUSE_MS = 6 * 3_600_000;

/**
 * A `Retry-After`, seconds or an HTTP date, as ms from now, six hours at most; absent when it is neither, or lies not ahead: to Temporal a
 * pause of 0 is no retry at all, so its own pauses apply.
 */
export function pauseOf(retryAfter: string | null | undefined): number | undefined {
  const text = retryAfter?.trim() ?? '';
  // A date begins with its weekday; `Date` would read a year into a number such as "-3" or "1.5".
  const isDate = /^[A-Za-z]{3,9},? /.test(text);
  const ms = /^\d+$/.test(text) ? Number(text) * 1_000 : isDate ? Date.parse(text) - Date.now() : Number.NaN;
  return ms > 0 ? Math.min(ms, LONGEST_PAUSE_MS) : undefined;
}
