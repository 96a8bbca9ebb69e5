import type { Launch } from '../child-process.ts';
import { startTemporalServer, type TemporalServer, type TemporalServerOptions } from './server.ts';

export type TemporalInfo = Pick<TemporalServer, 'address' | 'namespace' | 'uiUrl' | 'source'>;

/**
 * A Temporal server of ours as a process that a supervisor keeps running. It comes back on the ports it had, so that everyone
 * connected finds it again; what it held survives only in a database file. For a server of TEMPORAL_ADDRESS, which nobody
 * here can restart, call `startTemporalServer` instead.
 */
export function launchTemporal(options: TemporalServerOptions): Launch<TemporalInfo> {
  let ports: Pick<TemporalServerOptions, 'port' | 'uiPort'> = {};
  return async ({ signal }) => {
    const server = await startTemporalServer({ ...options, ...ports, signal });
    const { address, namespace, uiUrl, source, pid } = server;
    if (pid === null) throw new Error(`the Temporal server at ${address} is not ours to run`);
    ports = { port: portOf(`http://${address}`), uiPort: uiUrl !== null && portOf(uiUrl) };
    return {
      pid,
      info: { address, namespace, uiUrl, source },
      exited: server.exited,
      kill: (by) => {
        process.kill(pid, by);
      },
      stop: () => server.stop(),
    };
  };
}

function portOf(url: string): number {
  return Number(new URL(url).port);
}
