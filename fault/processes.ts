import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { z } from 'zod';

import { launchCommand, type Launch } from '../src/cli/child-process.ts';
import { writeKeys } from '../src/cli/keys.ts';
import { createSupervisor, type SupervisorEvent } from '../src/cli/supervisor.ts';
import { launchTemporal } from '../src/cli/temporal/launch.ts';
import { createApiKey } from '../src/gateway/app.ts';
import { APPROVERS, type Approver } from './plan.ts';
import { startSameIds } from './same-ids.ts';
import {
  TENANT,
  type GatewaySettings,
  type Plant,
  type SimulatorSettings,
  type WorkerSettings,
} from './settings.ts';

export const WORKERS = ['worker-1', 'worker-2'] as const;
export type ProcessName = 'temporal' | 'simulator' | 'gateway' | (typeof WORKERS)[number];

/** Everything under test, each a process of its own that is started again when it dies. */
export interface Processes {
  gateway: string;
  /** Base URL with `/v1`. */
  simulator: string;
  /** host:port */
  temporal: string;
  keys: { service: string; approvers: Record<Approver, string> };
  ledgerFile: string;
  /** By SIGKILL, or by SIGTERM, as a deploy ends it. @returns whether it was up */
  kill(name: ProcessName, options?: { restart?: boolean; signal?: 'SIGKILL' | 'SIGTERM' }): boolean;
  restart(name: ProcessName): Promise<void>;
  /** Waits until all of them are up, at most so long. */
  allUp(withinMs: number): Promise<boolean>;
  isUp(name: ProcessName): boolean;
  /** Every process there ever was. */
  everyPid(): number[];
  stop(): Promise<void>;
}

export interface ProcessesOptions {
  /** Keys, databases and logs are written here. */
  folder: string;
  workflowBundle: string;
  control: string;
  runTtlSeconds: number;
  plant?: Plant | undefined;
  onEvent: (event: SupervisorEvent) => void;
}

const Url = z.object({ url: z.string() });
const NAMES: readonly ProcessName[] = ['temporal', 'simulator', 'gateway', ...WORKERS];

export async function startProcesses(options: ProcessesOptions): Promise<Processes> {
  const { folder, control, plant = null } = options;
  const pids = new Set<number>();
  const log = createWriteStream(join(folder, 'processes.log'));
  const supervisor = createSupervisor({
    onEvent: (event) => {
      if ('pid' in event) pids.add(event.pid);
      log.write(`${new Date().toISOString()} ${JSON.stringify(event)}\n`);
      options.onEvent(event);
    },
    onOutput: (name, line) => log.write(`${name} ${line}\n`),
    // Death is what this is about: whoever dies is back as soon as it can be.
    backoff: { firstMs: 100, maxMs: 2_000, steadyMs: 0 },
  });
  try {
    const { address: temporal } = await supervisor.start(
      'temporal',
      launchTemporal({
        uiPort: false,
        namespace: 'default',
        databaseFile: join(folder, 'temporal.db'),
        logFile: join(folder, 'temporal.log'),
        // One of our own, whatever this machine uses otherwise: it is going to be killed.
        env: { ...process.env, TEMPORAL_ADDRESS: undefined },
      }),
    );
    const simulator = await supervisor.start(
      'simulator',
      launchOnPort('simulator', (port): SimulatorSettings => ({
        port,
        stateFile: join(folder, 'simulator.state'),
        runTtlSeconds: options.runTtlSeconds,
        // A strict server would refuse what the plant does.
        profile: plant === 'double-submit' ? ['submit-ignored'] : [],
      })),
    );
    const { keys, apiKeysFile } = await makeKeys(folder);
    const sessionSecret = randomBytes(32).toString('base64url');
    const gateway = await supervisor.start(
      'gateway',
      launchOnPort('gateway', (port): GatewaySettings => ({
        name: 'gateway',
        ...{ control, temporal, plant, port, apiKeysFile, sessionSecret },
      })),
    );
    const sameIds = await startSameIds(simulator.url);
    const ledgerFile = join(folder, 'effects.db');
    for (const name of WORKERS) {
      const settings: WorkerSettings = {
        ...{ name, control, temporal, plant, ledgerFile },
        provider: sameIds.url,
        workflowBundle: options.workflowBundle,
      };
      await supervisor.start(name, launchFile('worker', settings, z.unknown()));
    }
    return {
      gateway: gateway.url,
      simulator: simulator.url,
      temporal,
      keys,
      ledgerFile,
      kill(name, { signal = 'SIGKILL', ...how } = {}) {
        try {
          return supervisor.kill(name, signal, how);
        } catch {
          return false; // it died in this moment
        }
      },
      restart: (name) => supervisor.restart(name),
      async allUp(withinMs) {
        const giveUpAt = Date.now() + withinMs;
        while (Date.now() < giveUpAt) {
          const up = supervisor.pids();
          if (NAMES.every((name) => name in up)) return true;
          await sleep(50);
        }
        return false;
      },
      isUp: (name) => name in supervisor.pids(),
      everyPid: () => [...pids],
      async stop() {
        await supervisor.stop();
        await sameIds.close();
        log.end();
      },
    };
  } catch (error) {
    await supervisor.stop();
    log.end();
    throw error;
  }
}

function launchFile<Info>(
  file: 'worker' | 'gateway' | 'simulator',
  settings: WorkerSettings | GatewaySettings | SimulatorSettings,
  ready: z.ZodType<Info>,
): Launch<Info> {
  const entry = fileURLToPath(new URL(`./${file}.ts`, import.meta.url));
  const args = [
    ...process.execArgv,
    '--disable-warning=ExperimentalWarning',
    entry,
    JSON.stringify(settings),
  ];
  return launchCommand({ args, ready, graceMs: 6_000 });
}

/** It comes back on the port it had, so that everyone who knows it finds it again. */
function launchOnPort(
  file: 'gateway' | 'simulator',
  settings: (port: number) => GatewaySettings | SimulatorSettings,
): Launch<z.output<typeof Url>> {
  let port = 0;
  return async (context) => {
    const running = await launchFile(file, settings(port), Url)(context);
    port = Number(new URL(running.info.url).port);
    return running;
  };
}

/** One key for the service that starts turns, one for each person. */
async function makeKeys(folder: string) {
  const service = createApiKey({ name: 'service', tenant: TENANT, scopes: ['turns:write'] });
  const people = APPROVERS.map((name) =>
    createApiKey({ name, tenant: TENANT, scopes: ['approvals:read', 'approvals:decide'] }),
  );
  const apiKeysFile = join(folder, 'api-keys.json');
  await writeKeys(apiKeysFile, [service.entry, ...people.map(({ entry }) => entry)]);
  const approvers = Object.fromEntries(people.map(({ key, entry }) => [entry.name, key]));
  return { apiKeysFile, keys: { service: service.key, approvers: approvers as Record<Approver, string> } };
}
