import type { Client } from '@temporalio/client';

import type { EventInput } from '../../contracts/events.ts';
import { EVENT_WORKFLOW, MEMO } from '../../contracts/workflow-names.ts';

/** An event that an endpoint has not taken. */
export interface FailedEvent {
  input: EventInput;
  /** ISO 8601. */
  failedAt: string;
  why: string;
}

/** Events that have failed and were not sent again since, the latest first. */
export async function* failedEvents(
  { workflow }: Client,
  taskQueue: string,
  endpoint?: string,
): AsyncGenerator<FailedEvent> {
  const seen = new Set<string>();
  const query = `WorkflowType = '${EVENT_WORKFLOW}' AND TaskQueue = '${taskQueue.replaceAll("'", "''")}' AND ExecutionStatus IN ('Failed', 'TimedOut', 'Terminated')`;
  for await (const { workflowId, memo } of workflow.list({ query })) {
    const input = memo?.[MEMO] as EventInput | undefined;
    if (input === undefined || seen.has(workflowId)) continue;
    seen.add(workflowId);
    if (endpoint !== undefined && input.endpoint !== endpoint) continue;
    const latest = workflow.getHandle(workflowId);
    const { status, closeTime } = await latest.describe();
    if (status.name === 'RUNNING' || status.name === 'COMPLETED') continue;
    const why = await latest.result().then(() => '', reasonOf);
    yield { input, failedAt: closeTime?.toISOString() ?? '', why };
  }
}

/** The innermost cause says it in our words. */
function reasonOf(error: unknown): string {
  let last = error;
  while (last instanceof Error && last.cause instanceof Error) last = last.cause;
  return last instanceof Error ? last.message : String(last);
}
