import type { OnRunDeadline } from '../approval/approval.ts';

/** Outputs are submitted this long before the run expires, so that they arrive in time. */
const SUBMIT_MARGIN_MS = 20_000;

/** When the run must get its outputs, in ms since the epoch; null when the protocol has no such deadline. */
export function runDeadlineOf(seen: { timeLeftMs: number | null; observedAtMs: number }): number | null {
  return seen.timeLeftMs === null ? null : seen.observedAtMs + seen.timeLeftMs - SUBMIT_MARGIN_MS;
}

/** Until when a question is open that is asked now, and what happens at the run's end. Both follow from the policy and the run. */
export function deadlinesOf(
  verdict: { withinMs?: number; onRunDeadline?: OnRunDeadline },
  runDeadlineMs: number | null,
  nowMs: number,
): { deadline: string | null; onRunDeadline: OnRunDeadline } {
  const { withinMs } = verdict;
  const ownDeadlineMs = withinMs === undefined ? Infinity : nowMs + withinMs;
  const runEndsMs = runDeadlineMs ?? Infinity;
  // Beyond the run's own life a question can only be parked, unless the policy says otherwise.
  const onRunDeadline =
    verdict.onRunDeadline ?? (withinMs !== undefined && ownDeadlineMs > runEndsMs ? 'park' : 'deny');
  const deadlineMs = onRunDeadline === 'park' ? ownDeadlineMs : Math.min(ownDeadlineMs, runEndsMs);
  return {
    deadline: Number.isFinite(deadlineMs) ? new Date(deadlineMs).toISOString() : null,
    onRunDeadline,
  };
}
