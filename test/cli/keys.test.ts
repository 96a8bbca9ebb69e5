import { stat } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { addKey } from '../../src/cli/keys.ts';
import { createApiKey, readApiKeys, SCOPE_MEANINGS, type ApiKey } from '../../src/gateway/app.ts';
import { runCli } from '../support/cli.ts';
import { testFolder } from '../support/folder.ts';

const folder = testFolder();

test('keys that are added at the same moment are all in the file', async () => {
  const file = join(folder, 'parallel.json');
  const names = Array.from({ length: 20 }, (_, index) => `name-${index}`);
  await Promise.all(
    names.map((name) => addKey(file, createApiKey({ name, tenant: 'acme', scopes: ['turns:write'] }).entry)),
  );
  expect(namesIn(file)).toEqual([...names].sort());
});

test('commands that run side by side add theirs to a file that only its owner reads', async () => {
  const file = join(folder, 'api-keys.json');
  const names = ['one', 'three', 'two'];
  const made = await Promise.all(
    names.map((name) => create('--name', name, '--scope', 'turns:write', '--file', file)),
  );
  expect(made.map(({ code, stderr }) => ({ code, stderr }))).toEqual(
    names.map(() => ({ code: 0, stderr: '' })),
  );
  expect(namesIn(file)).toEqual(names);
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

const create = (...args: string[]) => runCli(['keys', 'create', '--tenant', 'acme', ...args]);

const namesIn = (file: string) =>
  readApiKeys(file)
    .map(({ name }) => name)
    .sort();
