import { stat } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { addKey } from '../../src/cli/keys/keys.ts';
import { pushConfig, pushKeyConfig } from '../../src/config/push.ts';
import { publicKeyOf } from '../../src/contracts/channels/push.ts';
import { createApiKey, readApiKeys, SCOPE_MEANINGS, type ApiKey } from '../../src/gateway/app.ts';
import { runHere } from '../support/cli-here.ts';
import { testFolder } from '../support/folder.ts';

const folder = testFolder();

test('keys that are added at the same moment are all in the file, which only its owner reads', async () => {
  const file = join(folder, 'api-keys.json');
  const names = Array.from({ length: 20 }, (_, index) => `name-${index}`);
  const made = create('--name', 'by-command', '--scope', 'turns:write', '--file', file);
  await Promise.all(
    names.map((name) => addKey(file, createApiKey({ name, tenant: 'acme', scopes: ['turns:write'] }).entry)),
  );
  expect(await made).toMatchObject({ code: 0, stderr: '' });
  const kept = readApiKeys(file).map(({ name }) => name);
  expect(kept.sort()).toEqual([...names, 'by-command'].sort());
  expect((await stat(file)).mode & 0o077).toBe(0);
});

test('a key may do nothing unless it is said, and each scope says what it allows', async () => {
  const { code, stdout, stderr } = await create('--name', 'one');
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(/--scope is missing/);
  for (const [scope, allows] of Object.entries(SCOPE_MEANINGS))
    expect(stderr).toContain(`--scope ${scope.padEnd(16)}  ${allows}`);
});

test('a key that asks and decides is made, and warned of', async () => {
  const both = ['--scope', 'turns:write', 'approvals:decide'];
  const { code, stdout } = await create('--name', 'laptop', ...both, '--person', 'ada', '--json');
  expect(code).toBe(0);
  const { entry, warnings } = JSON.parse(stdout) as { entry: ApiKey; warnings: string[] };
  expect(entry).toMatchObject({ name: 'laptop', person: 'ada' });
  expect(warnings).toEqual([expect.stringMatching(/notRequester.*"ada" cannot decide/) as string]);
  expect((await create('--name', 'shop', ...both)).stdout).toMatch(/Warning: "shop" can begin a turn/);
  expect((await create('--name', 'shop', '--scope', 'turns:write')).stdout).not.toContain('Warning');
});

test('a VAPID pair is new each time, and gateways and workers take it as it is printed', async () => {
  const { code, stdout, stderr } = await runHere(['keys', 'create-vapid']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const lines = stdout.trim().split('\n');
  const printed = new Map(lines.map((line) => line.split('=') as [string, string]));
  const made = { ...Object.fromEntries(printed), COUNTERSIGN_VAPID_SUBJECT: 'mailto:ops@example.com' };
  expect(pushKeyConfig(made)).toBe(printed.get('COUNTERSIGN_VAPID_PUBLIC_KEY'));
  expect(pushConfig(made)?.privateKey).toBe(printed.get('COUNTERSIGN_VAPID_PRIVATE_KEY'));
  const other = await runHere(['keys', 'create-vapid', '--json']);
  const pair = JSON.parse(other.stdout) as { publicKey: string; privateKey: string };
  expect(publicKeyOf(pair.privateKey)).toBe(pair.publicKey);
  expect(stdout).not.toContain(pair.publicKey);
});

const create = (...args: string[]) => runHere(['keys', 'create', '--tenant', 'acme', ...args]);
