import type { Client } from '@temporalio/client';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';

import type { EventInput } from '../../contracts/events.ts';
import { eventWorkflowId } from '../../contracts/ids.ts';
import { searchKey } from '../../contracts/search/key.ts';
import { EVENT_WORKFLOW, MEMO, WORKFLOW_TASK_TIMEOUT } from '../../contracts/workflow-names.ts';

/**
 * Starts the delivery of an event, unless it was started before.
 *
 * @param options.isAgain - one that has failed is started again.
 * @returns whether it was started now.
 */
export async function startDelivery(
  { workflow }: Pick<Client, 'workflow'>,
  input: EventInput,
  { taskQueue, isAgain = false }: { taskQueue: string; isAgain?: boolean },
): Promise<boolean> {
  try {
    await workflow.start<(input: EventInput) => Promise<void>>(EVENT_WORKFLOW, {
      workflowId: eventWorkflowId(input.endpoint, input.id),
      taskQueue,
      args: [input],
      workflowIdReusePolicy: isAgain ? 'ALLOW_DUPLICATE_FAILED_ONLY' : 'REJECT_DUPLICATE',
      workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT,
      memo: { [MEMO]: input },
      staticSummary: `${input.type} to ${input.endpoint}`,
      typedSearchAttributes: [{ key: searchKey('CountersignTenant'), value: input.tenant }],
    });
    return true;
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return false;
    throw error;
  }
}
