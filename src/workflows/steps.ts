import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';

import { LONGEST_CHAT_TIMEOUT_MS, LONGEST_UPDATE_MS, LONGEST_UPDATE_PAUSE_MS } from '../contracts/limits.ts';
import type { Activities } from '../activities/index.ts';
import type { ExecuteAndSubmitInput, ExecuteInput } from '../contracts/steps.ts';

/**
 * The activities as the workflows call them. A heartbeat of 4 s bounds how long a killed worker goes unnoticed. Attempts are unlimited
 * if the next one can find out what the last one did.
 */
const HEARTBEAT_TIMEOUT = '4s';
/** Another attempt takes over what this one was sending, so it must be dead. */
const NOTICE_HEARTBEAT_TIMEOUT = '10s';
const SPARE_ATTEMPTS = 10;
/**
 * A worker stops a tool at its limit. The server's limit is longer, for a worker that does not, and for what comes before the tool: the policy
 * and the precondition are asked once more, for 10 s each at most.
 */
const TOOL_MARGIN_MS = 30_000;
/** The longest time a model may think in an open request, plus a margin. A heartbeat shows that the worker lives. */
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

/** Bounded, because a provider that is down must not keep the turn from ending. */
export const { cancelRun } = proxyActivities<Activities>({
  startToCloseTimeout: '90s',
  scheduleToCloseTimeout: '2m',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  retry: PATIENT,
});

/** A person and the deadline wait for the answer, for up to a minute (approvals.ts). */
export const { reviewEdit, reviewRequestEdit } = proxyActivities<Activities>({
  startToCloseTimeout: '30s',
  scheduleToCloseTimeout: '1m',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  retry: { ...PATIENT, maximumAttempts: 6 },
});

/** A receiver may be down for a weekend. The pauses grow to an hour, unless `Retry-After` asks for another. */
export const { deliverCallback } = proxyActivities<Activities>({
  startToCloseTimeout: '30s',
  scheduleToCloseTimeout: '3 days',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1h' },
});

/** The same for events. A worker that dies in the middle is noticed soon. */
export const { deliverEvent } = proxyActivities<Activities>({
  startToCloseTimeout: '30s',
  scheduleToCloseTimeout: '3 days',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1h' },
});

/** For a turn that started without a thread, because the provider did not open one in time. */
export const { openThread } = proxyActivities<Activities>({ startToCloseTimeout: '30s', retry: PATIENT });

/** A conversation's looks at its turns, and starts of other workflows: one event each. They ask Temporal, so they are retried until it answers. */
export const { lookAtTurn, startTurn, startHandover } = proxyLocalActivities<Activities>({
  startToCloseTimeout: '5s',
  retry: { initialInterval: '100ms', backoffCoefficient: 2, maximumInterval: '5s' },
});

/** For a question that no activity follows: one event. It ends within its workflow task, as `checkDecision` does. */
export const { writeRecord } = proxyLocalActivities<Activities>({
  scheduleToCloseTimeout: '2500ms',
  retry: { maximumAttempts: 1 },
});

/**
 * The same for what follows from a decision. Temporal has this task in the history before anybody writes: a task that is lost may be done
 * again with another decision before this one.
 */
export const { writeRecord: writeDecided } = proxyActivities<Activities>({
  startToCloseTimeout: '10s',
  scheduleToCloseTimeout: '30s',
  retry: PATIENT,
});

/** For a store that was down when it was asked last. It is asked until it is back. */
export const { writeRecordAtLast } = proxyActivities<Activities>({
  startToCloseTimeout: '1m',
  retry: PATIENT,
});

/** An effect waits for the store in its attempt, with a heartbeat that says so. */
const STORE_WAIT_MS = 30 * 24 * 3_600_000;

/** Notices wait for the store and for Temporal as long as it takes: a channel that does not answer fails none of them. */
export const { planRung, tellOperator } = proxyActivities<Activities>({
  startToCloseTimeout: '1m',
  // A question may be over before a minute is.
  heartbeatTimeout: NOTICE_HEARTBEAT_TIMEOUT,
  retry: PATIENT,
  // What it plans after the end would stay planned.
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
});

