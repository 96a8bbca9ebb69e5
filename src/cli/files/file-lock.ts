import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';

/** SQLite's own code for "someone else holds it". */
const SQLITE_BUSY = 5;
const POLL_MS = 50;

export interface FileLock {
  release(): void;
}

/**
 * Takes a lock that the operating system drops when the holder dies, however it dies, so that none is ever stale. It is an
 * open transaction on an empty database file, which stays behind and means nothing.
 *
 * @returns null while another process, or another caller in this one, holds it
 * @throws when the file cannot be opened
 */
export function tryLock(file: string): FileLock | null {
  const database = open(file);
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (isBusy(error)) return null;
    throw error;
  }
  return { release: () => database.close() };
}

/**
 * Waits for such a lock.
 *
 * @param options.withinMs - without it there is no limit but the signal's
 * @param options.onWait - called once, when another holds it
 * @returns null when another still held it after `withinMs`
 */
export async function waitForLock(
  file: string,
  options: { withinMs?: number; signal?: AbortSignal; onWait?: () => void },
): Promise<FileLock | null> {
  const { withinMs = Infinity, signal, onWait } = options;
  const giveUpAt = Date.now() + withinMs;
  for (let first = true; ; first = false) {
    const lock = tryLock(file);
    if (lock !== null || Date.now() >= giveUpAt) return lock;
    if (first) onWait?.();
    await delay(POLL_MS, undefined, { signal });
  }
}

function open(file: string): DatabaseSync {
  try {
    return new DatabaseSync(file);
  } catch (cause) {
    throw new Error(`lock file ${file} cannot be opened`, { cause });
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY;
}
