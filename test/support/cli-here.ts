import { vi } from 'vitest';

import { runProgram } from '../../src/cli/program.ts';
import { ownEnvironment, type Finished, type startCli } from './cli.ts';

/** Runs a command that ends by itself in the test's own process, without the seconds that its start takes; one at a time. */
export async function runHere(...[args, options]: Parameters<typeof startCli>): Promise<Finished> {
  const { env = {}, cwd = process.cwd() } = options ?? {};
  const finished: Finished = { code: 0, stdout: '', stderr: '' };
  const hear = (stream: 'stdout' | 'stderr', end: string) => (text: unknown) => {
    finished[stream] += `${String(text)}${end}`;
    return true;
  };
  const spies = [
    vi.spyOn(console, 'log').mockImplementation(hear('stdout', '\n')),
    vi.spyOn(console, 'error').mockImplementation(hear('stderr', '\n')),
    vi.spyOn(process.stdout, 'write').mockImplementation(hear('stdout', '')),
    vi.spyOn(process.stderr, 'write').mockImplementation(hear('stderr', '')),
  ];
  const own = ownEnvironment();
  for (const name of Object.keys(process.env)) if (!(name in own)) vi.stubEnv(name, undefined);
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  const home = process.cwd();
  process.chdir(cwd);
  try {
    await runProgram(['node', 'countersign', ...args]);
    return { ...finished, code: Number(process.exitCode ?? 0) };
  } finally {
    process.chdir(home);
    process.exitCode = undefined;
    vi.unstubAllEnvs();
    for (const spy of spies) spy.mockRestore();
  }
}
