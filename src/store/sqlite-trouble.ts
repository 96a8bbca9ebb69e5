import { StoreUnavailableError, type StoreTrouble } from './errors.ts';

const DAMAGED =
  'Stop every process that uses it and put a backup in its place. Without a backup, move the file away: a new one is made, and its index can be rebuilt from Temporal.';

/** SQLite's result codes (sqlite.org/rescode.html), the lower byte of extended ones. */
const TROUBLE: Readonly<Record<number, readonly [trouble: StoreTrouble, found: string, remedy: string]>> = {
  3: ['refused', 'may not be opened', 'Let this user read and write the file and its folder.'],
  5: [
    'locked',
    'is locked by another process',
    'Stop what holds it, such as a backup or a shell of sqlite3.',
  ],
  6: ['locked', 'is locked by this process', 'Try again.'],
  8: ['read-only', 'cannot be written', 'Let this user write the file and its folder.'],
  10: ['unreachable', 'cannot be read or written', 'Check the disk.'],
  11: ['damaged', 'is damaged', DAMAGED],
  13: ['full', 'cannot grow', 'Make room on its disk.'],
  14: ['unreachable', 'cannot be opened', 'Check that the folder exists and that this user may write there.'],
  26: ['damaged', 'is not a SQLite database', DAMAGED],
};
/** Node's own codes, for the file and its folder. */
const FILE_TROUBLE: Readonly<Record<string, number>> = { EACCES: 3, EPERM: 3, EROFS: 8, ENOSPC: 13 };

export function isLocked(error: unknown): boolean {
  const code = codeOf(error);
  return code === 5 || code === 6;
}

/** @returns what to throw in place of an error: a bug stays as it is. */
export function toSqliteTrouble(error: unknown, path: string): unknown {
  const code = codeOf(error);
  const [trouble, found, remedy] = code === undefined ? [] : (TROUBLE[code] ?? []);
  if (trouble === undefined) return error;
  const because = error instanceof Error ? error.message : String(error);
  return new StoreUnavailableError(trouble, `The store ${path} ${found} (${because}). ${remedy}`, {
    cause: error,
  });
}

function codeOf(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('errcode' in error && typeof error.errcode === 'number') return error.errcode & 0xff;
  if (!('syscall' in error) || !('code' in error)) return undefined;
  return FILE_TROUBLE[String(error.code)] ?? 14;
}
