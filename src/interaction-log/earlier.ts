import { activityInfo, getClient } from '@temporalio/activity';
import { defaultPayloadConverter } from '@temporalio/common';

import type { CreateRunInput, SubmitInput } from '../activities/runs.ts';
import type { ReviewedCall } from '../contracts/approval.ts';
import type { RunReport, ToolOutput } from '../contracts/run.ts';

/** What went before an activity in the history of its turn. */
export interface Earlier {
  /** The message the run was made with. */
  message?: string;
  runStartedAtMs?: number;
  /** The request that is being followed, when the activity only follows one. */
  request?: { startedAtMs: number; outputs?: ToolOutput[]; isAnswered: boolean };
  /** The calls that the model made last. */
  calls: ReviewedCall[];
}

/** A history as Temporal gives it, as far as it is read here. */
interface Event {
  eventId?: unknown;
  eventTime?: { seconds?: unknown; nanos?: number | null } | null;
  activityTaskScheduledEventAttributes?: {
    activityId?: string | null;
    activityType?: { name?: string | null } | null;
    input?: Payloads | null;
  } | null;
  activityTaskCompletedEventAttributes?: { scheduledEventId?: unknown; result?: Payloads | null } | null;
}
interface Payloads {
  payloads?: Parameters<typeof defaultPayloadConverter.fromPayload>[0][] | null;
}

/**
 * Prepares a look at what went before the activity that calls this, for later: it may be a run that another worker has made,
 * days ago. So nothing is kept in memory for it; one read of the turn's history tells.
 */
export function earlierInTurn(): () => Promise<Earlier> {
  const { workflowExecution, activityId } = activityInfo();
  const { workflow } = getClient();
  return async () => {
    if (workflowExecution === undefined) return { calls: [] };
    const { workflowId, runId } = workflowExecution;
    const { events } = await workflow.getHandle(workflowId, runId).fetchHistory();
    return readEarlier(events ?? [], activityId);
  };
}

/** Reads events up to the one that scheduled the activity. */
function readEarlier(events: readonly Event[], activityId: string): Earlier {
  const earlier: Earlier = { calls: [] };
  const follows = new Set<string>();
  for (const event of events) {
    const scheduled = event.activityTaskScheduledEventAttributes;
    if (scheduled) {
      if (scheduled.activityId === activityId) break;
      const name = scheduled.activityType?.name ?? '';
      if (['createRun', 'submitOutputs', 'watchRun'].includes(name)) follows.add(String(event.eventId));
      const startedAtMs = toMs(event.eventTime);
      if (name === 'createRun') {
        earlier.message = (first(scheduled.input) as CreateRunInput | undefined)?.message ?? '';
        earlier.runStartedAtMs = startedAtMs;
        earlier.request = { startedAtMs, isAnswered: false };
      }
      if (name === 'submitOutputs') {
        const outputs = (first(scheduled.input) as SubmitInput | undefined)?.outputs ?? [];
        earlier.request = { startedAtMs, outputs, isAnswered: false };
      }
    }
    const completed = event.activityTaskCompletedEventAttributes;
    if (completed && follows.has(String(completed.scheduledEventId)) && earlier.request !== undefined) {
      const report = first(completed.result) as RunReport | undefined;
      earlier.request.isAnswered = report !== undefined && report.state !== 'working';
      if (report?.state === 'requires_action') earlier.calls = report.calls;
    }
  }
  return earlier;
}

function first(payloads: Payloads | null | undefined): unknown {
  const [payload] = payloads?.payloads ?? [];
  return payload === undefined ? undefined : defaultPayloadConverter.fromPayload(payload);
}

function toMs(time: Event['eventTime']): number {
  return Number(time?.seconds ?? 0) * 1_000 + Math.floor((time?.nanos ?? 0) / 1_000_000);
}
