import { activityInfo, getClient } from '@temporalio/activity';
import { defaultPayloadConverter } from '@temporalio/common';

/**
 * The thread that a turn had opened before it was reset in Temporal: what `createRun` was given then. A thread cannot be
 * found at the provider, so the history of the first execution is asked.
 *
 * @returns null when that execution had not come so far, or its history is gone.
 */
export async function threadOfFirstExecution(): Promise<string | null> {
  const { workflowExecution } = activityInfo();
  if (workflowExecution === undefined) return null;
  const { workflowId, runId } = workflowExecution;
  const { workflow } = getClient();
  const { raw } = await workflow.getHandle(workflowId, runId).describe();
  const firstRunId = raw.workflowExecutionInfo?.firstRunId;
  if (!firstRunId) return null;
  const { events } = await workflow.getHandle(workflowId, firstRunId).fetchHistory();
  for (const { activityTaskScheduledEventAttributes: scheduled } of events ?? []) {
    const [payload] = scheduled?.activityType?.name === 'createRun' ? (scheduled.input?.payloads ?? []) : [];
    if (payload !== undefined)
      return defaultPayloadConverter.fromPayload<{ threadId: string }>(payload).threadId;
  }
  return null;
}
