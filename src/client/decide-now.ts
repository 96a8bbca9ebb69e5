import {
  isGrpcServiceError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';

import type { Receipt } from '../contracts/approval/decision.ts';
import { CHANGES_NOTHING } from '../workflows/messages.ts';

/** What becomes of the update `decideNow` when it does not return a receipt. */

/** gRPC's FAILED_PRECONDITION: this run has had as many updates as Temporal keeps (`history.maxTotalUpdates`, 2,000). */
const LIMIT_REACHED = 9;

/** The receipt in the refusal of a decision that would have changed nothing; null when the error is another one. */
export function receiptOfUnchanged(error: unknown): Receipt | null {
  if (!(error instanceof WorkflowUpdateFailedError)) return null;
  const { cause } = error;
  if (!(cause instanceof ApplicationFailure) || cause.type !== CHANGES_NOTHING) return null;
  return (cause.details?.[0] as Receipt | undefined) ?? null;
}

/** Whether no worker has answered in time, or Temporal takes no more updates: the durable signal is left then. */
export function isUnanswered(error: unknown): boolean {
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return true;
  for (let cause = error, depth = 0; cause instanceof Error && depth < 8; cause = cause.cause, depth += 1) {
    if (isGrpcServiceError(cause) && (cause.code as number) === LIMIT_REACHED) return true;
  }
  return false;
}
