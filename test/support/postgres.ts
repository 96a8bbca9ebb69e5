import { execFile, spawn, type ChildProcess, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync } from 'node:fs';
import { chmod, chown, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

import pg from 'pg';

import { freePort } from '../../src/cli/temporal/ports.ts';

const run = promisify(execFile);

const OLDEST = 15;
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

/** A cluster of its own, which no server has open yet. */
export interface PostgresCluster {
  /** Of its database `postgres`, as a user who may do everything. */
  url: string;
  bin: string;
  /** Starts its server, always on the same port; it is ready once `isReady` says so. */
  spawn(): ChildProcessByStdio<null, null, Readable>;
  isReady(): Promise<boolean>;
  remove(): Promise<void>;
}

/** Makes a cluster in a temporary folder. */
export async function makePostgres(): Promise<PostgresCluster> {
  const bin = await findPostgres();
  const user = await unprivileged();
  const folder = await mkdtemp(join(tmpdir(), 'countersign-postgres-'));
  const data = join(folder, 'data');
  // PostgreSQL refuses to run as root.
  if (user !== undefined) await chown(folder, user.uid, user.gid);
  await chmod(folder, 0o700);
  const as = user === undefined ? {} : { uid: user.uid, gid: user.gid };
  await run(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '-N'],
    {
      cwd: folder,
      ...as,
    },
  );
  const port = await freePort();
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  const settings = [
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'fsync=off',
    'max_connections=200',
  ];
  const options = [`port=${port}`, ...settings].flatMap((setting) => ['-c', setting]);
  return {
    ...{ url, bin },
    spawn: () =>
      spawn(join(bin, 'postgres'), ['-D', data, ...options], {
        cwd: folder,
        stdio: ['ignore', 'ignore', 'pipe'],
        ...as,
      }),
    isReady: () => answers(url),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
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

/** Debian and others keep the binaries where no PATH leads. */
async function findPostgres(): Promise<string> {
  const inPath = (process.env.PATH ?? '').split(delimiter);
  const elsewhere = ['/usr/lib/postgresql/*/bin', '/usr/pgsql-*/bin', '/opt/homebrew/opt/postgresql@*/bin'];
  const folders = [...inPath, ...globSync(elsewhere).toSorted().toReversed()];
  for (const folder of folders) {
    if (!existsSync(join(folder, 'initdb')) || !existsSync(join(folder, 'postgres'))) continue;
    const { stdout } = await run(join(folder, 'postgres'), ['--version']);
    if (Number(/(\d+)/.exec(stdout)?.[1]) >= OLDEST) return folder;
  }
  throw new Error(
    `A store for tests needs PostgreSQL ${OLDEST} or later, and none was found. Install it: "apt-get install postgresql" on Debian and Ubuntu, "brew install postgresql@17" on macOS. It need not run.`,
  );
}

/** Somebody to run the server as; nobody else is needed when we are not root. */
async function unprivileged(): Promise<{ uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const users = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  const found = users.find(([name]) => name === 'postgres') ?? users.find(([name]) => name === 'nobody');
  if (found === undefined) throw new Error('PostgreSQL does not run as root, and there is no user "nobody".');
  return { uid: Number(found[2]), gid: Number(found[3]) };
}

async function answers(connectionString: string): Promise<boolean> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 2_000 });
  try {
    await client.connect();
    await client.end();
    return true;
  } catch {
    return false;
  }
}
