import { isGrpcDeadlineError, WorkflowNotFoundError, type Client } from '@temporalio/client';

import { CONVERSATION_WORKFLOW } from '../../contracts/workflow-names.ts';
import { until } from '../wait.ts';
import type { GateClock } from './gate-clock.ts';
import { MOVE_CLOCK, READ_CLOCK, type ClockState } from './messages.ts';

/**
 * Moves the clock of a gate, as time would move it: from one timer to the next, so that what happens in between has happened before the
 * clock goes on.
 *
 *   quiet ──▶ the next timer's time, or the goal ──▶ every workflow is told ──▶ the server has fired what is due ──▶ quiet …
 *
 * Quiet: no workflow has a task, and no activity is at work. What waits to be tried again is quiet too: Temporal's own pauses between
 * attempts keep real time, and so does code of the application that takes its time.
 *
 * @param toMs - on the gate's clock.
 */
export type Advance = (toMs: number) => Promise<void>;

/** So long an activity that is at work is waited for before the clock goes on without it: a model may think for a minute. */
const QUIET_LIMIT_MS = 2_000;
const FIRE_LIMIT_MS = 20_000;

/** Temporal's state of an activity that a worker has taken (PENDING_ACTIVITY_STATE_STARTED). One that pauses before its next attempt is scheduled. */
const STARTED = 2;

export function createAdvance({
  clock,
  temporal,
  workflows,
  isWorkerUp,
  tellWorker,
}: {
  clock: GateClock;
  temporal: Client;
  /** Ids of the workflows of the gate; those that are over are taken out. */
  workflows: Set<string>;
  isWorkerUp: () => boolean;
  tellWorker: () => Promise<void>;
}): Advance {
  return async (toMs) => {
    for (;;) {
      // Nothing happens between two timers when nobody is there to do it: as with a worker that is down for days.
      const isAttended = isWorkerUp();
      if (isAttended) await becomesQuiet();
      const states = isAttended ? await readAll() : [];
      const dues = states.filter(({ isConversation }) => !isConversation).flatMap(({ waits }) => waits);
      const goalMs = Math.min(toMs, ...dues.filter((dueMs) => dueMs > clock.now()));
      clock.moveTo(goalMs);
      await tellWorker();
      await forEachOpen((id) =>
        temporal.workflow.getHandle(id).signal(MOVE_CLOCK, { aheadMs: clock.aheadMs() }),
      );
      if (isAttended) await until('the timers that are due', areFired, FIRE_LIMIT_MS);
      if (goalMs < toMs) continue;
      if (isAttended) await becomesQuiet();
      return;
    }
  };

  async function areFired(): Promise<true | null> {
    const states = await readAll();
    const nowMs = clock.now();
    return states.every(
      ({ aheadMs, waits }) => aheadMs >= clock.aheadMs() && waits.every((dueMs) => dueMs > nowMs),
    )
      ? true
      : null;
  }

  /** Looked at twice: what one workflow tells another is on its way for a moment. */
  async function becomesQuiet(): Promise<void> {
    const beganAt = performance.now();
    let quietLooks = 0;
    await until('quiet', async () => {
      quietLooks = (await isQuiet()) ? quietLooks + 1 : 0;
      const isLong = performance.now() - beganAt > QUIET_LIMIT_MS;
      return quietLooks > 1 || isLong ? true : null;
    });
  }

  async function isQuiet(): Promise<boolean> {
    const looks = await forEachOpen(async (id) => {
      const { raw, status } = await temporal.workflow.getHandle(id).describe();
      if (status.name !== 'RUNNING') {
        workflows.delete(id);
        return true;
      }
      const isAtWork = (raw.pendingActivities ?? []).some(
        ({ state, attempt }) => Number(state) === STARTED || (attempt ?? 1) <= 1,
      );
      return raw.pendingWorkflowTask == null && !isAtWork;
    });
    return looks.every(Boolean);
  }

  /** What the open workflows wait for. A conversation only looks again at its turn, which is not worth a step for each time. */
  function readAll(): Promise<(ClockState & { isConversation: boolean })[]> {
    return forEachOpen(async (id) => {
      const handle = temporal.workflow.getHandle(id);
      const state = await withPatience(() => handle.query<ClockState>(READ_CLOCK));
      return { ...state, isConversation: id.startsWith(`${CONVERSATION_WORKFLOW}.`) };
    });
  }

  async function forEachOpen<T>(ask: (workflowId: string) => Promise<T>): Promise<T[]> {
    const answers = await Promise.all(
      [...workflows].map(async (id) => {
        try {
          return [await ask(id)];
        } catch (error) {
          if (!(error instanceof WorkflowNotFoundError)) throw error;
          workflows.delete(id); // it is over, or was never started
          return [];
        }
      }),
    );
    return answers.flat();
  }
}

/** A busy machine may not get to a question in time. It changes nothing, so it is asked again. */
async function withPatience<T>(ask: () => Promise<T>): Promise<T> {
  for (let left = ATTEMPTS - 1; ; left -= 1) {
    try {
      return await ask();
    } catch (error) {
      if (!isGrpcDeadlineError(error) || left === 0) throw error;
    }
  }
}

const ATTEMPTS = 4;
