import type { Clock } from './clock.ts';
import type { Files } from './files/files.ts';
import type { VectorStores } from './files/vector-stores.ts';
import type { Api } from './http/router.ts';
import type { Rules } from './rules.ts';
import type { Webhook } from './responses/events.ts';
import type { Latency } from './latency.ts';
import type { Runs } from './assistants/runs.ts';
import type { Scenario } from './scenario/schema.ts';
import type { Store } from './state/store.ts';

/** What the routes share. */
export interface Parts {
  api: Api;
  store: Store;
  clock: Clock;
  runs: Runs;
  files: Files;
  vectorStores: VectorStores;
  maximumFileBytes: number;
  scenario: Scenario;
  latency: Latency;
  /** How late a list by metadata shows an agent session. */
  listMs: number;
  /** Who is told that a response in the background is over; nobody when absent. */
  webhook: Webhook | undefined;
  /** Lets time pass: real time, whatever the clock says. Rejects when the simulator closes meanwhile. */
  pause: (ms: number) => Promise<void>;
  rules: Rules;
}
