import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import {
  loadScenario,
  parseScenario,
  type Scenario,
  type SimulatorOptions,
} from '@countersign/openai-simulator';
import type { SigningKey } from '@countersign/receipts';
import { randomBytes } from 'node:crypto';

import { ID_RULES, isTenant } from '../contracts/ids.ts';
import { PROTOCOLS, type Protocol } from '../contracts/run.ts';
import { isApp, type App } from '../define/app.ts';
import { toMs, type Duration } from '../define/duration.ts';
import type { EventOptions } from '../notices/events/endpoints.ts';
import type { Approvers } from './approvers/script.ts';
import { TestingError } from './production.ts';
import type { WorkerPlace } from './workers/worker.ts';

/** What `startGate` takes. */
export interface GateOptions {
  /**
   * The application. As a value its worker runs in the test's process, so that tools and test share variables. As the path or URL of a
   * file that exports it as default, its worker is a process of its own.
   */
  app: App | string | URL;
  /** What the simulated model does, or a JSON file that says so. Default: the simulator's refund desk. */
  scenario?: unknown;
  /** The protocol that worker and simulator speak. @default 'assistants' */
  protocol?: Protocol;
  /** Default: one of its own. */
  tenant?: string;
  /** How long `asked`, `reply` and the like wait before they say what they waited for. @default '4.5s' */
  patience?: Duration;
  /** Decide what is asked; see `approvers`. */
  approvers?: Approvers;
  /** What the simulator takes beside that: a profile, how long runs live, how long the model thinks. */
  simulator?: Omit<SimulatorOptions, 'now' | 'scenario' | 'apiKey'>;
  /** Signs the decisions of the gate's cards and of its gateway, for a worker with `trustedKeys`. */
  signingKey?: SigningKey;
  /** What `createWorker` takes beside that, for an application given as a value. */
  worker?: WorkerPlace['more'];
  /** Keeps the record: `true` for a temporary SQLite file, or the URL of a database (`openStore`). Off by default. */
  store?: boolean | string;
  /**
   * Tells people of the gate's directory (`gate.store.people`) by mail, through this SMTP server; needs a `store`. Nobody is told by default.
   */
  mail?: { url: string; perHour?: number };
  /** Tells these programs of events; needs a `store`. None by default. */
  events?: EventOptions;
  /** Hears sentences for people while a Temporal server is looked for, downloaded, started. */
  onProgress?: (message: string) => void;
}

/** Less than the five seconds that Vitest gives a test, so that the reason is told before it ends. */
const PATIENCE = '4.5s';

export async function checkOptions(options: GateOptions) {
  const {
    app,
    protocol = 'assistants',
    tenant = `test-${randomBytes(4).toString('hex')}`,
    patience = PATIENCE,
  } = options;
  if (!PROTOCOLS.includes(protocol))
    throw new TestingError(`startGate: protocol "${protocol}" must be one of ${PROTOCOLS.join(', ')}.`);
  if (!isTenant(tenant)) throw new TestingError(`startGate: tenant "${tenant}" must be ${ID_RULES.tenant}.`);
  if (options.mail !== undefined && !options.store)
    throw new TestingError('startGate: "mail" needs a store, which has the directory. Add store: true.');
  if (options.events !== undefined && !options.store)
    throw new TestingError('startGate: "events" needs a store, which has the outbox. Add store: true.');
  const isFile = typeof app === 'string' || app instanceof URL;
  if (!isFile && !isApp(app)) {
    throw new TestingError(
      'startGate: app must be what defineApp returns, or the path or URL of a file that exports it as default.',
    );
  }
  if (isFile && options.worker !== undefined)
    throw new TestingError(
      'startGate: "worker" belongs to an application given as a value; this one is a file.',
    );
  return {
    app: isFile ? null : app,
    applicationFile: isFile ? toPath(app) : '',
    scenario: await toScenario(options.scenario),
    patienceMs: toMs(patience, 'patience'),
    simulator: options.simulator ?? {},
    worker: options.worker ?? {},
    ...{ protocol, tenant },
  };
}

async function toScenario(scenario: unknown): Promise<Scenario | undefined> {
  if (scenario === undefined) return undefined;
  if (typeof scenario === 'string' || scenario instanceof URL) return loadScenario(toPath(scenario));
  return parseScenario(scenario);
}

function toPath(file: string | URL): string {
  if (file instanceof URL) return fileURLToPath(file);
  return file.startsWith('file:') ? fileURLToPath(file) : resolve(file);
}
