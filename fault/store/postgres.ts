import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Launch, ProcessExit } from '../../src/cli/child-process.ts';
import type { PostgresCluster } from '../../bench/contest/postgres-cluster.ts';

const READY_WITHIN_MS = 30_000;

/**
 * PostgreSQL as a process that a supervisor keeps running. SIGKILL ends the server alone; its children notice, and a new one starts once
 * they are gone. SIGTERM would wait for clients, which never leave, so it is a fast shutdown.
 */
export function launchPostgres(cluster: PostgresCluster): Launch<null> {
  return async ({ onLine, signal }) => {
    signal.throwIfAborted();
    const server = cluster.spawn();
    const pid = server.pid;
    if (pid === undefined) throw new Error('PostgreSQL could not be started.');
    createInterface({ input: server.stderr }).on('line', onLine);
    const exited = once(server, 'exit').then(([code, by]): ProcessExit => ({
      code: code as number | null,
      signal: by as NodeJS.Signals | null,
    }));
    const kill = (by: NodeJS.Signals): void => void server.kill(by === 'SIGTERM' ? 'SIGINT' : by);
    const giveUpAt = Date.now() + READY_WITHIN_MS;
    while (!(await cluster.isReady())) {
      const hasEnded = server.exitCode !== null || server.signalCode !== null;
      if (hasEnded) throw new Error(`PostgreSQL ended with ${server.signalCode ?? server.exitCode}.`);
      if (Date.now() > giveUpAt || signal.aborted) {
        kill('SIGKILL');
        throw new Error('PostgreSQL took too long to start, or was stopped.');
      }
      await sleep(50);
    }
    return {
      ...{ pid, info: null, exited, kill },
      async stop() {
        kill('SIGTERM');
        await exited;
      },
    };
  };
}
