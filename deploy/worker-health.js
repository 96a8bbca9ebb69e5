/**
 * Is the worker of this container polling? Asks Temporal who polls the task queue for workflow tasks, and ends with 0 when one
 * of them has this host's name and was seen a short while ago. A process that hangs, or that lost its connection, is not.
 */
import { hostname } from 'node:os';
import process from 'node:process';

import { Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';

const SEEN_WITHIN_MS = 180_000;
const WORKFLOW_TASKS = 1;

const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
const taskQueue = process.env.COUNTERSIGN_TASK_QUEUE || 'countersign';
const connection = await Connection.connect({ ...connectionOptions, connectTimeout: '5s' });
const { pollers } = await connection.workflowService.describeTaskQueue({
  namespace,
  taskQueue: { name: taskQueue },
  taskQueueType: WORKFLOW_TASKS,
});
await connection.close();

// The SDK names a worker pid@host.
const ours = pollers.filter(({ identity }) => identity?.endsWith(`@${hostname()}`));
const isPolling = ours.some(({ lastAccessTime }) => {
  const seenAtMs = Number(lastAccessTime?.seconds ?? 0) * 1_000;
  return Date.now() - seenAtMs < SEEN_WITHIN_MS;
});
// Docker keeps this line: `docker inspect` shows it.
process.stdout.write(
  `${isPolling ? 'A' : 'No'} worker of ${hostname()} polls ${taskQueue} in ${namespace}.\n`,
);
process.exitCode = isPolling ? 0 : 1;
