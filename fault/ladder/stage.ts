import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { startSimulator } from '@countersign/openai-simulator';
import { Client, Connection } from '@temporalio/client';
import { z } from 'zod';

import { launchCommand } from '../../src/cli/child-process.ts';
import { createSupervisor } from '../../src/cli/supervisor.ts';
import { launchTemporal } from '../../src/cli/temporal/launch.ts';
import { createClient, type CountersignClient } from '../../src/client.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { openMailbox, type Mailbox } from '../../test/support/mailbox.ts';
import { startSlack, type SlackServer } from '../../test/support/slack/server.ts';
import { NAMESPACE, TENANT } from '../settings.ts';
import { startStore, type StoreKind } from '../store/store.ts';
import { PEOPLE, SCENARIO } from './app.ts';
import { LADDER_QUEUE, type LadderPlant, type LadderWorkerSettings } from './settings.ts';

export const LADDER_WORKERS = ['worker-1', 'worker-2'] as const;

/** Temporal, two workers that are killed, and the channels: an SMTP server, and a server that plays Slack. */
export interface LadderStage {
  client: CountersignClient;
  temporal: Client;
  store: Store;
  mailbox: Mailbox;
  slack: SlackServer;
  /** By SIGKILL; it comes back. @returns whether it was up */
  kill(name: (typeof LADDER_WORKERS)[number]): boolean;
}

export async function withLadderStage<T>(
  options: { folder: string; workflowBundle: string; store: StoreKind; plant: LadderPlant | null },
  play: (stage: LadderStage) => Promise<T>,
): Promise<T> {
  const { folder, workflowBundle, plant } = options;
  await using closing = new AsyncDisposableStack();
  const log = createWriteStream(join(folder, 'processes.log'));
  closing.defer(() => void log.end());
  const supervisor = createSupervisor({
    onOutput: (name, line) => log.write(`${name} ${line}\n`),
    onEvent: (event) => log.write(`${new Date().toISOString()} ${JSON.stringify(event)}\n`),
    backoff: { firstMs: 100, maxMs: 2_000, steadyMs: 0 },
  });
  const mailbox = await openMailbox();
  closing.defer(() => mailbox.close());
  const slack = await startSlack();
  closing.defer(() => slack.close());
  for (const { slackId } of PEOPLE) if (slackId != null) slack.users.set(slackId, { id: slackId });
  const simulator = await startSimulator({ port: 0, runTtlSeconds: 3_600, scenario: SCENARIO });
  closing.defer(() => simulator.close());
  const kept = await startStore(options.store, folder, supervisor);
  closing.defer(() => kept.close());
  closing.defer(() => supervisor.stop());
  const { address } = await supervisor.start(
    'temporal',
    launchTemporal({
      ...{ uiPort: false, namespace: NAMESPACE, databaseFile: join(folder, 'temporal.db') },
      logFile: join(folder, 'temporal.log'),
      env: { ...process.env, TEMPORAL_ADDRESS: undefined },
    }),
  );
  const store = await openStore({ url: kept.directUrl });
  closing.defer(() => store.close());
  await store.people.put(TENANT, PEOPLE);
  const settings: LadderWorkerSettings = {
    ...{ temporal: address, provider: simulator.url, store: kept.url, workflowBundle, plant },
    ...{ mail: mailbox.url, slack: slack.apiUrl },
  };
  const entry = fileURLToPath(new URL('./worker.ts', import.meta.url));
  const args = [
    ...process.execArgv,
    '--disable-warning=ExperimentalWarning',
    entry,
    JSON.stringify(settings),
  ];
  for (const name of LADDER_WORKERS)
    await supervisor.start(name, launchCommand({ args, ready: z.unknown(), graceMs: 6_000 }));
  const connection = await Connection.connect({ address });
  closing.defer(() => connection.close());
  const client = await createClient({
    ...{ connection: { address }, namespace: NAMESPACE, taskQueue: LADDER_QUEUE },
  });
  closing.defer(() => client.close());
  return await play({
    ...{ client, store, mailbox, slack },
    temporal: new Client({ connection, namespace: NAMESPACE }),
    kill(name) {
      try {
        return supervisor.kill(name, 'SIGKILL');
      } catch {
        return false; // it is just being started again
      }
    },
  });
}
