import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';

import { launchCommand } from '../../src/cli/child-process.ts';
import { testFolder } from '../support/folder.ts';
import { createSupervisor, type Supervisor, type SupervisorEvent } from '../../src/cli/supervisor.ts';

const CHILD_MODULE = new URL('../../src/cli/child-process.ts', import.meta.url).href;
const ready = z.object({ port: z.number() });

let supervisor: Supervisor;
let events: SupervisorEvent[];
let lines: string[];

beforeEach(() => {
  events = [];
  lines = [];
  supervisor = createSupervisor({
    onEvent: (event) => events.push(event),
    onOutput: (name, line) => lines.push(`${name}: ${line}`),
    backoff: { firstMs: 20, maxMs: 100 },
  });
});
afterEach(() => supervisor.stop());

/** A Node program that uses both helpers of a command; `code` runs before it is ready. */
function program(code = '', options: { graceMs?: number; env?: Record<string, string> } = {}) {
  const source = `
    import { endWithParent, tellReady } from ${JSON.stringify(CHILD_MODULE)};
    endWithParent();
    setInterval(() => undefined, 1_000);
    ${code}
    tellReady({ port: 8080 });`;
  return launchCommand({
    args: ['--input-type=module', '--eval', source],
    ready,
    graceMs: options.graceMs ?? 5_000,
    env: { ...process.env, ...options.env },
  });
}

const typesOf = (name: string) => events.flatMap((event) => (event.name === name ? [event.type] : []));

test('start resolves with what the program told when it was ready', async () => {
  expect(await supervisor.start('gateway', program())).toEqual({ port: 8080 });
  expect(events).toEqual([{ type: 'process.started', name: 'gateway', pid: supervisor.pids().gateway }]);
});

test('output arrives line by line, with the name of who wrote it', async () => {
  await supervisor.start('worker', program(`console.log('one\\ntwo'); console.error('three');`));
  await expect.poll(() => [...lines].sort()).toEqual(['worker: one', 'worker: three', 'worker: two']);
});

describe('a program that does not become ready', () => {
  const folder = testFolder();

  test.each([
    [
      'with its exit code and the last of its standard error',
      program(`console.error('no such config'); process.exit(3);`),
      /worker did not become ready: it ended with exit code 3.*\n {2}no such config/,
    ],
    [
      'with its own words alone, when it ended with something a person can put right',
      program(`console.error('no such config'); process.exit(2);`),
      /^no such config$/,
    ],
    [
      'when it tells something else than was agreed',
      program(`tellReady({ port: 'eighty' });`),
      /worker did not become ready: .*port/s,
    ],
    [
      'when it cannot be started',
      launchCommand({ command: '/nowhere/node', args: [], ready }),
      /worker did not become ready: .*ENOENT/,
    ],
  ])('rejects %s, and is not kept', async (_why, launch, words) => {
    await expect(supervisor.start('worker', launch)).rejects.toThrow(words);
    expect(supervisor.pids()).toEqual({});
  });

  test('a replacement that does not become ready leaves the one before running', async () => {
    const broken = join(folder, 'broken');
    const code = `if (process.getBuiltinModule('node:fs').existsSync(${JSON.stringify(broken)})) process.exit(2);`;
    await supervisor.start('worker', program(code));
    const { worker } = supervisor.pids();
    writeFileSync(broken, '');
    await expect(supervisor.replace('worker')).rejects.toThrow('worker did not become ready');
    expect(supervisor.pids()).toEqual({ worker });
    rmSync(broken);
    await supervisor.replace('worker');
    expect(supervisor.pids().worker).not.toBe(worker);
  });

  test('is ended when everything is stopped meanwhile', async () => {
    const start = supervisor.start(
      'worker',
      program(`console.log(process.pid); await new Promise(() => undefined);`),
    );
    start.catch(() => undefined);
    await expect.poll(() => lines).toHaveLength(1);
    await supervisor.stop();
    await expect(start).rejects.toThrow(/worker did not become ready/);
    expect(() => process.kill(Number(lines[0]?.split(' ')[1]), 0)).toThrow('ESRCH');
  });
});

describe('a program that dies', () => {
  test('by SIGKILL is started again', async () => {
    await supervisor.start('worker', program());
    const { worker } = supervisor.pids();
    expect(supervisor.kill('worker', 'SIGKILL')).toBe(true);

    await expect.poll(() => typesOf('worker')).toContain('process.restarted');
    expect(events[1]).toMatchObject({
      type: 'process.exited',
      pid: worker,
      exit: { signal: 'SIGKILL' },
      restartInMs: 20,
    });
    expect(events[2]).toMatchObject({ previousPid: worker, pid: supervisor.pids().worker });
    expect(supervisor.pids().worker).not.toBe(worker);
  });

  test('again and again is started after growing delays, also when it fails before it is ready', async () => {
    await supervisor.start('worker', program());
    const failing = program('process.exit(1);');
    const working = program();
    let launches = 0;
    await supervisor.start('flaky', (context) => {
      launches += 1;
      return launches === 2 || launches === 3 ? failing(context) : working(context);
    });
    supervisor.kill('flaky', 'SIGKILL');

    await expect.poll(() => typesOf('flaky')).toContain('process.restarted');
    const delays = events.flatMap((event) => ('restartInMs' in event ? [event.restartInMs] : []));
    expect(delays).toEqual([20, 40, 80]);
    expect(typesOf('worker')).toEqual(['process.started']);
  });

  test('stays down when killed so, until it is restarted', async () => {
    await supervisor.start('worker', program());
    supervisor.kill('worker', 'SIGKILL', { restart: false });
    await expect.poll(() => typesOf('worker')).toEqual(['process.started', 'process.exited']);
    expect(events[1]).toMatchObject({ restartInMs: null });
    expect(supervisor.kill('worker', 'SIGTERM')).toBe(false);

    await supervisor.restart('worker');
    expect(supervisor.pids().worker).toBeTypeOf('number');
  });
});

describe('stop', () => {
  test('ends the last started first, each gracefully, and restarts none', async () => {
    const farewell = `process.once('SIGTERM', () => { console.log('bye'); process.exit(0); });`;
    for (const name of ['temporal', 'worker', 'gateway']) await supervisor.start(name, program(farewell));
    await supervisor.stop();
    expect(lines).toEqual(['gateway: bye', 'worker: bye', 'temporal: bye']);
    expect(events.slice(3).map(({ type }) => type)).toEqual(Array(3).fill('process.exited'));
    expect(supervisor.pids()).toEqual({});
  });

  test('kills what ignores SIGTERM', async () => {
    await supervisor.start('worker', program(`process.on('SIGTERM', () => undefined);`, { graceMs: 50 }));
    await supervisor.stop();
    expect(events.at(-1)).toMatchObject({ type: 'process.exited', exit: { signal: 'SIGKILL' } });
  });

  test('breaks off a restart that is waiting', async () => {
    supervisor = createSupervisor({ onEvent: (event) => events.push(event), backoff: { firstMs: 60_000 } });
    await supervisor.start('worker', program());
    supervisor.kill('worker', 'SIGKILL');
    await expect.poll(() => typesOf('worker')).toContain('process.exited');
    await supervisor.stop();
    expect(typesOf('worker')).not.toContain('process.restarted');
  });
});
