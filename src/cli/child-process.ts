/**
 * Both ends of the line between a supervisor and a command it runs as a process of its own, which is Node's IPC channel:
 *
 *   command ──{ready: info}──▶ supervisor     once, when it can be used
 *   command ◀──channel closes── supervisor    the supervisor died, even by SIGKILL: end yourself
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';

import { z } from 'zod';

import { EXIT_CODES } from './errors/exit-codes.ts';

export interface ProcessExit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** A process that said it can be used. */
export interface RunningProcess<Info> {
  pid: number;
  info: Info;
  exited: Promise<ProcessExit>;
  kill(signal: NodeJS.Signals): void;
  /** SIGTERM, then SIGKILL; resolves when it has ended. */
  stop(): Promise<void>;
}

/** What ends a process of ours before it is ready, and can be put right. */
const EXPECTED = [EXIT_CODES.usage.code, EXIT_CODES.unavailable.code];

/** A process did not become ready. What it said itself is the message, when it ended with something a person can put right. */
export class NotReadyError extends Error {
  override readonly name = 'NotReadyError';
  /** How it ended; null when it had to be ended. */
  readonly exitCode: number | null;

  constructor(process: string, cause: unknown, lines: readonly string[], exitCode: number | null) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const written = lines.map((line) => `\n  ${line}`).join('');
    const said = lines.filter((line) => !line.startsWith('{')).join('\n');
    const isExpected = EXPECTED.some((code) => code === exitCode) && said !== '';
    super(
      isExpected
        ? said
        : `${process} did not become ready: ${reason}.${written && ` The last it wrote:${written}`}`,
      { cause },
    );
    this.exitCode = exitCode;
  }
}

export interface LaunchContext {
  name: string;
  onLine: (line: string) => void;
  /** Aborted when the process is not wanted any more before it is ready. */
  signal: AbortSignal;
}

/** Starts a process and resolves when it is ready. Called again each time it has to be restarted. */
export type Launch<Info> = (context: LaunchContext) => Promise<RunningProcess<Info>>;

const GRACE_MS = 10_000;
const READY_LIMIT_MS = 60_000;
const LINES_SHOWN = 20;

const readyMessage = z.object({ ready: z.unknown() });

/**
 * A launch of a Node program that calls `tellReady` and `endWithParent`. It gets a process group of its own, so that Ctrl+C in a
 * terminal reaches only the supervisor, which then ends things in their order.
 *
 * @param options.ready the shape of what the program tells when it is ready
 */
export function launchCommand<Info>(options: {
  /** Default: the Node that runs this. */
  command?: string;
  args: string[];
  ready: z.ZodType<Info>;
  env?: Readonly<Record<string, string | undefined>>;
  cwd?: string;
  graceMs?: number;
  readyWithinMs?: number;
}): Launch<Info> {
  const { args, ready, env, cwd, graceMs = GRACE_MS, readyWithinMs = READY_LIMIT_MS } = options;
  return async ({ name, onLine, signal }) => {
    signal.throwIfAborted();
    const child = spawn(options.command ?? process.execPath, args, {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      detached: process.platform !== 'win32',
      windowsHide: true,
      ...(env === undefined ? {} : { env }),
      ...(cwd === undefined ? {} : { cwd }),
    });
    const lastErrors = readOutput(child, onLine);
    const exited = new Promise<ProcessExit>((resolve) => {
      child.once('close', (code, by) => resolve({ code, signal: by }));
    });
    const stop = () => end(child, exited, graceMs);
    try {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(readyWithinMs)]);
      const info = ready.parse(await hearReady(child, exited, limit));
      return { pid: child.pid ?? 0, info, exited, kill: (by) => child.kill(by), stop };
    } catch (error) {
      await stop();
      throw new NotReadyError(name, error, lastErrors, child.exitCode);
    }
  };
}

/** The command's side: it can be used now. Does nothing when nobody listens. */
export function tellReady(info: Readonly<Record<string, unknown>>): void {
  process.send?.({ ready: info });
}

/**
 * The command's side: when the supervisor is gone, this process ends as if it had got SIGTERM, so that there is one way to end;
 * and by SIGKILL if that takes longer than the grace time. Does nothing for a command a person started.
 */
export function endWithParent(graceMs = GRACE_MS): void {
  if (process.send === undefined) return;
  process.once('disconnect', () => {
    // Who read our output is gone; that is no reason to die in the middle of a shutdown.
    for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), graceMs).unref();
    if (!process.emit('SIGTERM', 'SIGTERM')) process.exit();
  });
  // The channel alone is no reason to stay.
  process.channel?.unref();
  if (!process.connected) process.emit('disconnect');
}

function readOutput(child: ChildProcess, onLine: (line: string) => void): string[] {
  const lastErrors: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface({ input: stream }).on('line', (line) => {
      onLine(line);
      if (stream !== child.stderr) return;
      lastErrors.push(line);
      if (lastErrors.length > LINES_SHOWN) lastErrors.shift();
    });
  }
  return lastErrors;
}

function hearReady(child: ChildProcess, exited: Promise<ProcessExit>, limit: AbortSignal): Promise<unknown> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.on('message', (message) => {
      const parsed = readyMessage.safeParse(message);
      if (parsed.success) resolve(parsed.data.ready);
    });
    limit.addEventListener('abort', () => reject(new Error('it took too long, or was stopped')), {
      once: true,
    });
    void exited.then(({ code, signal }) => {
      reject(new Error(`it ended with ${signal ?? `exit code ${String(code)}`}`));
    });
  });
}

async function end(child: ChildProcess, exited: Promise<unknown>, graceMs: number): Promise<void> {
  if (child.pid === undefined) return;
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
  await exited;
  clearTimeout(timer);
}
