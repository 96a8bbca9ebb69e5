/** A Restate server of its own for as long as the bench lives, as a program beside it, with an empty temporary folder. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { endWithParent, tellReady } from '../../../src/cli/child-process.ts';
import { freePort } from '../../contest/free-port.ts';

const binary = `@restatedev/restate-server-${process.platform}-${process.arch}/bin/restate-server`;
const command = createRequire(import.meta.url).resolve(binary);
const folder = await mkdtemp(join(tmpdir(), 'countersign-bench-restate-'));
const address = async () => `127.0.0.1:${await freePort()}`;
const [fabric, ingress, admin] = [await address(), await address(), await address()];
const server = spawn(
  command,
  ['--no-logo', '--listen-mode', 'tcp', '--node-name', 'bench', '--base-dir', folder],
  {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      ...process.env,
      RESTATE_BIND_ADDRESS: fabric,
      RESTATE_ADVERTISED_ADDRESS: `http://${fabric}`,
      RESTATE_INGRESS__BIND_ADDRESS: ingress,
      RESTATE_ADMIN__BIND_ADDRESS: admin,
      RESTATE_LOG_FILTER: 'error',
      RESTATE_DISABLE_TELEMETRY: 'true',
    },
  },
);
const exited = new Promise<void>((resolve) => server.once('exit', () => resolve()));
process.once('SIGTERM', () => server.kill('SIGTERM'));
endWithParent();
const isUp = (url: string) =>
  fetch(url).then(
    ({ ok }) => ok,
    () => false,
  );
let isGone = false;
void exited.then(() => {
  isGone = true;
});
while (!isGone) {
  if ((await isUp(`http://${admin}/health`)) && (await isUp(`http://${ingress}/restate/health`))) {
    tellReady({ ingress: `http://${ingress}`, admin: `http://${admin}` });
    break;
  }
  await sleep(50);
}
await exited;
await rm(folder, { recursive: true, force: true });
