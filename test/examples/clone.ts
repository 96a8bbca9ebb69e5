import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { DevFile } from '../../src/cli/files/dev-file.ts';
import type { AnyShownApproval } from '../../src/contracts/approval/approval.ts';
import { blocks, readText, root } from '../docs/markdown.ts';
import { follow, ownEnvironment, type RunningCommand } from '../support/cli.ts';
import { until } from '../../src/testing/wait.ts';

const START_LIMIT_MS = 100_000;

/** What of the repository the commands of an example use. */
export const USED = ['package.json', 'src', 'packages', 'examples', 'node_modules'];

/**
 * A folder in which the commands of an example's README run as they stand there: it looks like a clone of the repository, made of
 * links, and has a `.countersign` of its own.
 */
export interface Clone {
  folder: string;
  /** Runs a command of a README in a shell; to its end, or until `kill`. */
  start(command: string, env?: Record<string, string>): RunningCommand;
  /** Runs it to its end. @throws Error with all it has said unless it ends with 0 */
  run(command: string, env?: Record<string, string>): Promise<string>;
  /** Runs the command that starts everything, until it is up. */
  up(command: string, env?: Record<string, string>): Promise<RunningCommand>;
  /** What `npm run dev` in this folder runs, and how to reach it. */
  dev(): Promise<DevFile>;
  /** Asks the gateway. @throws Error unless the answer is 2xx */
  ask<T>(path: string, body?: unknown): Promise<T>;
  /** Waits for an approval that waits for a person. */
  pending(what: string, fits: (approval: AnyShownApproval) => boolean): Promise<AnyShownApproval>;
  remove(): Promise<void>;
}

export async function makeClone(environment: Record<string, string> = {}): Promise<Clone> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-clone-'));
  for (const name of USED) await symlink(join(root, name), join(folder, name));
  return openClone(folder, environment);
}

/** @param environment - what every command gets, such as the task queue of this clone */
export function openClone(folder: string, environment: Record<string, string> = {}): Clone {
  const started: RunningCommand[] = [];
  const file = join(folder, '.countersign', 'dev.json');
  const dev = async (): Promise<DevFile> => JSON.parse(await readFile(file, 'utf8')) as DevFile;

  const start: Clone['start'] = (command, env = {}) => {
    const running = follow(
      spawn('bash', ['-c', command], {
        cwd: folder,
        env: { ...ownEnvironment(), ...environment, ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
        detached: true, // a group of its own, so that all of it can be ended
      }),
    );
    started.push(running);
    return running;
  };

  const ask = async <T>(path: string, body?: unknown): Promise<T> => {
    const { gateway, apiKey } = await dev();
    const response = await fetch(`${gateway}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as T;
  };

  return {
    folder,
    start,
    dev,
    ask,
    async run(command, env) {
      const { finished, output } = start(command, env);
      const { code } = await finished;
      if (code !== 0) throw new Error(`"${command}" ended with ${String(code)}:\n${output()}`);
      return output();
    },
    async up(command, env) {
      const running = start(command, {
        COUNTERSIGN_GATEWAY_PORT: '0',
        COUNTERSIGN_SIMULATOR_PORT: '0',
        ...env,
      });
      await until(
        `"${command}" to be up`,
        async () => {
          if (running.child.exitCode !== null) throw new Error(`"${command}" ended:\n${running.output()}`);
          return dev().catch(() => null);
        },
        START_LIMIT_MS,
      );
      return running;
    },
    pending: (what, fits) =>
      until(what, async () => {
        const { approvals } = await ask<{ approvals: AnyShownApproval[] }>('/v1/approvals?expand=arguments');
        return approvals.find((approval) => approval.status === 'pending' && fits(approval)) ?? null;
      }),
    async remove() {
      // A shell ends with its command, and `dev` ends all that it has started.
      for (const { child, finished } of started.toReversed()) {
        if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
        await finished;
      }
      await rm(folder, { recursive: true });
    },
  };
}

/** The commands that an example's README shows, a line each. */
export function commandsOf(example: string): string[] {
  return blocks(readText(`examples/${example}/README.md`))
    .filter(({ language }) => language === 'sh')
    .flatMap(({ code }) => code.replaceAll('\\\n', ' ').split('\n'))
    .filter((line) => line.trim() !== '' && !line.startsWith('#'));
}

/** The one command of an example that has this text in it. */
export function commandOf(example: string, text: string): string {
  const found = commandsOf(example).filter((command) => command.includes(text));
  if (found.length !== 1)
    throw new Error(`${found.length} commands of ${example} have "${text}": ${found.join('; ')}`);
  return found[0] ?? '';
}

/** The id of the approval that a turn of the command line waits for. */
export function approvalIn(output: string): string {
  const [, approvalId] = /approvals approve (\S+)/.exec(output) ?? [];
  if (approvalId === undefined) throw new Error(`No approval in:\n${output}`);
  return approvalId;
}

/** The id of the turn that the command line has started. */
export function turnIn(output: string): string {
  const [, turnId] = /^turn (\S+)/m.exec(output) ?? [];
  if (turnId === undefined) throw new Error(`No turn in:\n${output}`);
  return turnId;
}
