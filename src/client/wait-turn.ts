import { setTimeout as sleep } from 'node:timers/promises';

import type { Client } from '@temporalio/client';

import { turnWorkflowId } from '../contracts/ids.ts';
import type { TurnView } from '../contracts/turn.ts';
import type { ReadTurn } from './read-turn.ts';

type HistoryRequest = Parameters<Client['workflowService']['getWorkflowExecutionHistory']>[0];

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1_000;
/** A turn that is not settled after so many looks takes long enough to be worth a request that waits for its end. */
const LOOKS_BEFORE_LISTENING = 2;

/** HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT of Temporal's API. */
// eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- the package that has the enum is none of ours
const CLOSE_EVENT = 2 as NonNullable<HistoryRequest['historyEventFilterType']>;

/** Reads a turn once it needs a person or is over, or when the time is up. */
export function createTurnWaiter(
  temporal: Client,
  readTurn: ReadTurn,
): (tenant: string, turnId: string, waitMs: number) => Promise<TurnView | null> {
  return async (tenant, turnId, waitMs) => {
    const until = performance.now() + waitMs;
    const done = new AbortController();
    let closed: Promise<void> | undefined;
    try {
      for (let looks = 1, pauseMs = FIRST_PAUSE_MS; ; looks += 1) {
        const view = await readTurn(tenant, turnId);
        const leftMs = until - performance.now();
        if (view === null || isSettled(view) || leftMs <= 0) return view;
        if (looks >= LOOKS_BEFORE_LISTENING)
          closed ??= untilClosed(turnWorkflowId(tenant, turnId), done.signal);
        await Promise.race([pause(Math.min(pauseMs, leftMs), done.signal), ...(closed ? [closed] : [])]);
        pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
      }
    } finally {
      done.abort();
    }
  };

  /** Resolves when the workflow has closed. What goes wrong here is left to the looks, which go on all the same. */
  async function untilClosed(workflowId: string, signal: AbortSignal): Promise<void> {
    const answer = await temporal
      .withAbortSignal(signal, () =>
        temporal.workflowService.getWorkflowExecutionHistory({
          namespace: temporal.options.namespace,
          execution: { workflowId },
          waitNewEvent: true,
          historyEventFilterType: CLOSE_EVENT,
        }),
      )
      .catch(() => null);
    if ((answer?.history?.events?.length ?? 0) === 0) await aborted(signal);
  }
}

function isSettled({ status }: TurnView): boolean {
  return status !== 'queued' && status !== 'running';
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined); // nobody waits any more
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
