import { activityInfo } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';

import { CHAT_TIMEOUT_MS } from '../contracts/limits.ts';
import { inDigits } from '../contracts/size.ts';
import type { AssistantSpec, Provider } from '../providers/provider.ts';

/** An attempt that took so long and failed has had the model at work, which is paid for. */
const AT_WORK_MS = 30_000;
/** Timers may ring a little early. */
const EARLY_MS = 50;
const MAXIMUM_ATTEMPTS = 3;

/**
 * Asks a stateless provider, which answers a request that is sent again by beginning anew: a model that is slower than its limit would be
 * paid for without end. Quick failures, such as 429, are tried again as elsewhere.
 *
 * @throws ApplicationFailure as `request` does; terminal when the third attempt or a later one has failed after long work.
 */
export async function askedAFewTimes<T>(
  { isStateless }: Provider,
  { chat, name }: AssistantSpec,
  request: () => Promise<T>,
): Promise<T> {
  const beganAt = performance.now();
  try {
    return await request();
  } catch (error) {
    const { attempt } = activityInfo();
    const limitMs = chat?.timeoutMs ?? CHAT_TIMEOUT_MS;
    const isLong = performance.now() - beganAt >= Math.min(AT_WORK_MS, limitMs) - EARLY_MS;
    const isRetryable = error instanceof ApplicationFailure && !error.nonRetryable;
    if (!isStateless || !isLong || !isRetryable || attempt < MAXIMUM_ATTEMPTS) throw error;
    throw ApplicationFailure.create({
      type: error.type ?? 'Provider.Unreachable',
      message: `${error.message} Gave up after ${attempt} attempts, because each may be billed. If the model needs longer, raise chat.timeout of the assistant "${name}" (${inDigits(limitMs)} ms now).`,
      nonRetryable: true,
    });
  }
}
