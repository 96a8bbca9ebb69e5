import { expect } from 'vitest';

import { turnWorkflowId } from '../../src/contracts/ids.ts';
import { until } from '../../src/testing/wait.ts';
import { TENANT, type World } from './world.ts';

/** Resets a turn to the workflow task before it first scheduled this activity, and waits for the new execution. */
export async function resetTurn(world: World, turnId: string, activityType: string): Promise<void> {
  const workflowId = turnWorkflowId(TENANT, turnId);
  const { runId } = await world.temporal.workflow.getHandle(workflowId).describe();
  const { events = [] } = await world.temporal.workflow.getHandle(workflowId).fetchHistory();
  const scheduled = events!.findIndex(
    (event) => event.activityTaskScheduledEventAttributes?.activityType?.name === activityType,
  );
  expect(scheduled).toBeGreaterThan(0);
  const task = events!.slice(0, scheduled).findLast((event) => event.workflowTaskCompletedEventAttributes);
  await world.temporal.workflowService.resetWorkflowExecution({
    namespace: 'default',
    workflowExecution: { workflowId, runId },
    reason: 'test',
    requestId: crypto.randomUUID(),
    workflowTaskFinishEventId: task!.eventId!,
  });
  await until('the new execution', async () => {
    const now = await world.temporal.workflow.getHandle(workflowId).describe();
    return now.runId === runId ? null : true;
  });
}
