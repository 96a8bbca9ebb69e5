import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

import type { Environment } from './context.ts';
import { reasonOf } from './error.ts';

/** Servers before it are not tried. Its number, not the CLI's: `go install` leaves that at 0.0.0. */
const OLDEST_SERVER = [1, 28] as const;
const VERSION_LIMIT_MS = 15_000;

/** The executable a command name stands for, looked for in the folders of PATH. */
export async function findOnPath(command: string, env: Environment): Promise<string | null> {
  const names = process.platform === 'win32' ? [`${command}.exe`] : [command];
  const path = env.PATH ?? env.Path ?? '';
  for (const folder of path.split(delimiter).filter(Boolean)) {
    for (const name of names) {
      const file = join(folder, name);
      if (await isExecutable(file)) return file;
    }
  }
  return null;
}

export async function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/**
 * Runs a Temporal CLI to see that it is one, whole and new enough.
 *
 * @returns why it cannot be used, or null
 */
export async function whyUnusable(file: string, env: Environment): Promise<string | null> {
  let version: string;
  try {
    const run = promisify(execFile)(file, ['--version'], { env: { ...env }, timeout: VERSION_LIMIT_MS });
    version = (await run).stdout.trim();
  } catch (error) {
    return `${file} --version failed: ${reasonOf(error)}`;
  }
  const [, major, minor] = /\(Server (\d+)\.(\d+)/.exec(version) ?? [];
  if (major === undefined || minor === undefined) {
    return `${file} --version answered "${version.slice(0, 80)}", which names no Temporal server`;
  }
  const [oldestMajor, oldestMinor] = OLDEST_SERVER;
  const isOld = Number(major) < oldestMajor || (Number(major) === oldestMajor && Number(minor) < oldestMinor);
  return isOld ? `${file} has server ${major}.${minor}; ${OLDEST_SERVER.join('.')} or newer is needed` : null;
}
