import { cancellationDetails, heartbeat, log, sleep } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';

import { isStoreDown } from '../../record/recorder.ts';

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;

/** The turn was cancelled while nothing had begun yet. */
export class NotBegunError extends Error {}

/** What the Temporal UI shows of an attempt that waits. */
export interface WaitingForStore {
  waiting: 'for the store';
  since: string;
  because: string;
}

/**
 * Does what needs the store as soon as that can be used: an effect has not begun meanwhile. The attempt's heartbeat says what it waits for.
 *
 * @param tell - changes what the heartbeat says; undefined for nothing.
 * @throws NotBegunError when the turn is cancelled. ApplicationFailure `Record.Unavailable`, retryable, when the worker is shut down.
 */
export async function whenStoreAnswers<T>(
  work: () => Promise<T>,
  tell: (details: WaitingForStore | undefined) => void,
): Promise<T> {
  const since = new Date().toISOString();
  for (let pauseMs = FIRST_PAUSE_MS, isFirst = true; ; isFirst = false) {
    try {
      const done = await work();
      if (!isFirst) {
        log.info('record.store_back', { since });
        tell(undefined);
      }
      return done;
    } catch (error) {
      if (!isStoreDown(error)) throw error;
      if (isFirst) log.warn('record.waiting_for_store', { because: error.message });
      const details: WaitingForStore = { waiting: 'for the store', since, because: error.message };
      tell(details);
      heartbeat(details);
      await pause(pauseMs, error.message);
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    }
  }
}

async function pause(ms: number, because: string): Promise<void> {
  try {
    await sleep(ms);
  } catch (error) {
    if (!(error instanceof CancelledFailure)) throw error;
    if (cancellationDetails()?.cancelRequested)
      throw new NotBegunError(`The turn was cancelled while it waited for the store: ${because}`);
    throw storeUnavailable(because);
  }
}

export function storeUnavailable(because: string): ApplicationFailure {
  return ApplicationFailure.create({
    type: 'Record.Unavailable',
    message: `Waiting for the store: ${because} Nothing was started.`,
  });
}
