/** No usable Temporal server. The message says what was tried, what was found and what to do; it is meant for a terminal. */
export class TemporalServerError extends Error {
  override readonly name = 'TemporalServerError';
}

/** A cause in one line, with the deepest reason: `fetch failed` alone tells nobody anything. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const inner = error.cause instanceof Error ? reasonOf(error.cause) : undefined;
  const own = (error.message || error.name).split('\n', 1)[0] ?? '';
  return inner === undefined ? own : `${own}: ${inner}`;
}
