import { DatabaseSync } from 'node:sqlite';

/** SQLite's own code for "someone else holds it". */
const SQLITE_BUSY = 5;

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
