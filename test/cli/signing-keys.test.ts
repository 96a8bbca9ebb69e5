import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { readKeys, readSigningKey } from '@countersign/receipts';
import { expect, test } from 'vitest';

import { loadKeys, publicKeysOf } from '../../src/cli/files/signing-keys.ts';
import { addSigningPair } from '../../src/cli/keys/create-signing.ts';
import { environment } from '../../src/config.ts';
import { runHere } from '../support/cli-here.ts';
import { testFolder } from '../support/folder.ts';

const folder = testFolder();
const at = (name: string) => join(folder, name);
const make = (file: string, ...more: string[]) =>
  runHere(['keys', 'create-signing', '--file', at(file), '--trusted', at('trusted.json'), ...more]);

test('two pairs made one after the other are both trusted, and only the owner reads the private ones', async () => {
  expect(await make('first.json')).toMatchObject({ code: 0, stderr: '' });
  expect(await make('second.json', '--tenant', 'acme')).toMatchObject({ code: 0, stderr: '' });
  const [first, second] = await Promise.all(
    ['first.json', 'second.json'].map(async (name) => readSigningKey(await readFile(at(name), 'utf8'))),
  );
  const trusted = await readKeys(await readFile(at('trusted.json'), 'utf8'));
  expect(trusted.jwks.keys).toEqual([first!.publicJwk, second!.publicJwk]);
  expect(trusted.find(second!.kid, 'globex')).toBeUndefined();
  expect((await stat(at('first.json'))).mode & 0o077).toBe(0);
  expect(publicKeysOf(first, trusted)).toEqual(trusted.jwks);
});

test('pairs that are made at the same moment are all trusted', async () => {
  const names = ['one.json', 'two.json', 'three.json'];
  await Promise.all(names.map((name) => addSigningPair({ file: at(name), trusted: at('together.json') })));
  const made = names.map(async (name) => (await readSigningKey(await readFile(at(name), 'utf8'))).kid);
  const { jwks } = await readKeys(await readFile(at('together.json'), 'utf8'));
  expect(jwks.keys.map(({ kid }) => kid).toSorted()).toEqual((await Promise.all(made)).toSorted());
});

test('a run that could not write the private key is repeated', async () => {
  const half = (name: string) =>
    runHere(['keys', 'create-signing', '--file', at(name), '--trusted', at('half.json')]);
  expect((await half('absent/private.json')).code).not.toBe(0);
  expect((await readKeys(await readFile(at('half.json'), 'utf8'))).jwks.keys).toHaveLength(1);
  await mkdir(at('absent'));
  expect(await half('absent/private.json')).toMatchObject({ code: 0, stderr: '' });
  const { kid } = await readSigningKey(await readFile(at('absent/private.json'), 'utf8'));
  expect((await readKeys(await readFile(at('half.json'), 'utf8'))).jwks.keys[1]?.kid).toBe(kid);
});

test('a private key is never written over, nor is a file that holds no keys', async () => {
  const before = await readFile(at('first.json'), 'utf8');
  const again = await make('first.json');
  expect(again).toMatchObject({ code: 2 });
  expect(again.stderr).toContain('is there already');
  expect(await readFile(at('first.json'), 'utf8')).toBe(before);
  await writeFile(at('trusted.json'), '{"keys": 3}');
  const broken = await make('third.json');
  expect(broken).toMatchObject({ code: 2 });
  expect(broken.stderr).toContain('--trusted');
  await expect(stat(at('third.json'))).rejects.toThrow('ENOENT');
});

test.each([
  ['COUNTERSIGN_TRUSTED_KEYS', '{"keys": [', 'must be JSON'],
  ['COUNTERSIGN_TRUSTED_KEYS', '{"keys": [{"kty": "RSA"}]}', 'keys.0'],
  ['COUNTERSIGN_SIGNING_KEY', '{"kty": "OKP"}', 'key'],
  ['COUNTERSIGN_SIGNING_KEY', null, 'cannot be read (ENOENT)'],
])('%s that names no keys stops the process with file, field and remedy: %j', async (name, text, words) => {
  const file = at(`${name}.json`);
  if (text !== null) await writeFile(file, text);
  const { [name]: before } = environment;
  process.env[name] = text === null ? at('gone.json') : file;
  try {
    await expect(loadKeys()).rejects.toThrow(words);
    await expect(loadKeys()).rejects.toThrow(new RegExp(`${name}.*keys create-signing`));
  } finally {
    if (before === undefined) Reflect.deleteProperty(process.env, name);
    else process.env[name] = before;
  }
});
