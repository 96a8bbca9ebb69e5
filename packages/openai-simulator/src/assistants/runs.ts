import type { Clock } from '../clock.ts';
import { lockedForMessages, runActive } from '../http/errors.ts';
import type { Rules } from '../rules.ts';
import { advance, expireOverdue } from './run-machine.ts';
import { changesBetween, isTerminal, type RunState, type StoredRun, RUNS } from './run-state.ts';
import type { Store } from '../state/store.ts';
import type { Thread } from './wire.ts';
import { STEPS, THREADS } from './tables.ts';

/** Finds threads and runs as they are now: whatever was due until now has happened, and is stored. */
export interface Runs {
  /** @throws ApiError 404 */
  thread(threadId: string): Thread;
  /** @throws ApiError 404 when the thread or the run in it is unknown. */
  run(threadId: string, runId: string): RunState;
  /** The run as a client that retrieves it sees it: with some servers that is what makes it expire. */
  retrieve(threadId: string, runId: string): RunState;
  /** The runs of a thread, oldest first. */
  ofThread(threadId: string): StoredRun[];
  /** The run that locks the thread, if there is one. */
  active(threadId: string): StoredRun | undefined;
  /** @throws ApiError 400 while a run is active. */
  requireFree(threadId: string, wanted: 'run' | 'message'): void;
  /** Stores what a transition changed. */
  save(before: RunState, after: RunState): StoredRun;
  find(runId: string): RunState | undefined;
  all(): StoredRun[];
}

export function createRuns(store: Store, clock: Clock, rules: Rules): Runs {
  const { notFound } = rules.refusals;

  function save(before: RunState, after: RunState): StoredRun {
    store.write(changesBetween(before, after));
    return after.stored;
  }

  function upToDate(stored: StoredRun): RunState {
    const { id } = stored;
    if (isTerminal(stored)) return { stored, steps: stepsOf(id), messages: [] };
    const before: RunState = { stored, steps: stepsOf(id), messages: [] };
    const after = advance(before, clock.nowMs(), rules);
    save(before, after);
    return { ...after, messages: [] };
  }

  const stepsOf = (runId: string) => store.all(STEPS).filter((step) => step.run_id === runId);

  const ofThread = (threadId: string) =>
    store
      .all(RUNS)
      .filter(({ run }) => run.thread_id === threadId)
      .map((stored) => upToDate(stored).stored);

  const active = (threadId: string) => ofThread(threadId).find((stored) => !isTerminal(stored));

  function inThread(threadId: string, runId: string): RunState {
    const stored = store.get(RUNS, runId);
    if (!store.get(THREADS, threadId)) throw notFound('thread', threadId);
    if (stored?.run.thread_id !== threadId) throw notFound('run', runId);
    return upToDate(stored);
  }

  return {
    thread(threadId) {
      const thread = store.get(THREADS, threadId);
      if (thread === undefined) throw notFound('thread', threadId);
      return thread;
    },
    run: inThread,
    retrieve(threadId, runId) {
      const before = inThread(threadId, runId);
      if (rules.expiry !== 'when_read') return before;
      const after = expireOverdue(before, clock.nowMs());
      save(before, after);
      return after;
    },
    ofThread,
    active,
    requireFree(threadId, wanted) {
      const run = rules.activeRunLock ? active(threadId) : undefined;
      if (run === undefined) return;
      throw wanted === 'run' ? runActive(threadId, run.id) : lockedForMessages(threadId, run.id);
    },
    save,
    find(runId) {
      const stored = store.get(RUNS, runId);
      return stored && upToDate(stored);
    },
    all: () => store.all(RUNS).map((stored) => upToDate(stored).stored),
  };
}
