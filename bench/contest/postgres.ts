/**
 * A PostgreSQL server of its own for as long as the bench lives, as a program beside it: an empty cluster in a temporary
 * folder, default settings (so every commit is on the disk when it is answered), a free port of this machine, no password.
 */
import { once } from 'node:events';
import { createInterface } from 'node:readline';

import { endWithParent, tellReady } from '../../src/cli/child-process.ts';
import { makePostgres } from './postgres-cluster.ts';

const cluster = await makePostgres({ isDurable: true }).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
const server = cluster.spawn();
const exited = once(server, 'exit');
process.once('SIGTERM', () => server.kill('SIGINT')); // ends connections and writes everything down
endWithParent();
createInterface({ input: server.stderr }).on('line', (line) => {
  if (line.includes('ready to accept connections')) tellReady({ database: cluster.url });
  else if (/ (FATAL|PANIC): /.test(line)) console.error(line);
});
await exited;
await cluster.remove();
