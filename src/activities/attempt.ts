import { activityInfo, heartbeat } from '@temporalio/activity';

/** How often an attempt says that it lives. Temporal throttles what goes over the wire; the limits are in workflows/steps.ts. */
const HEARTBEAT_EVERY_MS = 1_000;

/**
 * Runs one attempt while a timer keeps the heartbeat going, so that a killed worker is noticed within seconds however long
 * the provider or the tool takes. An attempt that is over before the first beat costs none.
 *
 * @param work - may change what the heartbeat tells; undefined takes it back.
 * @param done - what the attempt has done already, told at once: another one finds it in `activityInfo().heartbeatDetails`.
 */
export async function withHeartbeat<T>(
  work: (tell: (details: unknown) => void) => Promise<T>,
  done?: unknown,
): Promise<T> {
  let details = done;
  if (done !== undefined) heartbeat(done);
  const timer = setInterval(() => heartbeat(details), HEARTBEAT_EVERY_MS);
  try {
    return await work((told) => (details = told ?? done));
  } finally {
    clearInterval(timer);
  }
}

/**
 * A clock that reads Temporal's time inside an attempt, whatever the machine's own clock says: the attempt's schedule time
 * plus what has passed since it began here. Time spent in the task queue makes it too early, never too late.
 */
export function temporalClock(): () => number {
  const scheduledAtMs = activityInfo().currentAttemptScheduledTimestampMs;
  const beganAt = performance.now();
  return () => scheduledAtMs + (performance.now() - beganAt);
}

/**
 * The turn's clock inside an attempt, for what must not be older than allowed: of Temporal's and this machine's clock the later one, because
 * the attempt may have waited long for a worker.
 *
 * @param scheduledAt - ISO 8601, when the turn scheduled the activity, by its own clock.
 */
export function turnClock(scheduledAt: string | undefined): () => number {
  const temporalNow = temporalClock();
  // A turn that says it is behind would make what has ended hold again.
  const aheadMs = Math.max(0, aheadOf(scheduledAt));
  return () => Math.max(temporalNow(), Date.now()) + aheadMs;
}

/** How far the turn's clock is ahead of Temporal's. */
export function aheadOf(scheduledAt: string | undefined): number {
  return scheduledAt === undefined ? 0 : Date.parse(scheduledAt) - activityInfo().scheduledTimestampMs;
}
