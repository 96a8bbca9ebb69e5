import { setTimeout as sleep } from 'node:timers/promises';

/** What `work` comes to, unless it takes longer. @throws Error that says how long it was waited for. */
export async function within<T>(limitMs: number, work: Promise<T>): Promise<T> {
  const limit = new AbortController();
  const late = sleep(limitMs, undefined, { signal: limit.signal }).then(() => {
    throw new Error(`not over after ${limitMs / 1_000} s`);
  });
  late.catch(() => undefined);
  work.catch(() => undefined); // when it fails later still, that is no news
  try {
    return await Promise.race([work, late]);
  } finally {
    limit.abort();
  }
}
