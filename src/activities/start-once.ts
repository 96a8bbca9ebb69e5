import { activityInfo, getClient } from '@temporalio/activity';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';

import { WORKFLOW_TASK_TIMEOUT } from '../contracts/workflow-names.ts';
import { searchKey } from '../contracts/search/key.ts';

/**
 * Starts a workflow on the task queue of this activity, unless it has been started before: its id is used once.
 *
 * @param options.isEager - the worker that starts it takes its first task with the answer.
 */
export async function startOnce<Workflow extends (input: never) => Promise<unknown>>(
  name: string,
  options: {
    workflowId: string;
    input: Parameters<Workflow>[0];
    memo: Record<string, unknown>;
    tenant: string;
    conversationId: string;
    isEager?: boolean;
  },
): Promise<void> {
  const { workflowId, input, memo, tenant, conversationId, isEager = false } = options;
  try {
    await getClient().workflow.start(name, {
      workflowId,
      taskQueue: activityInfo().taskQueue,
      args: [input],
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      requestEagerStart: isEager,
      workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT,
      memo,
      typedSearchAttributes: [
        { key: searchKey('CountersignTenant'), value: tenant },
        { key: searchKey('ConversationId'), value: conversationId },
      ],
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}
