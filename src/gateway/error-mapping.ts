import { ApplicationFailure } from '@temporalio/common';
import { HTTPException } from 'hono/http-exception';

import {
  IdempotencyKeyReusedError,
  InputError,
  PendingApprovalsError,
  QueueFullError,
  TemporalUnavailableError,
  TooLargeError,
} from '../client.ts';
import { FAILURES, isFailureType } from '../contracts/failures/failures.ts';
import { StoreUnavailableError } from '../store/errors.ts';
import { Problem } from './problem.ts';

/** gRPC status codes that mean "not now": DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, UNAVAILABLE. */
const NOT_NOW = new Set<unknown>([4, 8, 14]);

/** The problem an error becomes for the client; `internal` when nobody expected it. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof InputError) {
    const { field, message } = error;
    const type =
      error instanceof IdempotencyKeyReusedError
        ? 'idempotency-key-reused'
        : error instanceof TooLargeError
          ? 'too-large'
          : 'invalid-request';
    return new Problem(type, `${field} ${message}.`, { errors: [{ field, message }] });
  }
  if (error instanceof PendingApprovalsError) {
    const { turnId, approvalIds } = error;
    const members = { turnId, approvals: approvalIds };
    return new Problem(
      'approvals-pending',
      'Decide the pending approvals first, then send the message again.',
      {
        members,
      },
    );
  }
  if (error instanceof QueueFullError) {
    return new Problem('queue-full', `${error.message} The message was not stored.`, {
      headers: { 'retry-after': '30' },
    });
  }
  if (error instanceof TemporalUnavailableError || isNotNow(error)) {
    return new Problem(
      'temporal-unavailable',
      'Temporal does not answer. The request may still take effect; repeat it with the same Idempotency-Key.',
      { headers: { 'retry-after': '5' } },
    );
  }
  if (error instanceof StoreUnavailableError) {
    return new Problem('store-unavailable', 'The store does not answer. Nothing was changed; try again.', {
      headers: { 'retry-after': '5' },
    });
  }
  if (error instanceof ApplicationFailure && isFailureType(error.type)) {
    return FAILURES[error.type] === 'terminal'
      ? new Problem('provider-refused', error.message)
      : new Problem('provider-unavailable', `${error.message} Try again.`, {
          headers: { 'retry-after': '5' },
        });
  }
  if (error instanceof HTTPException && error.status < 500) {
    return new Problem('invalid-request', 'The request cannot be read.');
  }
  return new Problem(
    'internal',
    'An unexpected error occurred. The gateway’s log has its cause under the request id.',
  );
}

/** Temporal's client wraps gRPC errors in its own; the code stands somewhere along the chain of causes. */
function isNotNow(error: unknown): boolean {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 8; cause = cause.cause, depth += 1) {
    if ('code' in cause && NOT_NOW.has(cause.code)) return true;
  }
  return false;
}
