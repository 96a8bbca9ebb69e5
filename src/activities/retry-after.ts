const LONGEST_PAUSE_MS = 6 * 3_600_000;

/** A `Retry-After`, seconds or an HTTP date, as ms from now, six hours at most; absent when it is neither. */
export function pauseOf(retryAfter: string | null | undefined): number | undefined {
  if (retryAfter === undefined || retryAfter === null) return undefined;
  const ms = /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1_000 : Date.parse(retryAfter) - Date.now();
  return ms > 0 ? Math.min(ms, LONGEST_PAUSE_MS) : undefined;
}
