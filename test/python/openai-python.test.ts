import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { startSimulator, type RunningSimulator } from '@countersign/openai-simulator';

const run = promisify(execFile);
const INSTALL_LIMIT_MS = 180_000;
const KEY = 'sk-of-the-test';
const requirements = fileURLToPath(new URL('./requirements.txt', import.meta.url));
const program = fileURLToPath(new URL('./drive.py', import.meta.url));
/** Kept from one run to the next; the pinned version is in the name. */
const [, version = ''] = readFileSync(requirements, 'utf8').trim().split('==');
const environment = join(homedir(), '.cache', 'countersign', `python-openai-${version}`);
const python = join(environment, 'bin', 'python');

/** An environment of its own with the package in it. Without Python, or without a package index, the test is skipped and says why. */
async function install(): Promise<boolean> {
  const ready = join(environment, 'ready');
  if (existsSync(ready)) return true;
  const limit = { timeout: INSTALL_LIMIT_MS };
  const pip = [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--disable-pip-version-check',
    '--requirement',
    requirements,
  ];
  try {
    await mkdir(environment, { recursive: true });
    await run('python3', ['-m', 'venv', '--clear', environment], limit);
    await run(python, pip, limit);
    await writeFile(ready, '');
    return true;
  } catch (error) {
    process.stderr.write(`OpenAI's Python package could not be installed: ${String(error)}\n`);
    return false;
  }
}

const isInstalled = await install();
let simulator: RunningSimulator;
beforeAll(async () => {
  simulator = await startSimulator({ apiKey: KEY });
});
afterAll(() => simulator.close());

test.skipIf(!isInstalled)(
  "OpenAI's own Python package drives every protocol of the simulator without a special case",
  async () => {
    const { stdout } = await run(python, [program, simulator.url, KEY]);
    expect(stdout.trim().split('\n')).toEqual(['assistants', 'responses', 'chat', 'wrong_key']);
  },
);
