import type { Command } from 'commander';

import { ConfigError, noticeConfig, storeConfig, workerConfig } from '../config.ts';
import type { Protocol } from '../contracts/run.ts';
import { fromConfig } from '../interaction-log/from-config.ts';
import { noticeOptions } from '../notices/from-config.ts';
import { createWorker } from '../worker.ts';
import { endWithParent, tellReady } from './child-process.ts';
import { providerOption } from './dev.ts';
import { loadEvents } from './files/event-endpoints.ts';
import { loadKeys } from './files/signing-keys.ts';
import { loadTeams } from './files/teams-webhooks.ts';
import { loadApp } from './load-app.ts';
import { followLoads } from './loaded-files.ts';
import { logEvent, runCommand, untilStopped } from './run-command.ts';
import { openServiceStore } from './service-store.ts';
import { keptBundle } from '../workflow-bundle/of-worker.ts';
import { useJsonLogs } from './worker-log.ts';
import { collectWhenIdle, keepHeapsSmall } from './worker-memory.ts';

const SIGNS_ONLY =
  ' COUNTERSIGN_SIGNING_KEY is set, so decisions are signed, and nobody looks. Give this worker the public keys that the gateways have.';

interface Options {
  config?: string;
  workflowBundle?: string;
  provider?: Protocol;
}

export function addWorkerCommand(program: Command): void {
  program
    .command('worker')
    .description('run a worker: conversations, turns, tools')
    .option('--config <file>', 'the application file (default: COUNTERSIGN_CONFIG or countersign.config.ts)')
    .option(
      '--workflow-bundle <file>',
      'keep the bundle of the workflow code there, for a quicker start the next time',
    )
    .addOption(providerOption())
    .action(
      runCommand(async ({ config, workflowBundle, ...options }: Options) => {
        const configured = workerConfig();
        const { temporal, provider, applicationFile, deployment, maxCachedWorkflows, callbacks, handover } =
          configured;
        const { apiKey, baseURL } = provider;
        const protocol = options.provider ?? provider.protocol;
        if (apiKey === undefined) {
          throw new ConfigError('OPENAI_API_KEY is not set. Set it to the key of the provider.');
        }
        const keys = await loadKeys();
        const events = loadEvents();
        const loaded = followLoads();
        const app = await loadApp(config ?? applicationFile);
        if (configured.interactionLog !== undefined && app.interactionLog !== undefined) {
          throw new ConfigError(
            'COUNTERSIGN_INTERACTION_LOG is set, and the application declares an interactionLog of its own. Keep one of them.',
          );
        }
        const interactionLog = configured.interactionLog && fromConfig(configured.interactionLog);
        const told = noticeConfig();
        const channels = told && { ...told, teams: loadTeams(told.teams) };
        const store = await openServiceStore(storeConfig());
        const notices = noticeOptions(channels, store);
        useJsonLogs();
        keepHeapsSmall();
        collectWhenIdle({
          onFailed: (error) => logEvent('worker.collection_failed', { error: String(error) }),
        });
        const worker = await createWorker({
          app,
          provider: { apiKey, baseURL, protocol },
          temporal,
          deployment,
          maxCachedWorkflows,
          callbacks,
          ...(workflowBundle !== undefined && { workflowBundle: await keptBundle(workflowBundle) }),
          handover,
          isHinted: configured.isHinted,
          interactionLog,
          ...keys,
          store,
          ...(notices && { notices }),
          events,
        });
        const stopped = untilStopped();
        endWithParent();
        const working = worker.run();
        const { namespace, taskQueue } = temporal;
        logEvent('worker.started', {
          namespace,
          taskQueue,
          provider: protocol,
          assistants: app.assistants.map(({ name }) => name),
        });
        if (keys.trustedKeys === undefined) {
          logEvent('worker.trusts_everybody', {
            message: `COUNTERSIGN_TRUSTED_KEYS is not set: whoever can write to the Temporal namespace can decide as anybody.${
              keys.signingKey === undefined ? '' : SIGNS_ONLY
            }`,
          });
        }
        tellReady({ files: loaded() });
        void stopped.then(() => worker.shutdown());
        await working;
        await store.close();
        logEvent('worker.stopped');
      }),
    );
}
