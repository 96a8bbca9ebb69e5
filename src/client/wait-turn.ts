import { setTimeout as sleep } from 'node:timers/promises';

import { WorkflowFailedError, type Client } from '@temporalio/client';

import { turnWorkflowId } from '../contracts/ids.ts';
import { createLearnedPause } from '../contracts/learned-pause.ts';
import type { TurnResult, TurnView } from '../contracts/turn.ts';
import { completedTurn, type ReadTurn } from './read-turn.ts';

/** A turn needs about this long before it can have asked for anything; how long it takes here is learned. */
const FIRST_PAUSE_MS = { firstMs: 120, leastMs: 60, mostMs: 500 };
/** Then it is looked at after this pause, or a quarter of the first, and each time after half as much again. */
const PAUSE_MS = 60;
const GROWTH = 1.5;
const LONGEST_PAUSE_MS = 1_000;
/** A turn that asks nobody at once takes long enough to be worth a request that waits for its end. */
const LOOKS_BEFORE_LISTENING = 3;

export interface WaitOptions {
  /** Ends the wait early, which is no error: the turn is answered as it is then. */
  signal?: AbortSignal | undefined;
}

/**
 * Reads a turn once it needs a person or is over, or when the time is up. That it needs a person is seen by looking, about when turns have
 * needed one before, and then again and again; that it is over is told by Temporal, in a request that waits for the workflow's result.
 *
 * @param isNew - whether the turn was started just now, asked once: then nobody need look at once.
 */
export function createTurnWaiter(
  temporal: Client,
  readTurn: ReadTurn,
  isNew: (turnId: string) => boolean,
): (tenant: string, turnId: string, waitMs: number, options?: WaitOptions) => Promise<TurnView | null> {
  const firstPause = createLearnedPause(FIRST_PAUSE_MS);
  return async (tenant, turnId, waitMs, { signal: stop } = {}) => {
    const until = performance.now() + waitMs;
    const done = new AbortController();
    const stopped = stop ? AbortSignal.any([stop, done.signal]) : done.signal;
    let ended: Promise<TurnView | 'look'> | undefined;
    try {
      const isFirstWait = waitMs > 0 && isNew(turnId);
      if (isFirstWait) await pause(Math.min(firstPause.ms(), waitMs), stopped);
      for (let looks = 1, pauseMs = Math.max(PAUSE_MS, firstPause.ms() / 4); ; looks += 1) {
        // Who waits most likely has just said it: its conversation is asked for it only if it has not begun by the second look.
        const isEarly = looks === 1 && waitMs > 0;
        const view = await readTurn(tenant, turnId, { isEarly });
        if (isFirstWait && looks === 1) firstPause.learn(view !== null && isSettled(view));
        const leftMs = stop?.aborted ? 0 : until - performance.now();
        if (isEarly && view === null) {
          await pause(Math.min(isFirstWait ? pauseMs : firstPause.ms(), leftMs), stopped);
          continue;
        }
        if (view === null || isSettled(view) || leftMs <= 0) return view;
        // What it asked for is decided: most likely it ends next.
        const isDecided = view.approvals.length > 0;
        if (isDecided || looks >= LOOKS_BEFORE_LISTENING) {
          ended ??= untilEnded(tenant, view, done.signal).finally(() => (ended = undefined));
        }
        const seen = await Promise.race([
          pause(Math.min(isDecided ? LONGEST_PAUSE_MS : pauseMs, leftMs), stopped),
          ...(ended ? [ended] : []),
        ]);
        if (seen !== 'look') return seen;
        pauseMs = Math.min(pauseMs * GROWTH, LONGEST_PAUSE_MS);
      }
    } finally {
      done.abort();
    }
  };

  /** The turn once it has completed; `look` when a look must tell. What goes wrong here is left to the looks, which go on. */
  async function untilEnded(
    tenant: string,
    { turnId, conversationId }: TurnView,
    signal: AbortSignal,
  ): Promise<TurnView | 'look'> {
    const handle = temporal.workflow.getHandle(turnWorkflowId(tenant, turnId));
    try {
      const result = await temporal.withAbortSignal(signal, () => handle.result() as Promise<TurnResult>);
      return completedTurn(turnId, conversationId, result);
    } catch (error) {
      // Anything but the turn's own end may come again at once, so not without a pause.
      if (!(error instanceof WorkflowFailedError)) await pause(LONGEST_PAUSE_MS, signal);
      return 'look';
    }
  }
}

function isSettled({ status }: TurnView): boolean {
  return status !== 'queued' && status !== 'running';
}

async function pause(ms: number, signal: AbortSignal): Promise<'look'> {
  await sleep(Math.max(0, ms), undefined, { signal }).catch(() => undefined); // nobody waits any more
  return 'look';
}
