import type { TestProject } from 'vitest/node';

import { startTemporalServer } from '../../src/cli/temporal/server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    temporalAddress: string;
  }
}

/**
 * One Temporal server for the whole test run, in memory. COUNTERSIGN_TEST_TEMPORAL_ADDRESS names another one to use;
 * TEMPORAL_ADDRESS does not, so that no test runs against a server that matters by accident.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startTemporalServer({
    uiPort: false,
    namespace: 'default',
    env: { ...process.env, TEMPORAL_ADDRESS: process.env.COUNTERSIGN_TEST_TEMPORAL_ADDRESS },
    onProgress: (message) => process.stderr.write(`${message}\n`),
  });
  project.provide('temporalAddress', server.address);
  process.env.COUNTERSIGN_TEST_TEMPORAL_ADDRESS = server.address; // where gates find it
  return () => server.stop();
}
