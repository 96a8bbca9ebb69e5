import { activityInfo, sleep } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';

import type { RunSnapshot, ToolOutput } from '../contracts/run.ts';
import { deliveryIn } from '../providers/delivery.ts';
import { isBadRequest } from '../providers/openai-errors.ts';
import type { CreateRun, Provider, SubmitOutputs, Submitted } from '../providers/provider.ts';

/**
 * Requests that must take effect only once. An earlier attempt may have taken effect: its answer was lost, its worker killed, or the
 * workflow reset. Then each request reads before it writes. It decides from the object it has read, never from the text of an error. A
 * stateless provider has nothing to read, and no effect that could happen twice.
 */

/** Whether an earlier attempt may have had the effect already. A reset workflow begins again with first attempts. */
export function mayHaveHappened({ isRepeat }: { isRepeat?: boolean }): boolean {
  return isRepeat === true || activityInfo().attempt > 1;
}

/** How long a request that we gave up on gets to show its effect. */
const SETTLING_MS = 1_000;
/** The longest pause before a busy thread is tried again. The pause grows by a second each time. */
const LONGEST_BUSY_PAUSE_MS = 15_000;

/**
 * Creates the run, or adopts the one with its key.
 *
 * @throws ApplicationFailure `Run.ThreadBusy`, retryable, while a run that is not ours keeps the thread.
 */
export async function createOnce(
  provider: Provider,
  request: CreateRun,
  isRetry: boolean,
): Promise<RunSnapshot> {
  if (isRetry && !provider.isStateless) {
    const found = (await provider.findRun(request)) ?? (await lookAgain(provider, request));
    if (found !== null) return found;
  }
  for (let isSecond = false; ; isSecond = true) {
    try {
      return await provider.createRun(request);
    } catch (error) {
      if (!isBadRequest(error)) throw error;
      const own = await afterRefusal(error, () => provider.findRun(request));
      if (own !== null) return own;
      const active = await afterRefusal(error, () => provider.findActiveRun(request.threadId));
      if (active !== null) throw threadBusy(active);
      // What kept the thread may have ended between the refusal and the look: then a second request is taken.
      if (isSecond || !speaksOfActiveRun(error)) throw error;
    }
  }
}

/**
 * A look after a refusal. One that cannot be had, now or ever, does not hide what was refused and why.
 *
 * @throws the look's failure when the look may be tried again, else the refusal.
 */
async function afterRefusal<T>(refusal: unknown, look: () => Promise<T>): Promise<T> {
  try {
    return await look();
  } catch (error) {
    const isForGood = error instanceof ApplicationFailure && error.nonRetryable === true;
    throw isForGood ? refusal : error;
  }
}

/** Chooses only whether the same request is worth another try at once; a refusal has made no run. */
function speaksOfActiveRun(error: unknown): boolean {
  return error instanceof Error && /\bactive\b/i.test(error.message);
}

function threadBusy({ runId, providerStatus }: RunSnapshot): ApplicationFailure {
  return ApplicationFailure.create({
    type: 'Run.ThreadBusy',
    message: `The thread has a run that is not ours (${runId}, ${providerStatus}); waiting until it is over.`,
    nextRetryDelay: Math.min(activityInfo().attempt * 1_000, LONGEST_BUSY_PAUSE_MS),
  });
}

async function lookAgain(provider: Provider, request: CreateRun): Promise<RunSnapshot | null> {
  await sleep(SETTLING_MS);
  return provider.findRun(request);
}

/** Sends all outputs of one `requires_action`, unless they have arrived or can arrive no more. */
export async function submitOnce(
  provider: Provider,
  request: SubmitOutputs,
  isRetry: boolean,
): Promise<Submitted> {
  if (isRetry) {
    const found = await provider.findSubmitted(request);
    if (found !== null) return found;
  }
  try {
    const seen = await provider.submitOutputs(request);
    const isSameRun = seen.runId === request.run.runId;
    if (!isSameRun || deliveryIn(seen, request.outputs) === 'delivered') return { seen, isDelivered: true };
    // Some servers answer 200 to outputs that a run which is over no longer takes, or with the run as it was before.
    const found = await provider.findSubmitted(request);
    if (found !== null) return found;
    if (isOver(seen)) return { seen, isDelivered: false };
    throw stillWaiting(seen);
  } catch (error) {
    if (!isBadRequest(error)) throw error;
    // A 400 alone says neither that the outputs landed nor that they did not: the run itself does.
    const found = await afterRefusal(error, () => provider.findSubmitted(request));
    if (found === null) throw error;
    return found;
  }
}

function stillWaiting({ runId }: RunSnapshot): ApplicationFailure {
  return ApplicationFailure.create({
    type: 'Provider.Unavailable',
    message: `The provider took the tool outputs, and the run ${runId} still waits for them. They are sent again.`,
  });
}

/**
 * Asks for cancellation unless the run is over or cancelling already.
 *
 * @param request - by which calls that wait are refused, where no run that waits can be cancelled.
 */
export async function cancelOnce(
  provider: Provider,
  run: RunSnapshot,
  request: Omit<SubmitOutputs, 'run' | 'outputs'>,
): Promise<RunSnapshot> {
  if (isOver(run) || run.providerStatus === 'cancelling') return run;
  try {
    return await provider.cancelRun(run);
  } catch (error) {
    if (!isBadRequest(error)) throw error;
    const seen = await provider.retrieveRun(run);
    if (isOver(seen) || seen.providerStatus === 'cancelling') return seen; // it ended first
    if (seen.state !== 'requires_action') throw error;
    // Some servers cancel no run that waits for outputs: it gets refusals instead, and ends by itself.
    const output = 'The turn was cancelled. The action was not carried out. Do not proceed.';
    const outputs = seen.calls.map(({ toolCallId, runsAt }): ToolOutput => ({
      toolCallId,
      output,
      isRefusal: true,
      ...(runsAt && { runsAt }),
    }));
    // The turn's own outputs may be on their way: then they stand, and these are not sent.
    const { seen: refused } = await submitOnce(provider, { ...request, run: seen, outputs }, true);
    // The model may call again: now that the run no longer waits, the cancel is taken.
    return cancelOnce(provider, refused, request);
  }
}

function isOver({ state }: RunSnapshot): boolean {
  return ['completed', 'incomplete', 'failed', 'cancelled', 'expired'].includes(state);
}

/** True for a run, thread or message that the provider does not have (any more). */
export function isGone(error: unknown): boolean {
  return error instanceof ApplicationFailure && error.type === 'Provider.NotFound';
}
