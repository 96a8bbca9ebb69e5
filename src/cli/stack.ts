import { randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { Jwks } from '@countersign/receipts';
import { z } from 'zod';

import { environment, providerConfig, type Environment } from '../config.ts';
import type { Protocol } from '../contracts/run.ts';
import { createApiKey, createInboxLink, SCOPES } from '../gateway/app.ts';
import { createWebhookSecret } from '../contracts/webhooks/signature.ts';
import { launchCommand, type Launch } from './child-process.ts';
import { SESSION_SECRET_FILE, type DevFile } from './files/dev-file.ts';
import { writeKeys } from './keys/keys.ts';
import { writePrivateFile } from './files/private-file.ts';
import { makeSigningPair } from './files/signing-keys.ts';
import { DEV_TENANT, localUser } from './session.ts';
import { createSupervisor, type Supervisor, type SupervisorEvent } from './supervisor.ts';
import { launchTemporal } from './temporal/launch.ts';
import { startTemporalServer } from './temporal/server.ts';

/** Where the processes listen; 0 takes a free port. */
export interface Ports {
  gateway: number;
  simulator: number;
  temporal: number;
  temporalUi: number;
}

export interface StackOptions {
  /** Where keys and secrets of this stack are written. */
  folder: string;
  /** Keep the state of Temporal and of the simulator in `folder`; else both live in memory. */
  keepsState: boolean;
  /** Store and signing keys are this run's own, whatever the environment says. Decisions must then be signed by its gateway. */
  isSigned?: boolean;
  /** Where everything listens; free ports without it. */
  ports?: Ports;
  applicationFile: string;
  /** The protocol that worker and provider speak; COUNTERSIGN_PROVIDER or its default when absent. */
  protocol?: Protocol;
  /** How long a run of the simulator lives. */
  runTtlSeconds: number;
  /** What the simulated model does; its refund desk when absent. */
  scenarioFile?: string;
  onProgress: (message: string) => void;
  onEvent: (event: SupervisorEvent) => void;
  onOutput: (name: string, line: string) => void;
}

/** Temporal, simulator, worker and gateway, each a process of its own that is restarted when it dies. */
export interface Stack extends Pick<Supervisor, 'kill' | 'restart' | 'stop'> {
  /** What `dev` writes to its file; the pids are those of this moment. */
  describe(): Promise<DevFile>;
  /**
   * Puts a worker with the application as it is now in the place of the one that runs.
   *
   * @throws NotReadyError when it does not come up; the one before goes on
   */
  replaceWorker(): Promise<void>;
  /** Of the pair that signs for this run alone; null where the environment says who signs. */
  publicKeys: Jwks | null;
  /** The application's files: the one that was named, and those of the project that it loads. */
  applicationFiles(): string[];
}

const main = fileURLToPath(new URL(`./main${extname(import.meta.url)}`, import.meta.url));
const FREE: Ports = { gateway: 0, simulator: 0, temporal: 0, temporalUi: 0 };
const Url = z.object({ url: z.string() });
const Loaded = z.object({ files: z.array(z.string()) });

/** Starts everything one machine needs, in order, and resolves once all of it answers. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { folder, keepsState, isSigned = false, ports = FREE, onProgress } = options;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const secrets = await writeSecrets(folder);
  const supervisor = createSupervisor({ onEvent: options.onEvent, onOutput: options.onOutput });
  try {
    const temporal = await startTemporal();
    const store = { COUNTERSIGN_DATABASE_URL: `sqlite:${join(folder, 'store.sqlite')}` };
    const signing = isSigned ? await writeSigningKeys(folder) : null;
    const own = {
      ...(signing === null
        ? { ...store, ...environment }
        : { ...environment, ...store, ...signing.variables }),
      TEMPORAL_ADDRESS: temporal.address,
      TEMPORAL_NAMESPACE: temporal.namespace,
    };

    const usesSimulator = providerConfig().apiKey === undefined;
    const simulator = usesSimulator ? await startSimulatorProcess(own) : null;
    const provider =
      simulator === null ? {} : { OPENAI_API_KEY: 'simulator', OPENAI_BASE_URL: simulator.url };

    onProgress('Starting the worker');
    const bundle = join(folder, 'workflow-bundle.js');
    await rm(bundle, { force: true }); // an earlier start's may be of other code
    const workerArgs = ['worker', '--config', options.applicationFile, '--workflow-bundle', bundle];
    const protocol = options.protocol === undefined ? {} : { COUNTERSIGN_PROVIDER: options.protocol };
    let loaded = await supervisor.start(
      'worker',
      launch(workerArgs, Loaded, { ...own, ...provider, ...protocol }),
    );

    onProgress('Starting the gateway');
    const gatewayEnvironment = {
      ...own,
      ...provider,
      COUNTERSIGN_API_KEYS: secrets.apiKeysFile,
      COUNTERSIGN_WEBHOOK_SECRETS: secrets.webhookSecretsFile,
      COUNTERSIGN_SESSION_SECRET: secrets.sessionSecret,
    };
    const gateway = await supervisor.start(
      'gateway',
      launchOnPort(['gateway'], gatewayEnvironment, 'COUNTERSIGN_GATEWAY_PORT', ports.gateway),
    );

    return {
      kill: (...args) => supervisor.kill(...args),
      restart: (name) => supervisor.restart(name),
      stop: () => supervisor.stop(),
      replaceWorker: async () => {
        loaded = Loaded.parse(await supervisor.replace('worker'));
      },
      publicKeys: signing?.publicKeys ?? null,
      applicationFiles: () => [options.applicationFile, ...loaded.files],
      describe: async () => ({
        gateway: gateway.url,
        simulator: simulator?.url ?? null,
        temporal: temporal.address,
        temporalUi: temporal.uiUrl,
        apiKey: secrets.apiKey,
        webhookSecret: secrets.webhookSecret,
        inboxLink: await createInboxLink({
          sessionSecret: secrets.sessionSecret,
          baseUrl: gateway.url,
          tenant: DEV_TENANT,
          approver: { id: localUser() },
        }),
        pids: { main: process.pid, ...supervisor.pids() },
      }),
    };
  } catch (error) {
    await supervisor.stop();
    throw error;
  }

  function startTemporal() {
    if (environment.TEMPORAL_ADDRESS) return startTemporalServer({ onProgress });
    const state = keepsState
      ? { databaseFile: join(folder, 'temporal.db'), logFile: join(folder, 'temporal.log') }
      : {};
    return supervisor.start(
      'temporal',
      launchTemporal({ onProgress, port: ports.temporal, uiPort: ports.temporalUi, ...state }),
    );
  }

  function startSimulatorProcess(own: Environment) {
    onProgress('Starting the simulator, which plays OpenAI');
    const args = ['simulator', '--ttl', String(options.runTtlSeconds)];
    if (keepsState) args.push('--state', join(folder, 'simulator.state'));
    if (options.scenarioFile !== undefined) args.push('--scenario', options.scenarioFile);
    return supervisor.start(
      'simulator',
      launchOnPort(args, own, 'COUNTERSIGN_SIMULATOR_PORT', ports.simulator),
    );
  }
}

function launch<Info>(args: string[], ready: z.ZodType<Info>, env: Environment): Launch<Info> {
  return launchCommand({ args: [...process.execArgv, main, ...args], ready, env });
}

/** A process that comes back on the port it had, so that everyone who knows it finds it again. */
function launchOnPort(
  args: string[],
  env: Environment,
  variable: string,
  firstPort: number,
): Launch<z.infer<typeof Url>> {
  let port = firstPort;
  return async (context) => {
    const running = await launch(args, Url, { ...env, [variable]: String(port) })(context);
    port = Number(new URL(running.info.url).port);
    return running;
  };
}

/** New keys and secrets at every start, in files only their owner can read. */
async function writeSecrets(folder: string) {
  const { key: apiKey, entry } = createApiKey({ name: localUser(), tenant: DEV_TENANT, scopes: [...SCOPES] });
  const webhookSecret = createWebhookSecret();
  const apiKeysFile = join(folder, 'api-keys.json');
  const webhookSecretsFile = join(folder, 'webhook-secrets.json');
  await writeKeys(apiKeysFile, [entry]);
  const sources = [{ source: 'dev', tenant: DEV_TENANT, secrets: [webhookSecret] }];
  await writePrivateFile(webhookSecretsFile, `${JSON.stringify({ sources }, null, 2)}\n`);
  const sessionSecret = randomBytes(32).toString('base64url');
  await writePrivateFile(join(folder, SESSION_SECRET_FILE), sessionSecret);
  return { apiKey, apiKeysFile, webhookSecret, webhookSecretsFile, sessionSecret };
}

async function writeSigningKeys(folder: string) {
  const { privateJwk, publicJwk } = await makeSigningPair();
  const publicKeys: Jwks = { keys: [publicJwk] };
  const variables = {
    COUNTERSIGN_SIGNING_KEY: join(folder, 'signing-key.json'),
    COUNTERSIGN_TRUSTED_KEYS: join(folder, 'trusted-keys.json'),
  };
  await writePrivateFile(variables.COUNTERSIGN_SIGNING_KEY, JSON.stringify(privateJwk));
  await writePrivateFile(variables.COUNTERSIGN_TRUSTED_KEYS, JSON.stringify(publicKeys));
  return { publicKeys, variables };
}
