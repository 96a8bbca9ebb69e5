import { endWithParent, tellReady } from '../src/cli/child-process.ts';
import { openServiceStore } from '../src/cli/service-store.ts';
import { useJsonLogs } from '../src/cli/worker-log.ts';
import { createMailChannel } from '../src/notices/mail/mail.ts';
import { createSlackChannel } from '../src/notices/slack/slack.ts';
import { createWorker } from '../src/worker.ts';
import { keptBundle } from '../src/workflow-bundle/of-worker.ts';
import { TOKEN } from '../test/support/slack/server.ts';
import app from './app.ts';

/** What the program gets as its only argument, in JSON. */
export interface NoticesWorkerOptions {
  taskQueue: string;
  /** Base URL of the simulator, with `/v1`. */
  simulator: string;
  bundle: string;
  database: string;
  /** Addresses of the SMTP server, of the server that plays Slack, and of what takes events; null for nobody is told. */
  channels: { mail: string; slack: string; events: string; secret: string } | null;
}

/** A worker with a store, that tells people and programs by three ways, or nobody. */
const { taskQueue, simulator, bundle, database, channels } = JSON.parse(
  process.argv[2] ?? '',
) as NoticesWorkerOptions;
useJsonLogs();
const store = await openServiceStore({ url: database });
const worker = await createWorker({
  app,
  provider: { apiKey: 'simulator', baseURL: simulator },
  temporal: { connection: { address: process.env.TEMPORAL_ADDRESS ?? '' }, namespace: 'default', taskQueue },
  workflowBundle: await keptBundle(bundle),
  store,
  ...(channels && {
    notices: {
      channels: [
        createMailChannel({ url: channels.mail, from: 'signoff@acme.example' }),
        createSlackChannel({ token: TOKEN, apiUrl: channels.slack }),
      ],
      publicUrl: 'https://inbox.acme.example',
      // One person is asked a thousand questions here.
      perHour: 1_000_000,
    },
    events: {
      endpoints: [{ name: 'bench', url: channels.events, secret: channels.secret }],
      hosts: [new URL(channels.events).host],
    },
  }),
});
const working = worker.run();
process.once('SIGTERM', () => worker.shutdown());
endWithParent();
tellReady({});
await working;
await store.close();
