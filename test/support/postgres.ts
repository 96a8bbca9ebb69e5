import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';

import { makePostgres } from '../../bench/contest/postgres-cluster.ts';

const STARTS_WITHIN_MS = 60_000;

export interface PostgresServer {
  /** Of its database `postgres`, as a user who may do everything. */
  url: string;
  bin: string;
  /** Stops it at once, as `systemctl restart` does; `start` has the same data on the same port. */
  stop(): Promise<void>;
  start(): Promise<void>;
  remove(): Promise<void>;
}

/** A real PostgreSQL server on this machine, with data of its own. Nothing of it is kept. */
export async function startPostgres(): Promise<PostgresServer> {
  const cluster = await makePostgres();
  let server: ChildProcess | undefined;

  async function start(): Promise<void> {
    const started = cluster.spawn();
    let log = '';
    started.stderr.on('data', (text: Buffer) => (log = `${log}${text.toString()}`.slice(-4_000)));
    server = started;
    const giveUpAt = Date.now() + STARTS_WITHIN_MS;
    while (!(await cluster.isReady())) {
      if (started.exitCode !== null || Date.now() > giveUpAt)
        throw new Error(`PostgreSQL did not start:\n${log}`);
      await pause(50);
    }
  }

  async function stop(): Promise<void> {
    if (server === undefined) return;
    const ended = once(server, 'exit');
    server.kill('SIGINT'); // its "fast shutdown"
    await ended;
    server = undefined;
  }

  await start();
  return {
    ...{ url: cluster.url, bin: cluster.bin, start, stop },
    async remove() {
      await stop();
      await cluster.remove();
    },
  };
}
