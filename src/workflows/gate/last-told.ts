import { TimeoutFailure, type ActivityFailure } from '@temporalio/workflow';

import type { Executed } from '../../contracts/steps.ts';

const OUTCOMES = new Set<unknown>(['executed', 'failed', 'stale', 'unknown'] satisfies Executed['outcome'][]);

/**
 * What a tool had come to when its worker died while the output was being submitted: its last heartbeat tells it
 * (activities/execute-and-submit.ts). The next attempt reads that; where there is none, because the turn was cancelled or the attempts are used
 * up, it stands in the failure.
 */
export function lastTold({ cause }: Pick<ActivityFailure, 'cause'>): Executed | null {
  const details = cause instanceof TimeoutFailure ? cause.lastHeartbeatDetails : undefined;
  if (typeof details !== 'object' || details === null) return null;
  const { outcome, output } = details as Partial<Executed>;
  return OUTCOMES.has(outcome) && typeof output === 'string' ? { ...(details as Executed) } : null;
}
