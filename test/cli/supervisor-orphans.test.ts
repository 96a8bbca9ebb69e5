import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { afterEach, expect, test } from 'vitest';

import { descendants } from '../support/cli.ts';
import { testFolder } from '../support/folder.ts';

const moduleUrl = (name: string) => JSON.stringify(new URL(`../../src/cli/${name}`, import.meta.url).href);
const env = { ...process.env, TEMPORAL_ADDRESS: undefined, TEMPORAL_NAMESPACE: undefined };

const folder = testFolder();
let parent: ChildProcess;
afterEach(() => parent.kill('SIGKILL'));

/** Runs a program as a process of its own, which prints one line of JSON when it is ready. */
async function run<Printed>(source: string): Promise<Printed> {
  parent = spawn(process.execPath, ['--input-type=module', '--eval', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env,
  });
  const [line] = (await once(createInterface({ input: parent.stdout! }), 'line')) as [string];
  return JSON.parse(line) as Printed;
}

/** A killed process whose new parent has not collected it yet is not running. */
async function isRunning(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  return stat === null ? process.platform !== 'linux' : !/\) [ZX] /.test(stat);
}

const parentOfTemporal = `
  import { startTemporalServer } from ${moduleUrl('temporal/server.ts')};
  const { pid } = await startTemporalServer({ uiPort: false });
  console.log(JSON.stringify({ pid }));`;

test.each(['parent', 'guard'])(
  'the Temporal server of a SIGKILLed %s ends, and its guard',
  async (killed) => {
    const { pid } = await run<{ pid: number }>(parentOfTemporal);
    const guards = descendants(parent.pid!).filter((each) => each !== pid);
    expect(await isRunning(pid)).toBe(true);
    if (killed === 'parent' || guards.length === 0) parent.kill('SIGKILL');
    else for (const guard of guards) process.kill(guard, 'SIGKILL');
    for (const each of [pid, ...guards])
      await expect.poll(() => isRunning(each), { timeout: 10_000 }).toBe(false);
  },
);

test('the commands of a SIGKILLed supervisor end, each as if by SIGTERM', async () => {
  const farewell = join(folder, 'farewell');
  const child = `
    import { appendFileSync } from 'node:fs';
    import { endWithParent, tellReady } from ${moduleUrl('child-process.ts')};
    endWithParent();
    const alive = setInterval(() => console.log('alive'), 5);
    process.once('SIGTERM', () => setTimeout(() => {
      appendFileSync(${JSON.stringify(farewell)}, 'bye ');
      clearInterval(alive);
    }, 50));
    tellReady({});`;
  const { pids } = await run<{ pids: Record<string, number> }>(`
    import { z } from ${JSON.stringify(import.meta.resolve('zod'))};
    import { launchCommand } from ${moduleUrl('child-process.ts')};
    import { createSupervisor } from ${moduleUrl('supervisor.ts')};
    const supervisor = createSupervisor();
    const args = ['--input-type=module', '--eval', ${JSON.stringify(child)}];
    for (const name of ['worker', 'gateway']) await supervisor.start(name, launchCommand({ args, ready: z.object({}) }));
    console.log(JSON.stringify({ pids: supervisor.pids() }));`);
  expect(Object.keys(pids)).toEqual(['worker', 'gateway']);
  parent.kill('SIGKILL');
  for (const pid of Object.values(pids))
    await expect.poll(() => isRunning(pid), { timeout: 10_000 }).toBe(false);
  expect(await readFile(farewell, 'utf8')).toBe('bye bye ');
});
