import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { startSimulator, type RunningSimulator } from '../../src/simulator/app.ts';

const run = promisify(execFile);
const folder = fileURLToPath(new URL('.', import.meta.url));
const KEY = 'sk-of-the-test';
/** Kept from one run to the next: the packages are pinned in requirements.txt, whose version is in the name. */
const environment = join(homedir(), '.cache', 'countersign', 'python-openai-3.54.0');
const python = join(environment, 'bin', 'python');

const hasPython = await run('python3', ['-c', 'import venv, ensurepip']).then(
  () => true,
  () => false,
);

let simulator: RunningSimulator;
beforeAll(async () => {
  simulator = await startSimulator({ apiKey: KEY });
});
afterAll(() => simulator.close());

/** Fails in CI, where Python belongs to what a run installs; elsewhere it may be missing. */
test.skipIf(!hasPython && process.env.CI === undefined)(
  "OpenAI's own Python package drives every protocol of the simulator without a special case",
  { timeout: 240_000 },
  async () => {
    if (!existsSync(join(environment, 'ready'))) await install();
    const { stdout } = await run(python, [join(folder, 'drive.py'), simulator.url, KEY]);
    expect(stdout.trim().split('\n')).toEqual(['assistants', 'responses', 'chat', 'wrong_key']);
  },
);

async function install(): Promise<void> {
  await mkdir(environment, { recursive: true });
  await run('python3', ['-m', 'venv', '--clear', environment]);
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--require-virtualenv'];
  await run(python, [...pip, '--requirement', join(folder, 'requirements.txt')]);
  await run(python, ['-c', `open(${JSON.stringify(join(environment, 'ready'))}, 'w').close()`]);
}
