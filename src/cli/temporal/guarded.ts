import { spawn, type ChildProcess } from 'node:child_process';

import { GUARD_FILE, type GuardMessage, type GuardTask } from './guard.ts';

const OUTPUT_LINES_KEPT = 40;
/** How much longer than the command's grace time its guard may take before it is killed too. */
const GUARD_GRACE_MS = 2_000;

export interface GuardedExit {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** The last lines the command wrote, standard output and error mixed. */
  output: string[];
}

export interface GuardedProcess {
  pid: number;
  exited: Promise<GuardedExit>;
  /** SIGTERM, then SIGKILL; resolves when nothing of it runs any more. */
  stop(): Promise<void>;
  /** This process need not live for it. */
  unref(): void;
}

/** Another process holds the lock file of a task. */
export class GuardLockedError extends Error {
  override readonly name = 'GuardLockedError';
}

/**
 * Starts a command that ends when this process ends, also by SIGKILL (see guard.ts).
 *
 * @returns once the command has a pid
 * @throws GuardLockedError when its lock file is held; Error when it cannot be started
 */
export function spawnGuarded(
  task: GuardTask & { env: Record<string, string | undefined>; onLine?: (line: string) => void },
): Promise<GuardedProcess> {
  const { env, onLine, ...sent } = task;
  const guard = spawn(process.execPath, [GUARD_FILE, JSON.stringify(sent)], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    detached: process.platform !== 'win32',
    windowsHide: true,
    env: withoutNodeOptions(env),
  });
  const output: string[] = [];
  let end: Pick<GuardedExit, 'code' | 'signal'> = { code: null, signal: null };
  // Messages may still be on their way when the process is gone, so its end is both events.
  const gone = Promise.all([happens(guard, 'exit'), happens(guard, 'disconnect')]);
  const exited = gone.then((): GuardedExit => {
    sweep(guard);
    return { ...end, output };
  });

  return new Promise((resolve, reject) => {
    guard.once('error', reject);
    void gone.then(() => reject(new Error('its guard process ended before it started')));
    guard.on('message', (message: GuardMessage) => {
      switch (message.type) {
        case 'started':
          resolve({
            pid: message.pid,
            exited,
            stop: () => stop(guard, exited, task.graceMs),
            unref: () => {
              guard.unref();
              guard.channel?.unref();
            },
          });
          return;
        case 'locked':
          reject(new GuardLockedError(`${String(task.lockFile)} is held by another process`));
          return;
        case 'failed':
          reject(new Error(message.reason));
          return;
        case 'line':
          output.push(message.line);
          if (output.length > OUTPUT_LINES_KEPT) output.shift();
          onLine?.(message.line);
          return;
        case 'exited':
          end = { code: message.code, signal: message.signal };
          return;
        default:
          message satisfies never;
      }
    });
  });
}

function happens(guard: ChildProcess, event: 'exit' | 'disconnect'): Promise<void> {
  return new Promise((resolve) => guard.once(event, () => resolve()));
}

async function stop(guard: ChildProcess, exited: Promise<unknown>, graceMs: number): Promise<void> {
  if (guard.connected) guard.disconnect();
  const timer = setTimeout(() => {
    sweep(guard);
    guard.kill('SIGKILL');
  }, graceMs + GUARD_GRACE_MS);
  await exited;
  clearTimeout(timer);
}

/** Kills what is left of the guard's process group, which is nothing unless the guard itself was killed. */
function sweep(guard: ChildProcess): void {
  if (guard.pid === undefined || process.platform === 'win32') return;
  try {
    process.kill(-guard.pid, 'SIGKILL');
  } catch {
    // no such group: everything ended
  }
}

/** NODE_OPTIONS of this process (a debugger, a loader) are not meant for the guard. */
function withoutNodeOptions(env: Record<string, string | undefined>): Record<string, string | undefined> {
  return { ...env, NODE_OPTIONS: undefined };
}
