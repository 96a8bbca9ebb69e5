import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';

import { LONGEST_CHAT_TIMEOUT_MS } from '../contracts/limits.ts';
import type { Activities } from '../activities/index.ts';
import type { ExecuteAndSubmitInput, ExecuteInput } from '../contracts/steps.ts';

/**
 * The activities as the workflows call them. A heartbeat of 4 s bounds how long a killed worker goes unnoticed; attempts
 * are unlimited where the next one finds out what the last one did.
 */
const HEARTBEAT_TIMEOUT = '4s';
const SPARE_ATTEMPTS = 10;
/** A worker stops a tool at its limit by itself; the server's limit is for one that does not. */
const TOOL_MARGIN_MS = 10_000;
/** The longest a model may think in an open request, and some time for what is around it. A heartbeat tells that the worker lives. */
const SUBMIT_LIMIT_MS = LONGEST_CHAT_TIMEOUT_MS + 30_000;
const PATIENT = { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '30s' } as const;

export const { createRun, submitOutputs } = proxyActivities<Activities>({
  startToCloseTimeout: SUBMIT_LIMIT_MS,
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

/** A person waits for the answer, and so does the deadline: for a minute (approvals.ts). */
export const { reviewEdit, reviewRequestEdit } = proxyActivities<Activities>({
  startToCloseTimeout: '30s',
  scheduleToCloseTimeout: '1m',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  retry: { ...PATIENT, maximumAttempts: 6 },
});

/** A receiver may be down for a weekend. The pauses grow to an hour unless it asks for another one (`Retry-After`). */
export const { deliverCallback } = proxyActivities<Activities>({
  startToCloseTimeout: '30s',
  scheduleToCloseTimeout: '3 days',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1h' },
});

/** For the turn that was started without a thread, because the provider did not open one at once. */
export const { openThread } = proxyActivities<Activities>({ startToCloseTimeout: '30s', retry: PATIENT });

/** A conversation's looks at its turns, and starts of other workflows: one event each. They ask Temporal itself, so they are tried until it answers. */
export const { lookAtTurn, startTurn, startHandover } = proxyLocalActivities<Activities>({
  startToCloseTimeout: '5s',
  retry: { initialInterval: '100ms', backoffCoefficient: 2, maximumInterval: '5s' },
});

/** Runs a tool with the limits its definition sets. */
export function executeTool(input: ExecuteInput): ReturnType<Activities['executeTool']> {
  return toolSteps(input, 0).executeTool(input);
}

/** The same, with the time a submit may take. */
export function executeAndSubmit(input: ExecuteAndSubmitInput): ReturnType<Activities['executeAndSubmit']> {
  return toolSteps(input, SUBMIT_LIMIT_MS).executeAndSubmit(input);
}

function toolSteps({ call }: ExecuteInput, moreMs: number) {
  const { effect, maximumAttempts, timeoutMs, tool } = call;
  // An attempt that a killed worker took with it does not count against a tool that can bear another one.
  const spare = effect === 'at-most-once' ? 0 : SPARE_ATTEMPTS;
  return proxyActivities<Activities>({
    startToCloseTimeout: timeoutMs + TOOL_MARGIN_MS + moreMs,
    heartbeatTimeout: HEARTBEAT_TIMEOUT,
    summary: tool,
    // A tool that is told to stop says itself how far it came.
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    retry: {
      initialInterval: '1s',
      backoffCoefficient: 2,
      maximumInterval: '30s',
      maximumAttempts: maximumAttempts + spare,
    },
  });
}

/**
 * The activities around a question at the Handover. An attempt that finds no answer fails with the pause until the next one, so
 * that asking for days costs the history nothing; they end with the question.
 *
 * @param withinMs - how long the question stands; Infinity for ever.
 */
export function handoverSteps(withinMs: number): Pick<Activities, 'askHandover' | 'lookAtHandover'> {
  return proxyActivities<Activities>({
    startToCloseTimeout: '2m',
    ...(Number.isFinite(withinMs) && { scheduleToCloseTimeout: withinMs }),
    heartbeatTimeout: HEARTBEAT_TIMEOUT,
    retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '5m' },
  });
}
