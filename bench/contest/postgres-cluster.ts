import { execFile, spawn, type ChildProcessByStdio } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { chmod, chown, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';

import pg from 'pg';

import { freePort } from '../../src/cli/temporal/ports.ts';

const run = promisify(execFile);

const OLDEST = 15;

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

/**
 * Makes a cluster in a temporary folder.
 *
 * @param options.isDurable - each commit is on the disk when it is answered, which tests need not wait for.
 */
export async function makePostgres({ isDurable = false } = {}): Promise<PostgresCluster> {
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
    ...(isDurable ? [] : ['fsync=off']),
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
    `A store for tests and benches needs PostgreSQL ${OLDEST} or later, and none was found. Install it: "apt-get install postgresql" on Debian and Ubuntu, "brew install postgresql@17" on macOS. It need not run.`,
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
