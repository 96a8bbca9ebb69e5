import type { Client, WorkflowHandle } from '@temporalio/client';

type History = Awaited<ReturnType<WorkflowHandle['fetchHistory']>>;
export type HistoryEvent = NonNullable<History['events']>[number];

/** What one workflow execution has cost: its events, and their size as the server counts it. */
export interface HistoryCost {
  events: HistoryEvent[];
  bytes: number;
}

/** Read in pages of this many events: a history with large payloads does not fit one answer. */
const PAGE = 100;

export async function historyOf(
  { workflow, workflowService, options }: Client,
  workflowId: string,
  runId?: string,
): Promise<HistoryCost> {
  const { raw } = await workflow.getHandle(workflowId, runId).describe();
  const { execution, historySizeBytes } = raw.workflowExecutionInfo ?? {};
  const events: HistoryEvent[] = [];
  for (let nextPageToken: Uint8Array | undefined; ;) {
    const page = await workflowService.getWorkflowExecutionHistory({
      namespace: options.namespace,
      execution: { workflowId, runId: execution?.runId ?? '' },
      maximumPageSize: PAGE,
      ...(nextPageToken && { nextPageToken }),
    });
    events.push(...(page.history?.events ?? []));
    nextPageToken = page.nextPageToken;
    if (nextPageToken.length === 0) return { events, bytes: Number(historySizeBytes ?? 0) };
  }
}

/**
 * Actions that Temporal Cloud bills for these events, by its public rules (docs.temporal.io/cloud/actions, read 2026-11): a
 * workflow start, a timer, a signal, an update, an upsert of search attributes, each start of an activity's attempt; a child workflow is
 * two, its start and its execution; all local activities of one workflow task are one. Heartbeats that reach the server and queries
 * are billed too but leave no event: of those only the one is counted here with which every `executeAndSubmit` tells what its tool
 * came to.
 */
export function billedActions(events: HistoryEvent[]): number {
  const markedTasks = new Set<string>();
  let actions = 0;
  for (const event of events) {
    if (event.workflowExecutionStartedEventAttributes) actions += 1;
    if (event.startChildWorkflowExecutionInitiatedEventAttributes) actions += 2;
    if (event.timerStartedEventAttributes) actions += 1;
    if (event.workflowExecutionSignaledEventAttributes) actions += 1;
    if (event.workflowExecutionUpdateAcceptedEventAttributes) actions += 1;
    if (event.upsertWorkflowSearchAttributesEventAttributes) actions += 1;
    if (event.activityTaskScheduledEventAttributes?.activityType?.name === 'executeAndSubmit') actions += 1;
    if (event.activityTaskStartedEventAttributes)
      actions += event.activityTaskStartedEventAttributes.attempt ?? 1;
    if (event.markerRecordedEventAttributes)
      markedTasks.add(String(event.markerRecordedEventAttributes.workflowTaskCompletedEventId));
  }
  return actions + markedTasks.size;
}