export const { sendNotices } = proxyActivities<Activities>({
  startToCloseTimeout: '10m',
  heartbeatTimeout: NOTICE_HEARTBEAT_TIMEOUT,
  retry: PATIENT,
  // What it has sent must be known.
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
});

/** Votes and edits on messages that can be changed. What cannot be shown within the hour waits for the next vote, or for the end. */
export const { followNotices } = proxyActivities<Activities>({
  startToCloseTimeout: '10m',
  scheduleToCloseTimeout: '1h',
  heartbeatTimeout: NOTICE_HEARTBEAT_TIMEOUT,
  retry: { initialInterval: '2s', backoffCoefficient: 3, maximumInterval: '5m' },
  // A change that is under way ends before the end is told.
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
});

/** A message that still says that a question is open is tried for a day. */
export const { updateNotices } = proxyActivities<Activities>({
  startToCloseTimeout: LONGEST_UPDATE_MS,
  scheduleToCloseTimeout: '1 day',
  heartbeatTimeout: NOTICE_HEARTBEAT_TIMEOUT,
  retry: { initialInterval: '5s', backoffCoefficient: 3, maximumInterval: LONGEST_UPDATE_PAUSE_MS },
});

/**
 * One event for a decision that must be signed, or whose maker the store knows.
 *
 * It must end within its workflow task. One that outlasts it ends in a later task beside whatever else that brings, in either order. Replay
 * has its result first: what the two let happen would come in another order than in the history, and the workflow could never go on.
 */
export const { checkDecision } = proxyLocalActivities<Activities>({
  scheduleToCloseTimeout: '1500ms',
  retry: { initialInterval: '100ms', maximumAttempts: 3 },
});

/** The same for one that comes while another is looked at: five events. */
export const { checkDecision: checkDecisionApart } = proxyActivities<Activities>({
  startToCloseTimeout: '10s',
  scheduleToCloseTimeout: '30s',
  retry: PATIENT,
});

/** The same where it takes longer: the store is asked until it answers, or nobody need decide any more. */
export const { checkDecisionAtLast } = proxyActivities<Activities>({
  startToCloseTimeout: '1m',
  retry: { ...PATIENT, maximumInterval: '5s' },
});

/** Runs a tool with the limits its definition sets. */
export function executeTool(input: ExecuteInput): ReturnType<Activities['executeTool']> {
  return toolSteps(input, 0).executeTool(input);
}

/** The same, with the time a submit may take. */
export function executeAndSubmit(input: ExecuteAndSubmitInput): ReturnType<Activities['executeAndSubmit']> {
  return toolSteps(input, SUBMIT_LIMIT_MS).executeAndSubmit(input);
}

function toolSteps({ call, record }: ExecuteInput, moreMs: number) {
  const { effect, maximumAttempts, timeoutMs, tool } = call;
  // An attempt that was lost with its worker does not count against a tool that may run again.
  // Of an at-most-once tool the record tells the next attempt whether it has begun.
  const spare = effect === 'at-most-once' && record === undefined ? 0 : SPARE_ATTEMPTS;
  const waitMs = record === undefined ? 0 : STORE_WAIT_MS;
  return proxyActivities<Activities>({
    startToCloseTimeout: timeoutMs + TOOL_MARGIN_MS + moreMs + waitMs,
    heartbeatTimeout: HEARTBEAT_TIMEOUT,
    summary: tool,
    // A tool that is told to stop reports how far it got.
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
 * The activities of a question at the Handover. An attempt without an answer fails with the pause until the next one, so polling for
 * days costs no history. They end with the question.
 *
 * @param withinMs - how long the question stays open; Infinity for ever.
 */
export function handoverSteps(withinMs: number): Pick<Activities, 'askHandover' | 'lookAtHandover'> {
  return proxyActivities<Activities>({
    startToCloseTimeout: '2m',
    ...(Number.isFinite(withinMs) && { scheduleToCloseTimeout: withinMs }),
    heartbeatTimeout: HEARTBEAT_TIMEOUT,
    retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '5m' },
  });
}
