/**
 * Keeps named processes running. Each of them is, at any time:
 *
 *   starting ──▶ up ──▶ waiting ──▶ starting …        it died: again after a back-off
 *      │          └───▶ down                           stopped, or killed with restart: false; `restart` brings it back
 *      └─ never was up: `start` rejects, nothing is kept
 */
import { setTimeout as delay } from 'node:timers/promises';

import type { Launch, ProcessExit, RunningProcess } from './child-process.ts';

export type SupervisorEvent =
  | { type: 'process.started'; name: string; pid: number }
  | { type: 'process.exited'; name: string; pid: number; exit: ProcessExit; restartInMs: number | null }
  | { type: 'process.restarted'; name: string; pid: number; previousPid: number }
  | { type: 'process.restart_failed'; name: string; reason: string; restartInMs: number };

export interface SupervisorOptions {
  onEvent?: (event: SupervisorEvent) => void;
  /** Every line a process writes, standard output and error alike. */
  onOutput?: (name: string, line: string) => void;
  backoff?: Partial<Backoff>;
}

interface Backoff {
  firstMs: number;
  maxMs: number;
  /** A process that was up this long starts again with the first delay. */
  steadyMs: number;
}

export interface Supervisor {
  /**
   * Starts a process and keeps it running.
   *
   * @returns what it told when it was ready
   * @throws Error with the last of its standard error, when it ends before that
   */
  start<Info>(name: string, launch: Launch<Info>): Promise<Info>;
  /** Starts a process again that is down; one that is up is stopped first. */
  restart(name: string): Promise<void>;
  /**
   * Starts a process anew beside the one that runs, and stops that once the new one is ready.
   *
   * @returns what the new one told when it was ready
   * @throws Error as `start` does, when it does not become ready; the one before goes on
   */
  replace(name: string): Promise<unknown>;
  /**
   * Sends a signal; resolves at once.
   *
   * @param options.restart false leaves it down once it ended
   * @returns whether there was a process to send it to
   */
  kill(name: string, signal: NodeJS.Signals, options?: { restart?: boolean }): boolean;
  /** Of the processes that are up. */
  pids(): Record<string, number>;
  /** Stops everything, last started first; each with SIGTERM, then SIGKILL. */
  stop(): Promise<void>;
}

interface Entry {
  name: string;
  launch: Launch<unknown>;
  /** Aborted when the process is to stay down. */
  down: AbortController;
  running: RunningProcess<unknown> | null;
  /** Settles when nothing of it runs and nothing will be started. */
  kept: Promise<void>;
}

const DEFAULT_BACKOFF: Backoff = { firstMs: 200, maxMs: 10_000, steadyMs: 30_000 };

function newEntry(name: string, launch: Launch<unknown>): Entry {
  return { name, launch, running: null, down: new AbortController(), kept: Promise.resolve() };
}

export function createSupervisor(options: SupervisorOptions = {}): Supervisor {
  const backoff = { ...DEFAULT_BACKOFF, ...options.backoff };
  const emit = (event: SupervisorEvent) => options.onEvent?.(event);
  const entries = new Map<string, Entry>();
  /** Those that are to take another's place, and are not ready yet. */
  const coming = new Set<Entry>();

  async function launch<Info>(entry: Entry, how: Launch<Info>): Promise<RunningProcess<Info>> {
    const { name, down } = entry;
    const onLine = (line: string) => options.onOutput?.(name, line);
    const running = await how({ name, onLine, signal: down.signal });
    if (down.signal.aborted) {
      await running.stop();
      throw new Error(`${name} was stopped while it started`);
    }
    entry.running = running;
    return running;
  }

  async function bringUp<Info>(entry: Entry, how: Launch<Info>): Promise<Info> {
    const first = launch(entry, how);
    entry.kept = first.then(
      (running) => keep(entry, running),
      () => undefined,
    );
    const { pid, info } = await first;
    emit({ type: 'process.started', name: entry.name, pid });
    return info;
  }

  async function keep(entry: Entry, first: RunningProcess<unknown>): Promise<void> {
    const { name, down } = entry;
    let failures = 0;
    let running: RunningProcess<unknown> | null = first;
    while (running !== null) {
      const { pid }: RunningProcess<unknown> = running;
      const upAt = Date.now();
      const exit: ProcessExit = await running.exited;
      entry.running = null;
      if (Date.now() - upAt >= backoff.steadyMs) failures = 0;
      const restartInMs = down.signal.aborted ? null : delayMs(failures);
      emit({ type: 'process.exited', name, pid, exit, restartInMs });
      running = await again(entry, failures);
      failures += 1;
      if (running) emit({ type: 'process.restarted', name, pid: running.pid, previousPid: pid });
    }
  }

  /** @returns null when the process is to stay down */
  async function again(entry: Entry, failures: number): Promise<RunningProcess<unknown> | null> {
    const { signal } = entry.down;
    for (let failed = failures; ; failed += 1) {
      try {
        await delay(delayMs(failed), undefined, { signal });
        return await launch(entry, entry.launch);
      } catch (error) {
        if (signal.aborted) return null;
        const reason = error instanceof Error ? error.message : String(error);
        emit({ type: 'process.restart_failed', name: entry.name, reason, restartInMs: delayMs(failed + 1) });
      }
    }
  }

  function delayMs(failures: number): number {
    return Math.min(backoff.maxMs, backoff.firstMs * 2 ** failures);
  }

  async function takeDown(entry: Entry): Promise<void> {
    entry.down.abort();
    await entry.running?.stop();
    await entry.kept;
  }

  function known(name: string): Entry {
    const entry = entries.get(name);
    if (entry === undefined) throw new Error(`no process "${name}": ${[...entries.keys()].join(', ')}`);
    return entry;
  }

  return {
    async start(name, how) {
      if (entries.has(name)) throw new Error(`process "${name}" is started already`);
      const entry = newEntry(name, how);
      entries.set(name, entry);
      try {
        return await bringUp(entry, how);
      } catch (error) {
        entries.delete(name);
        throw error;
      }
    },
    async restart(name) {
      const entry = known(name);
      await takeDown(entry);
      entry.down = new AbortController();
      await bringUp(entry, entry.launch);
    },
    async replace(name) {
      const before = known(name);
      const entry = newEntry(name, before.launch);
      coming.add(entry);
      try {
        const info = await bringUp(entry, entry.launch);
        entries.set(name, entry);
        await takeDown(before);
        return info;
      } finally {
        coming.delete(entry);
      }
    },
    kill(name, signal, { restart = true } = {}) {
      const entry = known(name);
      if (!restart) entry.down.abort();
      entry.running?.kill(signal);
      return entry.running !== null;
    },
    pids() {
      return Object.fromEntries(
        [...entries.values()].flatMap(({ name, running }) => (running ? [[name, running.pid]] : [])),
      );
    },
    async stop() {
      for (const entry of [...coming, ...[...entries.values()].reverse()]) await takeDown(entry);
      entries.clear();
    },
  };
}
