import { fileURLToPath } from 'node:url';

import { NativeConnection, Worker } from '@temporalio/worker';

import { endWithParent, tellReady } from '../src/cli/child-process.ts';
import { useJsonLogs } from '../src/cli/worker-log.ts';
import { createFloorActivities } from './floor-activities.ts';

/** The floor's worker, a process of its own like ours: address, task queue, base URL of the provider. */
const [address = '', taskQueue = '', baseURL = ''] = process.argv.slice(2);
useJsonLogs();
const worker = await Worker.create({
  connection: await NativeConnection.connect({ address, grpcCompression: { codec: 'none' } }), // as our worker's
  taskQueue,
  workflowsPath: fileURLToPath(new URL('./floor-workflow.ts', import.meta.url)),
  activities: createFloorActivities({ apiKey: 'simulator', baseURL }),
});
const working = worker.run();
process.once('SIGTERM', () => worker.shutdown());
endWithParent();
tellReady({});
await working;
