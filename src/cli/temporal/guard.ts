/**
 * A process of its own that runs one command for no longer than its parent lives. It leads a process group, so that Ctrl+C in a
 * terminal reaches only the parent, which then ends things in their order.
 *
 *   locking ──▶ running ──▶ ending ──▶ gone
 *
 * locking: waits for the lock file, if there is one · running: the command has a pid · ending: the parent hung up (it stopped the
 * command, or it died: SIGKILL closes the channel too) or this process got a signal; the group gets SIGTERM, and SIGKILL after
 * the grace time · gone: the command ended, by itself or not; so does the guard.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { waitForLock } from '../files/file-lock.ts';
import { reasonOf } from './error.ts';

export interface GuardTask {
  command: string;
  args: string[];
  /** How long the command may take to end by itself. */
  graceMs: number;
  /** Held as long as the command runs. */
  lockFile?: string;
  lockWaitMs?: number;
  /** The command's output is appended here. */
  logFile?: string;
}

/** What the guard tells its parent. */
export type GuardMessage =
  | { type: 'started'; pid: number }
  | { type: 'locked' }
  | { type: 'failed'; reason: string }
  | { type: 'line'; line: string }
  | { type: 'exited'; code: number | null; signal: NodeJS.Signals | null };

export const GUARD_FILE = fileURLToPath(import.meta.url);

async function guard(task: GuardTask): Promise<void> {
  let end = (): void => process.exit();
  // The parent hung up or died, or someone wants this process gone.
  for (const event of ['disconnect', 'SIGTERM', 'SIGINT', 'SIGHUP']) process.on(event, () => end());

  const { lockFile, lockWaitMs: withinMs = 0 } = task;
  const lock = lockFile === undefined ? null : await waitForLock(lockFile, { withinMs });
  if (lockFile !== undefined && lock === null) {
    tellLast({ type: 'locked' });
    return;
  }
  const child = spawn(task.command, task.args, { stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true });
  let ending = false;
  end = () => {
    if (ending) return;
    ending = true;
    signalAll(child, 'SIGTERM');
    setTimeout(() => signalAll(child, 'SIGKILL'), task.graceMs);
  };
  child.on('error', (error) => tellLast({ type: 'failed', reason: error.message }));
  child.on('spawn', () => tell({ type: 'started', pid: child.pid ?? 0 }));
  child.on('close', (code, signal) => {
    lock?.release();
    tellLast({ type: 'exited', code, signal });
  });
  passOutput(child, task.logFile);
}

function passOutput(child: ChildProcess, logFile: string | undefined): void {
  const log = logFile === undefined ? undefined : createWriteStream(logFile, { flags: 'a' });
  log?.on('error', (error) =>
    tell({ type: 'line', line: `cannot write ${String(logFile)}: ${error.message}` }),
  );
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface({ input: stream }).on('line', (line) => {
      log?.write(`${line}\n`);
      tell({ type: 'line', line });
    });
  }
}

/** The command and whatever it started. Our own SIGTERM comes back to `end`, which ignores it the second time. */
function signalAll(child: ChildProcess, signal: NodeJS.Signals): void {
  if (process.platform === 'win32') child.kill(signal);
  else process.kill(-process.pid, signal);
}

function tell(message: GuardMessage, sent?: () => void): void {
  if (process.connected && process.send) process.send(message, undefined, undefined, () => sent?.());
  else sent?.();
}

function tellLast(message: GuardMessage): void {
  tell(message, () => process.exit());
}

if (process.argv[1] === GUARD_FILE) {
  guard(JSON.parse(process.argv[2] ?? '') as GuardTask).catch((error: unknown) => {
    tellLast({ type: 'failed', reason: reasonOf(error) });
  });
}
