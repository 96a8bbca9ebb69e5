import { once } from 'node:events';
import { chmod, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';

import { Client, Connection } from '@temporalio/client';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';

import { RETRIES } from '../../../src/client/retries.ts';
import { SEARCH_ATTRIBUTES } from '../../../src/contracts/search/attributes.ts';
import { obtainTemporal } from '../../../src/cli/temporal/binary.ts';
import { spawnGuarded } from '../../../src/cli/temporal/guarded.ts';
import { freePort } from '../../../src/cli/temporal/ports.ts';
import { testFolder } from '../../support/folder.ts';
import { startTemporalServer, type TemporalServerOptions } from '../../../src/cli/temporal/server.ts';

const env = { ...process.env, TEMPORAL_ADDRESS: undefined, TEMPORAL_NAMESPACE: undefined };

const context = { env, onProgress: () => undefined, signal: new AbortController().signal };

const parent = testFolder();
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(parent, 'server-'));
});

async function start(options: TemporalServerOptions = {}) {
  const server = await startTemporalServer({ uiPort: false, env, ...options });
  onTestFinished(() => server.stop());
  return server;
}

async function connect(address: string): Promise<Client> {
  const connection = await Connection.connect({ address, interceptors: RETRIES });
  onTestFinished(() => connection.close());
  return new Client({ connection });
}

async function customAttributes(client: Client, namespace = 'default'): Promise<string[]> {
  const { customAttributes: found } = await client.connection.operatorService.listSearchAttributes({
    namespace,
  });
  return Object.keys(found);
}

/** A server somebody started with the plain CLI on this file, without our search attributes. */
async function makeOlderDatabase(databaseFile: string): Promise<void> {
  const { file } = await obtainTemporal(context);
  const port = await freePort();
  const server = await spawnGuarded({
    command: file,
    args: ['server', 'start-dev', '--headless', '--port', String(port), '--db-filename', databaseFile],
    env,
    graceMs: 5_000,
  });
  onTestFinished(() => server.stop());
  await expect
    .poll(
      () =>
        Connection.connect({ address: `127.0.0.1:${port}`, connectTimeout: 500, interceptors: RETRIES }).then(
          (c) => c.close(),
        ),
      { timeout: 20_000 },
    )
    .toBeUndefined();
  expect(await customAttributes(await connect(`127.0.0.1:${port}`))).not.toContain('ApprovalStatus');
  await server.stop();
}

describe('a server of ours', () => {
  test('comes up on free ports, usable at once, with its UI, the namespace it is asked for and a log', async () => {
    const said: string[] = [];
    const logFile = join(folder, 'logs', 'temporal.log');
    const onProgress = (message: string) => said.push(message);
    const server = await start({ uiPort: 0, namespace: 'desk', logFile, onProgress });

    const client = await connect(server.address);
    const wanted = Object.keys(SEARCH_ATTRIBUTES);
    expect(await customAttributes(client)).toEqual(expect.arrayContaining(wanted));
    expect(await customAttributes(client, 'desk')).toEqual(expect.arrayContaining(wanted));
    expect(await client.workflow.count("ApprovalStatus = 'pending'")).toMatchObject({ count: 0 });
    expect((await fetch(server.uiUrl!)).status).toBe(200);
    expect(said.join('\n')).toContain(`Temporal is ready at ${server.address}`);
    await expect.poll(() => readFile(logFile, 'utf8')).toContain(server.address.split(':')[1]);
    await server.stop();
    await server.exited;
    expect(() => process.kill(server.pid!, 0)).toThrow('ESRCH');
  });

  test('tells when it dies', async () => {
    const server = await start();
    process.kill(server.pid!, 'SIGKILL');
    expect(await server.exited).toMatchObject({ code: null, signal: 'SIGKILL' });
  });

  test('two started at once get ports of their own', async () => {
    const [one, other] = await Promise.all([start(), start()]);
    expect(one.address).not.toBe(other.address);
  });
});

describe('a database file', () => {
  test('of a server without our search attributes gets them', async () => {
    const databaseFile = join(folder, 'temporal.db');
    await makeOlderDatabase(databaseFile);
    const server = await start({ databaseFile });
    const attributes = await customAttributes(await connect(server.address));
    expect(attributes).toEqual(expect.arrayContaining(Object.keys(SEARCH_ATTRIBUTES)));
  });

  test('serves one server at a time', async () => {
    const databaseFile = join(folder, 'temporal.db');
    await start({ databaseFile });
    await expect(start({ databaseFile })).rejects.toThrow(
      /temporal\.db is in use by another Temporal server/,
    );
  });

  test('in a folder that cannot be written is named', async () => {
    await writeFile(join(folder, 'file'), '');
    await expect(start({ databaseFile: join(folder, 'file', 'temporal.db') })).rejects.toThrow(
      /Folder .*file, wanted for/,
    );
  });

  test('that is none is named, with what the server wrote', async () => {
    const databaseFile = join(folder, 'temporal.db');
    await writeFile(databaseFile, 'this is no database');
    await expect(start({ databaseFile })).rejects.toThrow(
      /file is not a database[^]*temporal\.db is damaged, move it away/,
    );
  });
});

test('a port that someone takes between choosing and using it is chosen again', async () => {
  const { file } = await obtainTemporal(context);
  const tried = join(folder, 'tried');
  const fake = join(folder, 'temporal');
  // The first start finds its port taken; the later ones are the real thing.
  const takenOnce = `if [ "$1" = server ] && [ ! -e '${tried}' ]; then
    : > '${tried}'; echo "listen tcp 127.0.0.1:1: bind: address already in use" >&2; exit 1; fi`;
  await writeFile(fake, `#!/bin/sh\n${takenOnce}\nexec '${file}' "$@"\n`);
  await chmod(fake, 0o755);

  const said: string[] = [];
  await start({ env: { ...env, PATH: folder }, onProgress: (message) => said.push(message) });
  expect(said.filter((message) => message.startsWith('Starting'))).toHaveLength(2);
});

describe('a port somebody named', () => {
  async function squat() {
    const squatter = createServer().listen(0, '127.0.0.1');
    await once(squatter, 'listening');
    onTestFinished(() => void squatter.close());
    return { squatter, port: (squatter.address() as AddressInfo).port };
  }

  test.each(['port', 'uiPort'] as const)('is an error with a remedy when %s is taken', async (option) => {
    const { port } = await squat();
    await expect(start({ [option]: port })).rejects.toThrow(
      new RegExp(`Port ${port} \\(${option}\\).* is in use by another process. Stop that process`),
    );
  });

  test('is waited for while its last user ends', async () => {
    const { port, squatter } = await squat();
    const onProgress = (message: string) => message.includes('in use') && squatter.close();
    expect((await start({ port, onProgress })).address).toBe(`127.0.0.1:${port}`);
  });
});
