import { endWithParent, tellReady } from '../src/cli/child-process.ts';
import { useJsonLogs } from '../src/cli/worker-log.ts';
import { createWorker } from '../src/worker.ts';
import app from './app.ts';

/** A worker of the application under measurement, on a task queue of its own: task queue, base URL, size of its cache. */
const [taskQueue = '', baseURL = '', maxCachedWorkflows = ''] = process.argv.slice(2);
useJsonLogs();
const worker = await createWorker({
  app,
  provider: { apiKey: 'simulator', baseURL },
  temporal: { connection: { address: process.env.TEMPORAL_ADDRESS ?? '' }, namespace: 'default', taskQueue },
  maxCachedWorkflows: Number(maxCachedWorkflows),
});
const working = worker.run();
process.once('SIGTERM', () => worker.shutdown());
endWithParent();
tellReady({});
await working;
