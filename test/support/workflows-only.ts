import { NativeConnection, Worker } from '@temporalio/worker';

import type { Ground } from './create-world.ts';

/**
 * A worker that takes workflow tasks and no activities: what is asked of an activity waits until another worker comes. It has no store.
 *
 * @param local - its local activities.
 * @returns what stops it.
 */
export async function startWorkflowsOnly(
  { address, bundlePath }: Required<Ground>,
  taskQueue: string,
  local: Record<string, (input: never) => Promise<unknown>> = {},
): Promise<() => Promise<void>> {
  const connection = await NativeConnection.connect({ address });
  const worker = await Worker.create({
    ...{ connection, namespace: 'default', taskQueue, workflowBundle: { codePath: bundlePath } },
    stickyQueueScheduleToStartTimeout: '2s',
    activities: { writeRecord: () => Promise.resolve({ record: 'unrecorded' }), ...local },
    enableNonLocalActivities: false,
  });
  const running = worker.run();
  return async () => {
    worker.shutdown();
    await running;
    await connection.close();
  };
}
