import { readFile } from 'node:fs/promises';

import { CommandError } from '../run-command.ts';

/**
 * @param called - how the message names the file.
 * @returns null when there is no such file.
 * @throws CommandError when it cannot be read
 */
export async function readIfThere(file: string, called = file): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw new CommandError(`${called} cannot be read: ${String(error)}.`);
  }
}
