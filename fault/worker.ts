import { readFile } from 'node:fs/promises';

import { readKeys } from '@countersign/receipts';
import { ApplicationFailure } from '@temporalio/common';

import { endWithParent, tellReady } from '../src/cli/child-process.ts';
import { untilStopped } from '../src/cli/run-command.ts';
import { useJsonLogs } from '../src/cli/worker-log.ts';
import { createAssistantsProvider } from '../src/providers/assistants/assistants.ts';
import type { Provider } from '../src/providers/provider.ts';
import { openServiceStore } from '../src/cli/service-store.ts';
import { createWorker } from '../src/worker.ts';
import { createFaultApp } from './app.ts';
import { openLedger } from './ledger.ts';
import { plantedLedger, plantedProvider } from './plants.ts';
import { createAround, LostAnswerError, type Around, type Effect } from './reach.ts';
import { plantedStore } from './store/plants.ts';
import { storeWithPoints } from './store/with-points.ts';
import { NAMESPACE, readSettings, TASK_QUEUE, WorkerSettings } from './settings.ts';

/** The worker under test: the real one, with the campaign's points around its provider and its tools. */
const settings = readSettings(WorkerSettings);
const around = createAround({ control: settings.control, process: settings.name });
const ledger = openLedger(settings.ledgerFile);
useJsonLogs();
const store = await openServiceStore({ url: settings.store });
const provider = createAssistantsProvider({ apiKey: 'simulator', baseURL: settings.provider });
const worker = await createWorker({
  app: createFaultApp({
    ledger: plantedLedger(ledger, settings.plant),
    around,
    isGated: settings.plant !== 'unasked',
    isOneEnough: settings.plant === 'one-vote',
  }),
  provider: withPoints(plantedProvider(provider, settings.plant), around),
  temporal: {
    connection: { address: settings.temporal },
    namespace: NAMESPACE,
    taskQueue: TASK_QUEUE,
  },
  store: storeWithPoints(plantedStore(store, settings.plant, settings.store), around),
  ...(settings.plant !== 'unsigned' && {
    trustedKeys: await readKeys(await readFile(settings.trustedKeysFile, 'utf8')),
  }),
  workflowBundle: { codePath: settings.workflowBundle },
});
const stopped = untilStopped();
endWithParent();
const working = worker.run();
tellReady({});
void stopped.then(() => worker.shutdown());
await working;
ledger.close();
await store.close();

/** The provider's methods that have an effect, or on whose answer an effect depends. Others pass unseen. */
function withPoints(inner: Provider, between: Around): Provider {
  const at = async <T>(effect: Effect, clue: unknown, work: () => Promise<T>): Promise<T> => {
    try {
      return await between(effect, clue, work);
    } catch (error) {
      if (!(error instanceof LostAnswerError)) throw error;
      // As the provider reports a connection that broke.
      throw ApplicationFailure.create({ type: 'Provider.Unreachable', message: error.message });
    }
  };
  return {
    ...inner,
    openThread: (request) => at('thread.open', request.metadata, () => inner.openThread(request)),
    findRun: (request) => at('run.find', [request.threadId, request.key], () => inner.findRun(request)),
    createRun: (request) => at('run.create', [request.threadId, request.key], () => inner.createRun(request)),
    retrieveRun: (run) => at('run.retrieve', run, () => inner.retrieveRun(run)),
    submitOutputs: (request) => at('outputs.submit', request.run, () => inner.submitOutputs(request)),
    findSubmitted: (request) => at('run.retrieve', request.run, () => inner.findSubmitted(request)),
    cancelRun: (run) => at('run.cancel', run, () => inner.cancelRun(run)),
    readReply: (run) => at('reply.read', run, () => inner.readReply(run)),
  };
}
