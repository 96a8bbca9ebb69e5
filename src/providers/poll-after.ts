/** A run is looked at again after this at the latest, whatever the provider asks for: people and deadlines wait on what it says. */
const LONGEST_POLL_AFTER_MS = 15_000;

/** What the provider asks us to wait before the next look (`openai-poll-after-ms`), bounded; absent when it asks for nothing. */
export function pollAfter(headers: Headers): { pollAfterMs?: number } {
  const ms = Number(headers.get('openai-poll-after-ms') ?? Number.NaN);
  return ms > 0 ? { pollAfterMs: Math.min(ms, LONGEST_POLL_AFTER_MS) } : {};
}
