import { cancellationSignal } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';

import type { CallToRun } from '../../contracts/approval/review.ts';
import { inDigits } from '../../contracts/size.ts';
import type { Aside } from '../recording/effect.ts';

/** Timers of Node.js ring at once when they are set to more, 24 days; so long a limit is the server's to keep. */
const LONGEST_TIMER_MS = 2_147_483_647;

/**
 * Gives up on a tool that takes longer than its limit, and tells it to stop.
 *
 * @param work - `aside` waits for what the limit is not about; it begins anew afterwards, so nothing may have begun before.
 * @throws ApplicationFailure `Tool.TimedOut`.
 */
export async function withinLimit<T>(
  { tool, timeoutMs }: CallToRun,
  work: (signal: AbortSignal, aside: Aside) => Promise<T>,
): Promise<T> {
  if (timeoutMs > LONGEST_TIMER_MS) return work(cancellationSignal(), (wait) => wait());
  const limit = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let begin = (): void => undefined;
  const aside: Aside = async (wait) => {
    clearTimeout(timer);
    try {
      return await wait();
    } finally {
      begin();
    }
  };
  const tooLate = new Promise<never>((_, reject) => {
    const ring = (): void => {
      const message = `The tool "${tool}" had not ended after ${inDigits(timeoutMs)} ms, its timeout. It may or may not have been carried out.`;
      // In this order: what the tool makes of the signal tells nothing of what it has done before.
      reject(ApplicationFailure.create({ type: 'Tool.TimedOut', message }));
      limit.abort();
    };
    begin = () => {
      timer = setTimeout(ring, timeoutMs);
    };
    begin();
  });
  try {
    const signal = AbortSignal.any([cancellationSignal(), limit.signal]);
    return await Promise.race([work(signal, aside), tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
