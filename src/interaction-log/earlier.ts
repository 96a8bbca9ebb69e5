import { activityInfo, getClient } from '@temporalio/activity';
import { defaultPayloadConverter } from '@temporalio/common';

import type { ReviewedCall } from '../contracts/approval/review.ts';
import type { RunReport, ToolOutput } from '../contracts/run.ts';
import { toldOf } from '../contracts/told.ts';
import type {
  CreateRunInput,
  ExecuteAndSubmitInput,
  Executed,
  ExecutedAndSubmitted,
  SubmitInput,
} from '../contracts/steps.ts';

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
  const tools = new Map<string, ExecuteAndSubmitInput | undefined>();
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
      if (name === 'executeAndSubmit') {
        tools.set(String(event.eventId), first(scheduled.input) as ExecuteAndSubmitInput | undefined);
      }
    }
    const completed = event.activityTaskCompletedEventAttributes;
    if (!completed) continue;
    const scheduledEventId = String(completed.scheduledEventId);
    const tool = tools.get(scheduledEventId);
    if (tool) {
      const { submit, ...executed } = first(completed.result) as ExecutedAndSubmitted;
      if (submit.kind !== 'answered') continue; // the turn ends, or submits by itself
      const { report, startedAtMs } = submit;
      earlier.request = { startedAtMs, outputs: [toOutput(tool, executed)], isAnswered: false };
      note(earlier, report);
    } else if (follows.has(scheduledEventId)) {
      note(earlier, first(completed.result) as RunReport | undefined);
    }
  }
  return earlier;
}

/** What a request was answered with. */
function note(earlier: Earlier, report: RunReport | undefined): void {
  if (earlier.request === undefined) return;
  earlier.request.isAnswered = report !== undefined && report.state !== 'working';
  if (report?.state === 'requires_action') earlier.calls = report.calls;
}

function toOutput({ call, editNotice }: ExecuteAndSubmitInput, executed: Executed): ToolOutput {
  const { outcome, output } = executed;
  const told = outcome === 'unknown' ? { output } : toldOf({ outcome, output }, editNotice);
  return { toolCallId: call.toolCallId, ...told };
}

function first(payloads: Payloads | null | undefined): unknown {
  const [payload] = payloads?.payloads ?? [];
  return payload === undefined ? undefined : defaultPayloadConverter.fromPayload(payload);
}

function toMs(time: Event['eventTime']): number {
  return Number(time?.seconds ?? 0) * 1_000 + Math.floor((time?.nanos ?? 0) / 1_000_000);
}
