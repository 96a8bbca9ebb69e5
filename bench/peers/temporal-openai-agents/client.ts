import { Client, Connection, WithStartWorkflowOperation } from '@temporalio/client';

import { messageOf, type PeerLink, type Turns } from '../../contest/contestant.ts';
import { createPlugin, TASK_QUEUE } from './plugin.ts';

/** Update-with-start to begin a turn and hear that it waits; a signal to approve; the workflow's result for the reply. */
export async function createTurns({ engine }: PeerLink): Promise<Turns> {
  const connection = await Connection.connect({ address: engine.address ?? '' });
  const client = new Client({ connection, plugins: [createPlugin('http://not-called.invalid/v1')] });
  const workflowId = (id: string) => `openai-agents-${id}`;
  return {
    async hold(id) {
      const startWorkflowOperation = new WithStartWorkflowOperation('turn', {
        workflowId: workflowId(id),
        taskQueue: TASK_QUEUE,
        args: [messageOf(id)],
        workflowIdConflictPolicy: 'FAIL',
      });
      await client.workflow.executeUpdateWithStart('untilHeld', { startWorkflowOperation });
    },
    async approve(id) {
      await client.workflow.getHandle(workflowId(id)).signal('approve');
    },
    async reply(id) {
      await client.workflow.getHandle(workflowId(id)).result();
    },
    close: () => connection.close(),
  };
}
