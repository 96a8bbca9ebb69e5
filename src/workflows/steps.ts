import {
  ActivityFailure,
  ApplicationFailure,
  proxyActivities,
  proxyLocalActivities,
} from '@temporalio/workflow';

import type { Activities } from '../activities/index.ts';
import type { TurnFacts } from '../activities/runs.ts';
import type { ExecuteInput } from '../activities/tools.ts';

/**
 * The activities as the workflows call them. A heartbeat of 5 s bounds how long a killed worker goes unnoticed; attempts
 * are unlimited where the next one finds out what the last one did.
 */
const HEARTBEAT_TIMEOUT = '5s';
const PATIENT = { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '30s' } as const;

export const { createRun, submitOutputs } = proxyActivities<Activities>({
  startToCloseTimeout: '3m',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  retry: PATIENT,
  // The run must be known even when the turn is cancelled while it is being created.
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
});

export const { watchRun } = proxyActivities<Activities>({
  startToCloseTimeout: '3m',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  retry: { initialInterval: '1s', backoffCoefficient: 1.5, maximumInterval: '15s' },
});

/** On the way out: bounded, because a provider that is gone must not keep the turn from ending. */
export const { cancelRun } = proxyActivities<Activities>({
  startToCloseTimeout: '90s',
  scheduleToCloseTimeout: '2m',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  retry: PATIENT,
});

export const { reviewEdit } = proxyActivities<Activities>({ startToCloseTimeout: '30s', retry: PATIENT });

const ordinary = proxyActivities<Activities>({ startToCloseTimeout: '30s', retry: PATIENT });
const local = proxyLocalActivities<Activities>({ startToCloseTimeout: '5s', retry: { maximumAttempts: 1 } });

/**
 * Opens a thread. The first try is a local activity, one event in place of six: a thread that a killed worker leaves behind
 * is empty and harmless. A provider that doesn't answer at once is tried by an ordinary one, which operators can see.
 */
export async function openThread(facts: TurnFacts): Promise<{ threadId: string }> {
  try {
    return await local.openThread(facts);
  } catch (error) {
    const cause = error instanceof ActivityFailure ? error.cause : undefined;
    const isRetryable = cause instanceof ApplicationFailure && cause.nonRetryable !== true;
    if (!isRetryable) throw error;
    return ordinary.openThread(facts);
  }
}

/** Runs a tool with the limits its definition sets. */
export function executeTool(input: ExecuteInput): ReturnType<Activities['executeTool']> {
  const { maximumAttempts, timeoutMs, tool } = input.call;
  const { executeTool: execute } = proxyActivities<Activities>({
    startToCloseTimeout: timeoutMs,
    heartbeatTimeout: HEARTBEAT_TIMEOUT,
    summary: tool,
    // A tool that is told to stop says itself how far it came.
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '30s', maximumAttempts },
  });
  return execute(input);
}
