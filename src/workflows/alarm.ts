import { isCancellation, sleep } from '@temporalio/workflow';

/**
 * Wakes the workflow at given times, so that conditions which look at the clock are evaluated again. One timer for each
 * distinct time and none is ever cancelled: a cancelled timer costs an event, one that rings unheeded costs less.
 */
export function createAlarm(): (atMs: number) => void {
  const armed = new Set<number>();
  return (atMs) => {
    const inMs = atMs - Date.now();
    // Never a timer of 0 or less: what has passed is decided in code.
    if (inMs <= 0 || !Number.isFinite(atMs) || armed.has(atMs)) return;
    armed.add(atMs);
    sleep(inMs).catch((error: unknown) => {
      if (!isCancellation(error)) throw error; // a cancelled turn needs no waking
    });
  };
}
