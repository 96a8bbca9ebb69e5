import { isCancellation, sleep } from '@temporalio/workflow';

import { cutToJsonBytes } from '../contracts/size.ts';

/** @param summary - what waits for whom, for the Temporal UI. It is one line. */
export type Alarm = (atMs: number, summary: string) => void;

/** Temporal takes 400 bytes, and encryption makes them more. */
const SUMMARY_BYTES = 160;

/**
 * Wakes the workflow at given times, so that conditions which look at the clock are evaluated again. One timer for each
 * distinct time and none is ever cancelled: a cancelled timer costs an event, one that rings unheeded costs less.
 */
export function createAlarm(): Alarm {
  const armed = new Set<number>();
  return (atMs, summary) => {
    const inMs = atMs - Date.now();
    // Never a timer of 0 or less: what has passed is decided in code.
    if (inMs <= 0 || !Number.isFinite(atMs) || armed.has(atMs)) return;
    armed.add(atMs);
    sleep(inMs, { summary: cutToJsonBytes(summary, SUMMARY_BYTES) }).catch((error: unknown) => {
      if (!isCancellation(error)) throw error; // a cancelled turn needs no waking
    });
  };
}
