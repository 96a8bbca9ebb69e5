/** The worker of a gate, as a process of its own (own-process.ts). */
import { Client, Connection } from '@temporalio/client';

import { loadApp } from '../../cli/load-app.ts';
import { RETRIES } from '../../client/retries.ts';
import { openStore } from '../../store/store.ts';
import { createWorker } from '../../worker.ts';
import { MOVE_CLOCK } from '../clock/messages.ts';
import { reportsOnClock } from '../clock/reports.ts';
import { startsOnClock } from '../clock/starts.ts';
import { noting } from '../effects.ts';
import { appendEntry } from '../journal.ts';
import { refuseInProduction } from '../production.ts';
import { quietRuntime } from '../quiet.ts';
import { noticesBy } from './mail.ts';
import type { FromWorker, ToWorker, WorkerTask } from './process-messages.ts';

async function work(task: WorkerTask): Promise<void> {
  refuseInProduction("A gate's worker");
  quietRuntime();
  const { temporal, provider, bundle, effectsFile, storeUrl, mail, events } = task;
  const { address, ...own } = temporal;
  let { aheadMs } = task;
  process.on('message', ({ id, aheadMs: toMs }: ToWorker) => {
    aheadMs = toMs;
    tell({ type: 'clock', id });
  });
  const connection = await Connection.connect({ address, interceptors: RETRIES });
  const client = new Client({ connection, namespace: temporal.namespace });
  const app = noting(await loadApp(task.applicationFile), (note) => appendEntry(effectsFile, note));
  const store =
    storeUrl === null
      ? undefined
      : await openStore({ url: storeUrl, clock: () => Date.now() + aheadMs, onUnreachable: () => undefined });
  const worker = await createWorker({
    app,
    ...(mail && { notices: noticesBy(mail) }),
    ...(events && { events }),
    store,
    provider: { ...provider, apiKey: 'simulator' },
    temporal: { ...own, connection: { address } },
    workflowBundle: { codePath: bundle },
    interceptors: {
      activity: [reportsOnClock(() => aheadMs)],
      client: {
        workflow: [
          startsOnClock({
            aheadMs: () => aheadMs,
            onStart: (workflowId) => tell({ type: 'started', workflowId }),
            onOutrun: async (workflowId) => {
              await client.workflow.getHandle(workflowId).signal(MOVE_CLOCK, { aheadMs });
            },
          }),
        ],
      },
    },
  });
  for (const event of ['SIGTERM', 'disconnect']) process.on(event, () => worker.shutdown());
  const working = worker.run();
  tell({ type: 'ready' });
  await working;
  await store?.close();
  await connection.close();
  process.exit();
}

function tell(message: FromWorker): void {
  if (process.connected) process.send?.(message);
}

work(JSON.parse(process.argv[2] ?? '') as WorkerTask).catch((error: unknown) => {
  tell({ type: 'failed', reason: error instanceof Error ? error.message : String(error) });
  process.exitCode = 1;
  process.disconnect();
});
