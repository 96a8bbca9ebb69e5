import { ActivityFailure, TimeoutFailure } from '@temporalio/workflow';

/**
 * Whether an activity took too long. A local one rejects with an ActivityFailure around the TimeoutFailure, and in a replay with the
 * TimeoutFailure itself (SDK 1.24.0).
 */
export function isTimedOut(error: unknown): boolean {
  return (
    error instanceof TimeoutFailure ||
    (error instanceof ActivityFailure && error.cause instanceof TimeoutFailure)
  );
}
