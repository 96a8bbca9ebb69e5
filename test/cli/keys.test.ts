import { stat } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { addKey } from '../../src/cli/keys.ts';
import { createApiKey, readApiKeys } from '../../src/gateway/app.ts';
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
    names.map((name) => runCli(['keys', 'create', '--tenant', 'acme', '--name', name, '--file', file])),
  );
  expect(made.map(({ code, stderr }) => ({ code, stderr }))).toEqual(
    names.map(() => ({ code: 0, stderr: '' })),
  );
  expect(namesIn(file)).toEqual(names);
  expect((await stat(file)).mode & 0o077).toBe(0);
});

const namesIn = (file: string) =>
  readApiKeys(file)
    .map(({ name }) => name)
    .sort();
