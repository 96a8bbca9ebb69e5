import { fileURLToPath } from 'node:url';

import { NativeConnection, Runtime, Worker } from '@temporalio/worker';

import { endWithParent, tellReady } from '../../../src/cli/child-process.ts';
import type { PeerWorkerOptions } from '../../contest/contestant.ts';
import { refund } from '../refund.ts';
import { createPlugin, TASK_QUEUE } from './plugin.ts';

const { engine, simulator } = JSON.parse(process.argv[2] ?? '') as PeerWorkerOptions;
Runtime.install({ shutdownSignals: [] });
const worker = await Worker.create({
  // As Countersign's worker: to the same machine compressing only costs.
  connection: await NativeConnection.connect({
    address: engine.address ?? '',
    grpcCompression: { codec: 'none' },
  }),
  taskQueue: TASK_QUEUE,
  workflowsPath: fileURLToPath(new URL('./workflow.ts', import.meta.url)),
  activities: { refund },
  plugins: [createPlugin(simulator)],
  bundlerOptions: {
    // The ES module build of @openai/agents-core imports a module late; a workflow bundle has to be one piece.
    webpackConfigHook: (config) => ({
      ...config,
      module: { ...config.module, parser: { javascript: { dynamicImportMode: 'eager' } } },
    }),
  },
});
const working = worker.run();
process.once('SIGTERM', () => worker.shutdown());
endWithParent();
tellReady({});
await working;
