/**
 * A PostgreSQL server of its own for as long as the bench lives, as a program beside it: an empty cluster in a temporary
 * folder, default settings (so every commit is on the disk when it is answered), a free port of this machine, no password.
 */
import { execFile, spawn } from 'node:child_process';
import { access, chown, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

import { endWithParent, tellReady } from '../../src/cli/child-process.ts';
import { freePort } from './free-port.ts';

const USER = 'bench';
/** Debian keeps what a server needs here, by version, and not on PATH. */
const DEBIAN_FOLDER = '/usr/lib/postgresql';

const [binaries, identity] = await Promise.all([findBinaries(), unprivileged()]).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
const folder = await mkdtemp(join(tmpdir(), 'countersign-bench-postgres-'));
if (identity !== null) await chown(folder, identity.uid, identity.gid);
const options = { ...identity, cwd: folder };
const data = join(folder, 'data');
const initArgs = ['--pgdata', data, '--username', USER, '--auth', 'trust', '--encoding', 'UTF8', '--no-sync'];
await promisify(execFile)(join(binaries, 'initdb'), initArgs, options);

const port = await freePort();
const settings = [`port=${port}`, 'listen_addresses=127.0.0.1', 'unix_socket_directories='];
const args = ['-D', data, ...settings.flatMap((setting) => ['-c', setting])];
const server = spawn(join(binaries, 'postgres'), args, { ...options, stdio: ['ignore', 'ignore', 'pipe'] });
const exited = new Promise((resolve) => server.once('exit', resolve));
process.once('SIGTERM', () => server.kill('SIGINT')); // ends connections and writes everything down
endWithParent();
createInterface({ input: server.stderr }).on('line', (line) => {
  if (line.includes('ready to accept connections')) {
    tellReady({ database: `postgresql://${USER}@127.0.0.1:${port}/postgres` });
  } else if (/ (FATAL|PANIC): /.test(line)) {
    console.error(line);
  }
});
await exited;
await rm(folder, { recursive: true, force: true });

async function findBinaries(): Promise<string> {
  const versions = await readdir(DEBIAN_FOLDER).catch(() => []);
  const newestFirst = versions.toSorted((a, b) => Number(b) - Number(a));
  const folders = [
    ...(process.env.PATH ?? '').split(delimiter),
    ...newestFirst.map((version) => join(DEBIAN_FOLDER, version, 'bin')),
  ];
  for (const candidate of folders) {
    const needed = ['initdb', 'postgres'].map((name) => access(join(candidate, name)));
    const found = await Promise.all(needed).then(
      () => true,
      () => false,
    );
    if (found) return candidate;
  }
  throw new Error(
    `No PostgreSQL: neither PATH nor ${DEBIAN_FOLDER} has initdb and postgres. Install it (apt-get install postgresql, brew install postgresql).`,
  );
}

/** PostgreSQL refuses to run as root, so there it runs as its own user, or as nobody. */
async function unprivileged(): Promise<{ uid: number; gid: number } | null> {
  if (process.getuid?.() !== 0) return null;
  const users = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  const user = ['postgres', 'nobody'].map((name) => users.find(([known]) => known === name)).find(Boolean);
  if (user === undefined) throw new Error('PostgreSQL refuses to run as root, and there is no user nobody.');
  return { uid: Number(user[2]), gid: Number(user[3]) };
}
