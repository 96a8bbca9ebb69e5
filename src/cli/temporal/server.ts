import { environment, temporalConfig } from '../../config.ts';
import { obtainTemporal, type BinarySource } from './binary.ts';
import type { Environment, TemporalContext } from './context.ts';
import { checkExistingServer } from './existing.ts';
import type { GuardedExit } from './guarded.ts';
import { startServer } from './start.ts';

export interface TemporalServerOptions {
  /** Port of the gRPC frontend; 0 or absent takes a free one. */
  port?: number;
  /** Port of the web UI; 0 or absent takes a free one, false goes without. */
  uiPort?: number | false;
  /** Keeps state here, and across restarts; absent keeps it in memory. */
  databaseFile?: string;
  /** Default: TEMPORAL_NAMESPACE, else `default`. Created when the server is ours. */
  namespace?: string;
  /** Hears sentences for people while a server is looked for, downloaded, compiled, started. */
  onProgress?: (message: string) => void;
  /** The server's own output is appended here. */
  logFile?: string;
  /** Default: process.env. */
  env?: Environment;
  /** Where the CLI is downloaded from; default: Temporal's own download address. */
  downloadUrl?: string;
  /** Abort it when the server is not wanted any more while it is being looked for or started. */
  signal?: AbortSignal;
}

export interface TemporalServer {
  /** host:port of the gRPC frontend. */
  address: string;
  namespace: string;
  /** null without a UI, and for a server that is not ours. */
  uiUrl: string | null;
  /** null when the server is not ours. */
  pid: number | null;
  source: 'address' | BinarySource;
  /** Ends the server: SIGTERM, SIGKILL after 3 s. Does nothing to a server that is not ours. */
  stop(): Promise<void>;
  /** This process may end although it runs, and it ends then. */
  unref(): void;
  /** Settles when the server has ended, stopped or not. Never settles for a server that is not ours. */
  exited: Promise<GuardedExit>;
}

/**
 * Finds, or gets and starts, a Temporal server that is ready: the namespace answers, the search attributes are registered.
 *
 * In this order: the server of TEMPORAL_ADDRESS · `temporal` on PATH · an earlier download or compilation · a download · a
 * compilation with Go. A server started here ends with this process, even when it is killed.
 *
 * @throws TemporalServerError with what was tried, what was found and what to do
 */
export async function startTemporalServer(options: TemporalServerOptions = {}): Promise<TemporalServer> {
  const env = options.env ?? environment;
  const context: TemporalContext = {
    env,
    onProgress: options.onProgress ?? (() => undefined),
    signal: options.signal ?? new AbortController().signal,
  };
  const namespace = options.namespace ?? temporalConfig(env).namespace;
  const address = env.TEMPORAL_ADDRESS;

  if (address) {
    await checkExistingServer({ address, namespace, context });
    return {
      ...{ address, namespace, uiUrl: null, pid: null, source: 'address' },
      stop: () => Promise.resolve(),
      unref: () => undefined,
      exited: new Promise(() => undefined),
    };
  }

  const { downloadUrl, port, uiPort, databaseFile, logFile } = options;
  const { file, source } = await obtainTemporal(context, downloadUrl);
  const started = await startServer({
    ...{ binary: file, namespace, context },
    ...{ port, uiPort, databaseFile, logFile },
  });
  context.onProgress(`Temporal is ready at ${started.address}`);
  return {
    ...{ address: started.address, uiUrl: started.uiUrl, namespace, source },
    pid: started.process.pid,
    stop: () => started.process.stop(),
    unref: () => started.process.unref(),
    exited: started.process.exited,
  };
}
