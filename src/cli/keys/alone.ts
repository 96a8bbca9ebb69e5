import { waitForLock } from '../files/file-lock.ts';
import { CommandError } from '../run-command.ts';

/** Reading, adding and writing takes milliseconds. */
const LOCK_LIMIT_MS = 10_000;

/**
 * Changes a file of keys, one at a time, so that no key is lost between reading and writing.
 *
 * @param option - that names the file.
 * @throws CommandError when another one is changing it
 */
export async function alone<T>(file: string, option: string, work: () => Promise<T>): Promise<T> {
  const lock = await waitForLock(`${file}.lock`, { withinMs: LOCK_LIMIT_MS });
  if (lock === null)
    throw new CommandError(
      `${option} ${file} is being changed by another "keys" command for more than ${LOCK_LIMIT_MS / 1_000} s. End that one, and try again.`,
    );
  try {
    return await work();
  } finally {
    lock.release();
  }
}
