import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';

import packageJson from '../../../package.json' with { type: 'json' };
import { obtainTemporal } from '../../../src/cli/temporal/binary.ts';
import { SDK_VERSION } from '../../../src/cli/temporal/cache.ts';
import { testFolder } from '../../support/folder.ts';
import { startTemporalServer } from '../../../src/cli/temporal/server.ts';

const parent = testFolder();
let folder: string;
let env: Record<string, string>;

/** A machine with nothing: no PATH, no cache, no internet. */
beforeEach(async () => {
  folder = await mkdtemp(join(parent, 'binary-'));
  env = { HOME: folder, XDG_CACHE_HOME: join(folder, 'cache'), TMPDIR: folder, PATH: join(folder, 'bin') };
  await mkdir(join(folder, 'bin'));
});

const NO_INTERNET = 'http://127.0.0.1:9';

function obtain(downloadUrl = NO_INTERNET, signal = new AbortController().signal) {
  return obtainTemporal({ env, onProgress: () => undefined, signal }, downloadUrl);
}

async function script(file: string, ...lines: string[]): Promise<string> {
  await writeFile(file, ['#!/bin/sh', ...lines, ''].join('\n'));
  await chmod(file, 0o755);
  return file;
}

/** A small file that stands for the quarter of a gigabyte on this machine. */
async function realTemporal(file: string): Promise<string> {
  const context = { env: process.env, onProgress: () => undefined, signal: new AbortController().signal };
  const real = await obtainTemporal(context);
  return script(file, `exec '${real.file}' "$@"`);
}

async function serveDownload(archive: Buffer): Promise<{ url: string; asked: URL[] }> {
  const asked: URL[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', `http://${String(request.headers.host)}`);
    asked.push(url);
    if (url.pathname === '/archive') response.end(archive);
    else response.end(JSON.stringify({ archiveUrl: new URL('/archive', url), fileToExtract: 'temporal' }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

async function archiveOf(name: string): Promise<Buffer> {
  const archive = join(folder, 'archive.tar.gz');
  await promisify(execFile)('tar', ['-czf', archive, '-C', folder, name]);
  return readFile(archive);
}

test('the downloaded server is the one of the SDK in use', () => {
  expect(SDK_VERSION).toBe(packageJson.dependencies['@temporalio/client']);
});

test('when nothing works, one message lists every way, its reason and three remedies', async () => {
  const failure = await startTemporalServer({ env, downloadUrl: NO_INTERNET }).catch(String);
  expect(failure).toMatch(/TEMPORAL_ADDRESS: not set/);
  expect(failure).toMatch(/"temporal" on PATH: not there/);
  expect(failure).toMatch(/an earlier download or compilation: nothing in /);
  expect(failure).toMatch(/download: .*(ECONNREFUSED|bad port)/);
  expect(failure).toMatch(/compile with Go: no "go" on PATH/);
  expect(failure).toMatch(/1\. Set TEMPORAL_ADDRESS[^]*2\. Install the Temporal CLI[^]*3\. Install Go/);
});

describe('on PATH', () => {
  test('a Temporal CLI is used', async () => {
    const file = await realTemporal(join(folder, 'bin', 'temporal'));
    expect(await obtain()).toEqual({ file, source: 'path' });
  });

  test.each([
    ['temporal version 0.13.0 (Server 1.25.0, UI 2.30.0)', /has server 1\.25; 1\.28 or newer is needed/],
    ['a game', /answered "a game", which names no Temporal server/],
  ])('one that says "%s" is passed over, with the reason', async (version, reason) => {
    await script(join(folder, 'bin', 'temporal'), `echo "${version}"`);
    await expect(obtain()).rejects.toThrow(reason);
  });
});

describe('download', () => {
  test('gets what the SDK would get, keeps it, and the server starts', async () => {
    await realTemporal(join(folder, 'temporal'));
    const { url, asked } = await serveDownload(await archiveOf('temporal'));

    const server = await startTemporalServer({ env, uiPort: false, downloadUrl: url });
    onTestFinished(() => server.stop());
    expect(server.source).toBe('download');
    expect(Object.fromEntries(asked[0]!.searchParams)).toMatchObject({
      format: 'tar.gz',
      'sdk-name': 'sdk-typescript',
      'sdk-version': SDK_VERSION,
    });
    expect(await obtain()).toMatchObject({ source: 'cache' });
  });

  test.each([
    ['is no archive', () => Promise.resolve(Buffer.from('not an archive')), /download: .*tar/],
    [
      'holds a broken program',
      async () => {
        await script(join(folder, 'temporal'), 'exit 3');
        return archiveOf('temporal');
      },
      /download: .*temporal --version failed/,
    ],
  ])('that %s is passed over, with the reason, and leaves nothing', async (_, archive, reason) => {
    const { url } = await serveDownload(await archive());
    await expect(obtain(url)).rejects.toThrow(reason);
    const left = await readdir(join(folder, 'cache', 'countersign'));
    expect(left.filter((name) => !name.endsWith('.lock'))).toEqual([]);
  });
});

describe('compile', () => {
  /** Stands for Go: `go install` that puts a working CLI into GOBIN, and counts how often it ran. */
  async function fakeGo(...before: string[]): Promise<void> {
    const made = await realTemporal(join(folder, 'made'));
    await script(
      join(folder, 'bin', 'go'),
      'PATH=/usr/bin:/bin',
      `echo "$@" >> '${join(folder, 'runs')}'`,
      ...before,
      `cp '${made}' "$GOBIN/temporal"`,
    );
  }
  const runs = async () => (await readFile(join(folder, 'runs'), 'utf8')).trim().split('\n');

  test('two callers at once compile once, and both get the result', async () => {
    await fakeGo();
    const [one, other] = await Promise.all([obtain(), obtain()]);
    expect(one).toEqual(other);
    expect(one.source).toBe('compiled');
    expect(await runs()).toEqual(['install -v github.com/temporalio/cli/cmd/temporal@v1.5.1']);
    expect(await obtain()).toEqual({ ...one, source: 'cache' });
  });

  test('a failure is told with the last that Go wrote', async () => {
    await fakeGo('echo "go: no network" >&2', 'exit 1');
    await expect(obtain()).rejects.toThrow(
      /compile with Go: go install .* failed \(exit code 1\): go: no network/,
    );
  });

  test('one that is broken off leaves no binary, and the next starts afresh', async () => {
    await fakeGo(
      `if [ ! -e '${join(folder, 'again')}' ]; then echo half > "$GOBIN/temporal"; exec sleep 60; fi`,
    );
    const abort = new AbortController();
    const compiling = obtain(NO_INTERNET, abort.signal);
    compiling.catch(() => undefined);
    await expect.poll(runs).toHaveLength(1);
    abort.abort();
    await expect(compiling).rejects.toThrow(/abort/i);

    await writeFile(join(folder, 'again'), '');
    expect(await obtain()).toMatchObject({ source: 'compiled' });
    expect(await runs()).toHaveLength(2);
  });
});
