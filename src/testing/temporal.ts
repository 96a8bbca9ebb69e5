import { startTemporalServer, type TemporalServer } from '../cli/temporal/server.ts';
import { environment } from '../config/variables.ts';

/**
 * One Temporal server for all gates of a process, started by the first one that needs it. It ends with the process: the next test file's gate
 * need not wait for another one. COUNTERSIGN_TEST_TEMPORAL_ADDRESS names a server to use in its place; TEMPORAL_ADDRESS does not, so that no
 * test runs against a server that matters by accident.
 */
let server: Promise<TemporalServer> | undefined;

export async function sharedTemporal(onProgress: (message: string) => void): Promise<{ address: string }> {
  const given = environment.COUNTERSIGN_TEST_TEMPORAL_ADDRESS;
  server ??= startTemporalServer({
    uiPort: false,
    namespace: NAMESPACE,
    env: { ...environment, TEMPORAL_ADDRESS: given },
    onProgress,
  });
  try {
    const running = await server;
    // A test process that has nothing else to do may end; its server then ends as well.
    running.unref();
    return { address: running.address };
  } catch (error) {
    server = undefined;
    throw error;
  }
}

export const NAMESPACE = 'default';
