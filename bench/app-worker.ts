import { readFile } from 'node:fs/promises';

import { readKeys } from '@countersign/receipts';

import { endWithParent, tellReady } from '../src/cli/child-process.ts';
import { useJsonLogs } from '../src/cli/worker-log.ts';
import { collectWhenIdle, keepHeapsSmall } from '../src/cli/worker-memory.ts';
import type { Protocol } from '../src/contracts/run.ts';
import { openStore } from '../src/store/store.ts';
import { createWorker } from '../src/worker.ts';
import { keptBundle } from '../src/workflow-bundle/of-worker.ts';
import app from './app.ts';

/** What the program gets as its only argument, in JSON. */
export interface AppWorkerOptions {
  taskQueue: string;
  /** Base URL of the simulator, with `/v1`. */
  simulator: string;
  /** File of the workflow bundle, which all workers of a stage share. */
  bundle: string;
  protocol?: Protocol;
  maxCachedWorkflows?: number;
  /** URL of the store and file of the trusted keys; without them nothing is recorded or verified. */
  record?: { database: string; trustedKeys: string };
}

/** A worker of the application under measurement, as `countersign worker` runs it, on a task queue of its own. */
const { taskQueue, simulator, bundle, protocol, maxCachedWorkflows, record } = JSON.parse(
  process.argv[2] ?? '',
) as AppWorkerOptions;
useJsonLogs();
keepHeapsSmall();
collectWhenIdle({
  onFailed: (error) => {
    throw error;
  },
});
const store = record && (await openStore({ url: record.database }));
const worker = await createWorker({
  app,
  provider: { apiKey: 'simulator', baseURL: simulator, ...(protocol && { protocol }) },
  temporal: { connection: { address: process.env.TEMPORAL_ADDRESS ?? '' }, namespace: 'default', taskQueue },
  maxCachedWorkflows,
  workflowBundle: await keptBundle(bundle),
  store,
  ...(record && { trustedKeys: await readKeys(await readFile(record.trustedKeys, 'utf8')) }),
});
const working = worker.run();
process.once('SIGTERM', () => worker.shutdown());
endWithParent();
tellReady({});
await working;
await store?.close();
