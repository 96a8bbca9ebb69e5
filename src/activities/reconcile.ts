import { activityInfo, sleep } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';

import type { RunReference, RunSnapshot, ToolOutput } from '../contracts/run.ts';
import type { CreateRun, Provider } from '../providers/provider.ts';

/**
 * Requests that must not have their effect twice. Where an earlier attempt may have had it (a lost answer, a killed worker,
 * a workflow that was reset) each of them reads before it writes, and decides from the object it has read, never from the
 * text of an error.
 */

/** Whether an earlier attempt may have had the effect already. A reset workflow begins again with first attempts. */
export function mayHaveHappened({ isRepeat }: { isRepeat?: boolean }): boolean {
  return isRepeat === true || activityInfo().attempt > 1;
}

/** A request that was under way when we gave up on it gets this long to show its effect. */
const SETTLING_MS = 1_000;
/** How soon a thread that another run keeps busy is tried again: a second later each time, up to this. */
const LONGEST_BUSY_PAUSE_MS = 15_000;

/**
 * Creates the run, or adopts the one that bears its key.
 *
 * @throws ApplicationFailure `Run.ThreadBusy`, retryable, while a run that is not ours keeps the thread.
 */
export async function createOnce(
  provider: Provider,
  request: CreateRun,
  isRetry: boolean,
): Promise<RunSnapshot> {
  const { threadId, key } = request;
  if (isRetry) {
    const found = (await provider.findRun(threadId, key)) ?? (await lookAgain(provider, request));
    if (found !== null) return found;
  }
  try {
    return await provider.createRun(request);
  } catch (error) {
    if (!isBadRequest(error)) throw error;
    const own = await provider.findRun(threadId, key);
    if (own !== null) return own;
    const active = await provider.findActiveRun(threadId);
    if (active === null) throw error;
    throw ApplicationFailure.create({
      type: 'Run.ThreadBusy',
      message: `The thread has a run that is not ours (${active.runId}, ${active.providerStatus}); waiting until it is over.`,
      nextRetryDelay: Math.min(activityInfo().attempt * 1_000, LONGEST_BUSY_PAUSE_MS),
    });
  }
}

async function lookAgain(provider: Provider, { threadId, key }: CreateRun): Promise<RunSnapshot | null> {
  await sleep(SETTLING_MS);
  return provider.findRun(threadId, key);
}

export interface Submitted {
  seen: RunSnapshot;
  isDelivered: boolean;
}

/** Sends all outputs of one `requires_action`, unless they have arrived or can arrive no more. */
export async function submitOnce(
  provider: Provider,
  { run, outputs, isRetry }: { run: RunReference; outputs: ToolOutput[]; isRetry: boolean },
): Promise<Submitted> {
  if (isRetry) {
    const seen = await provider.retrieveRun(run);
    if (!isWaitingFor(seen, outputs)) return proveDelivery(provider, seen, outputs);
  }
  try {
    const seen = await provider.submitOutputs(run, outputs);
    // Some servers answer 200 to outputs that a run which is over no longer takes.
    return isOver(seen) ? await proveDelivery(provider, seen, outputs) : { seen, isDelivered: true };
  } catch (error) {
    if (!isBadRequest(error)) throw error;
    // A 400 alone says neither that the outputs landed nor that they did not: the run itself does.
    const seen = await provider.retrieveRun(run);
    if (isWaitingFor(seen, outputs)) throw error;
    return proveDelivery(provider, seen, outputs);
  }
}

/** The run waits for our outputs no more: because it has them, or because it ended without. Its steps tell. */
async function proveDelivery(
  provider: Provider,
  seen: RunSnapshot,
  outputs: ToolOutput[],
): Promise<Submitted> {
  if (!isOver(seen) || seen.state === 'completed') return { seen, isDelivered: true };
  const arrived = new Set((await provider.deliveredOutputs(seen)).map(({ toolCallId }) => toolCallId));
  return { seen, isDelivered: outputs.every(({ toolCallId }) => arrived.has(toolCallId)) };
}

/** Asks for cancellation unless the run is over or cancelling already. */
export async function cancelOnce(provider: Provider, run: RunSnapshot): Promise<RunSnapshot> {
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
    const outputs = seen.calls.map(({ toolCallId }) => ({ toolCallId, output }));
    const { seen: refused } = await submitOnce(provider, { run: seen, outputs, isRetry: false });
    // The model may call again: now that the run no longer waits, the cancel is taken.
    return cancelOnce(provider, refused);
  }
}

function isWaitingFor(seen: RunSnapshot, outputs: ToolOutput[]): boolean {
  if (seen.state !== 'requires_action') return false;
  const answered = new Set(outputs.map(({ toolCallId }) => toolCallId));
  return (
    seen.calls.length === answered.size && seen.calls.every(({ toolCallId }) => answered.has(toolCallId))
  );
}

function isOver({ state }: RunSnapshot): boolean {
  return ['completed', 'incomplete', 'failed', 'cancelled', 'expired'].includes(state);
}

function isBadRequest(error: unknown): boolean {
  return error instanceof ApplicationFailure && error.type === 'Provider.BadRequest';
}

/** True for a run, thread or message that the provider does not have (any more). */
export function isGone(error: unknown): boolean {
  return error instanceof ApplicationFailure && error.type === 'Provider.NotFound';
}
