import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import type { SigningKey } from '@countersign/receipts';
import { z } from 'zod';

import { launchCommand, type Launch } from '../src/cli/child-process.ts';
import { createSupervisor, type SupervisorEvent } from '../src/cli/supervisor.ts';
import { launchTemporal } from '../src/cli/temporal/launch.ts';
import { makeApiKeys, makeSigningKey } from './keys.ts';
import type { Approver } from './people.ts';
import { startSameIds } from './same-ids.ts';
import { createLock } from './store/lock.ts';
import { startStore, type StoreKind, type StoreUnderTest } from './store/store.ts';
import type { GatewaySettings, Plant, SimulatorSettings, WorkerSettings } from './settings.ts';

export const WORKERS = ['worker-1', 'worker-2'] as const;
export type ProcessName = 'temporal' | 'simulator' | 'gateway' | 'store' | (typeof WORKERS)[number];

/** Everything under test, each a process of its own that is started again when it dies. */
export interface Processes {
  gateway: string;
  /** Base URL with `/v1`. */
  simulator: string;
  /** host:port */
  temporal: string;
  keys: { service: string; approvers: Record<Approver, string> };
  ledgerFile: string;
  store: Pick<StoreUnderTest, 'directUrl' | 'cut'>;
  /** What the gateway signs with, for decisions that are left as it would leave them; and where its public key is. */
  signingKey: SigningKey;
  trustedKeysFile: string;
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
  store: StoreKind;
  plant?: Plant | undefined;
  onEvent: (event: SupervisorEvent) => void;
}

const Url = z.object({ url: z.string() });
/** How long a file is locked when a store dies that has no process of its own. Longer than a reply waits for its entries. */
const LOCKED_MS = 3_000;

export async function startProcesses(options: ProcessesOptions): Promise<Processes> {
  const { folder, control, plant = null } = options;
  const pids = new Set<number>();
  const log = createWriteStream(join(folder, 'processes.log'));
  const names: readonly ProcessName[] = [
    ...(['temporal', 'simulator', 'gateway', ...WORKERS] as const),
    ...(options.store === 'postgres' ? (['store'] as const) : []),
  ];
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
  let store: StoreUnderTest | undefined;
  try {
    const use = await startStore(options.store, folder, supervisor);
    store = use;
    const { url, directUrl } = store;
    const cut: StoreUnderTest['cut'] = (forMs) => use.cut(forMs);
    const lock = options.store === 'sqlite' ? createLock(cut, options.onEvent) : undefined;
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
    const { keys, apiKeysFile } = await makeApiKeys(folder);
    const { signingKey, ...signing } = await makeSigningKey(folder);
    const common = { control, temporal, plant, store: url, ...signing };
    const sessionSecret = randomBytes(32).toString('base64url');
    const gateway = await supervisor.start(
      'gateway',
      launchOnPort('gateway', (port): GatewaySettings => ({
        name: 'gateway',
        ...{ ...common, port, apiKeysFile, sessionSecret },
      })),
    );
    const sameIds = await startSameIds(simulator.url);
    const ledgerFile = join(folder, 'effects.db');
    for (const name of WORKERS) {
      const settings: WorkerSettings = {
        ...{ ...common, name, ledgerFile },
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
      store: { directUrl, cut },
      signingKey,
      trustedKeysFile: signing.trustedKeysFile,
      kill(name, { signal = 'SIGKILL', ...how } = {}) {
        if (name === 'store' && lock) return lock.hold(LOCKED_MS);
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
          if (names.every((name) => name in up) && lock?.isHeld() !== true) return true;
          await sleep(50);
        }
        return false;
      },
      isUp: (name) => (name === 'store' && lock ? !lock.isHeld() : name in supervisor.pids()),
      everyPid: () => [...pids],
      async stop() {
        await supervisor.stop();
        await sameIds.close();
        await store?.close();
        log.end();
      },
    };
  } catch (error) {
    await supervisor.stop();
    await store?.close();
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
