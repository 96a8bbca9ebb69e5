import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { until } from '../../src/testing/wait.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

export interface Finished {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface RunningCommand {
  child: ChildProcess;
  /** All it has said so far. */
  output: () => string;
  /** Resolves with the line in which this is said. @throws Error with all it has said when it ends before */
  says(text: string): Promise<string>;
  finished: Promise<Finished>;
}

/** Listens to a process that was just started. */
export function follow(child: ChildProcess): RunningCommand {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const finished = once(child, 'close').then(([code]) => ({ code: code as number | null, stdout, stderr }));
  const output = () => stdout + stderr;
  const says = (text: string) =>
    until(`"${text}"`, () => {
      const line = output()
        .split('\n')
        .find((one) => one.includes(text));
      if (line === undefined && child.exitCode !== null) throw new Error(output());
      return line;
    });
  return { child, output, says, finished };
}

/** Gives a command a terminal of its own, and hands on what is typed and said there. */
const ON_A_TERMINAL = 'import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))';

/** Starts the command line as a person would, in a process of its own; on a terminal what is written to its `stdin` is typed. */
export function startCli(
  args: string[],
  { env = {}, cwd = root, isOnTerminal = false }: StartOptions = {},
): RunningCommand {
  const command = [process.execPath, '--conditions=countersign-source', main, ...args];
  const [file = '', ...rest] = isOnTerminal ? ['python3', '-c', ON_A_TERMINAL, ...command] : command;
  const more = isOnTerminal ? { CI: '', TERM: 'xterm' } : {};
  return follow(
    spawn(file, rest, {
      cwd,
      env: { ...ownEnvironment(), ...more, ...env },
      stdio: [isOnTerminal ? 'pipe' : 'ignore', 'pipe', 'pipe'],
    }),
  );
}

interface StartOptions {
  env?: Record<string, string>;
  cwd?: string;
  isOnTerminal?: boolean;
}

export function runCli(...parameters: Parameters<typeof startCli>): Promise<Finished> {
  return startCli(...parameters).finished;
}

/** Processes that a command has started and that still live. */
export function descendants(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return children
    .split(' ')
    .filter(Boolean)
    .map(Number)
    .flatMap((child) => [child, ...descendants(child)]);
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** The environment without settings of this machine that would change what a command does. */
export function ownEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      value === undefined ||
      /^(TEMPORAL|COUNTERSIGN|OPENAI|XDG_CONFIG_HOME|VITEST|NODE_ENV|npm_(package|lifecycle|config_local_prefix))/.test(
        name,
      )
        ? []
        : [[name, value]],
    ),
  );
}
