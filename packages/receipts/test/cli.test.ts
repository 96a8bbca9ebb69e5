import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, expect, test } from 'vitest';

import { createReceipt, entryLeaf, inclusionProof, signCheckpoint } from '@countersign/receipts';

import {
  attested,
  checkpointOf,
  exported,
  key,
  keys,
  readFrom,
  refunds,
  RFC_8037,
  TENANT,
} from './support/record.ts';

const folder = mkdtempSync(join(tmpdir(), 'receipts-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));

const { entries, contents } = refunds(5);
entries[1] = await attested(entries[1]!);
const leaves = entries.map(entryLeaf);
const lines = await exported({ entries, contents });
const checkpoint = await signCheckpoint(checkpointOf(leaves), key);
const receipt = await createReceipt({
  ...{ tenant: TENANT, approvalId: 'appr_0', entries, checkpoint },
  inclusion: (sequence) => inclusionProof(sequence, leaves.length, readFrom(leaves)),
});
const FILES: Record<string, string> = {
  'record.ndjson': lines.join(''),
  'damaged.ndjson': lines.join('').replace('"grace"', '"mallory"'),
  'unattested.ndjson': (await exported(refunds(5))).join(''),
  'receipt.json': JSON.stringify(receipt, null, 2),
  'keys.json': JSON.stringify(keys.jwks),
  'private.json': JSON.stringify({ keys: [RFC_8037] }),
  'older.txt': `${await signCheckpoint(checkpointOf(leaves, 3), key)}\n`,
  'empty.txt': '\n',
  'longer.txt': await signCheckpoint(
    { ...checkpointOf(leaves), size: 9, time: '2026-01-01T00:00:00.000Z' },
    key,
  ),
};
for (const [name, text] of Object.entries(FILES)) writeFileSync(join(folder, name), text);

function receipts(args: string, input = '') {
  const program = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));
  const call = ['--conditions=countersign-source', program, ...args.split(' ')];
  const { status, stdout, stderr } = spawnSync(process.execPath, call, {
    cwd: folder,
    input,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

test.each([
  [
    'verify record.ndjson --keys keys.json',
    0,
    /signed by keys that you trust[^]*✓ Nothing was changed[^]*✓ No approval/,
  ],
  ['verify receipt.json --keys keys.json', 0, /Record of acme: 5 entries/],
  ['verify record.ndjson', 0, /it does not show who wrote it. Give the trusted keys: --keys FILE/],
  ['verify record.ndjson --keys keys.json --checkpoints older.txt', 0, /✓ Nothing/],
  [
    'verify record.ndjson --keys keys.json --checkpoints longer.txt',
    1,
    /The checkpoint 1 that you hold is of 9 entries.*entries were taken away/,
  ],
  [
    'verify damaged.ndjson --keys keys.json',
    1,
    /✗ line 5, entry 1: Entry 1 is not the one[^]*Proven all the same: the entries 0 to 0\./,
  ],
  [
    'verify unattested.ndjson --keys keys.json',
    1,
    /✓ Nothing was changed[^]*✗ attestation-missing, approval appr_0/,
  ],
  ['verify damaged.ndjson --json', 1, /"provenTo": 1,/],
  ['--help', 0, /^Usage: receipts verify FILE/],
  ['--version', 0, /^\d+\.\d+\.\d+\n$/],
])('receipts %s ends with %i', (args, status, said) => {
  expect(receipts(args)).toEqual({ status, stdout: expect.stringMatching(said) as unknown, stderr: '' });
});

test.each([
  ['verify', /Name one file/],
  ['verify missing.ndjson', /missing\.ndjson does not exist/],
  ['verify record.ndjson --keys private.json', /private\.json: keys\.0\.d is a private key/],
  ['verify record.ndjson --checkpoints empty.txt', /empty\.txt: checkpoints must be one JWS a line/],
  ['verify record.ndjson --key keys.json', /Unknown option '--key'/],
  ['check record.ndjson', /no command "check"/],
])('receipts %s is a wrong call: it ends with 2 and says why, without a stack', (args, said) => {
  const { status, stderr } = receipts(args);
  expect([status, stderr]).toEqual([2, expect.stringMatching(said)]);
  expect(stderr).not.toMatch(/\n\s+at /);
});

test('the README shows what the program prints', () => {
  const home = fileURLToPath(new URL('..', import.meta.url));
  const readme = readFileSync(join(home, 'README.md'), 'utf8');
  const [whole, damaged] = [...readme.matchAll(/```console\n([^]*?)```/g)].map(([, shown]) => shown);
  const example = readFileSync(join(home, 'examples/record.ndjson'), 'utf8').split('\n');
  const call = `verify - --keys ${join(home, 'examples/keys.json')}`;
  expect(receipts(call, example.join('\n'))).toEqual({ status: 0, stdout: whole, stderr: '' });
  const changed = example.with(12, example[12]!.replace('"grace"', '"mallory"'));
  expect(receipts(call, changed.join('\n')).stdout).toContain(damaged);
});

test('standard input is read by "-"', () => {
  expect(receipts('verify - --keys keys.json', FILES['record.ndjson'])).toMatchObject({ status: 0 });
});
