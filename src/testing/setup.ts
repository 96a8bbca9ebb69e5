import type { TemporalServer } from '../cli/temporal/server.ts';
import { startTemporalServer } from '../cli/temporal/server.ts';
import { environment } from '../config/variables.ts';
import { testingBundle } from './bundle.ts';
import { refuseInProduction } from './production.ts';
import { NAMESPACE } from './temporal.ts';

/**
 * One Temporal server for a whole run of tests, in place of one for each test file: name this module as `globalSetup` of Vitest, or run
 * `node --test --test-global-setup`. Gates find it by COUNTERSIGN_TEST_TEMPORAL_ADDRESS.
 */
let server: TemporalServer | undefined;

export async function setup(): Promise<() => Promise<void>> {
  refuseInProduction('The set-up of tests');
  const [started] = await Promise.all([
    startTemporalServer({
      uiPort: false,
      namespace: NAMESPACE,
      env: { ...environment, TEMPORAL_ADDRESS: environment.COUNTERSIGN_TEST_TEMPORAL_ADDRESS },
      onProgress: (message) => process.stderr.write(`${message}\n`),
    }),
    testingBundle(), // so that no two test files make it
  ]);
  server = started;
  process.env.COUNTERSIGN_TEST_TEMPORAL_ADDRESS = started.address;
  return teardown;
}

export async function teardown(): Promise<void> {
  const ended = server;
  server = undefined;
  await ended?.stop();
}

export { setup as globalSetup, teardown as globalTeardown };
