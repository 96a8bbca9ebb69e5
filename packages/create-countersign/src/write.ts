import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { InitError } from './init-error.ts';

/** Files that say nothing of what the folder is for. */
const HARMLESS = new Set(['.git', '.DS_Store', 'Thumbs.db', '.idea', '.vscode']);
const SHOWN = 5;

/** @throws InitError when something is there, with its names and the remedy. */
export async function checkFolder(folder: string): Promise<void> {
  const found = await stat(folder).catch((error: unknown) => {
    if (isMissing(error)) return null;
    throw new InitError(`${folder} cannot be used: ${(error as Error).message}. Name another folder.`);
  });
  if (found === null) return;
  if (!found.isDirectory()) throw new InitError(`${folder} is a file. Name a folder that is new or empty.`);
  const names = (await readdir(folder)).filter((name) => !HARMLESS.has(name)).sort();
  if (names.length === 0) return;
  const more = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : '';
  throw new InitError(
    `${folder} is not empty: ${names.slice(0, SHOWN).join(', ')}${more}. Nothing was written. ` +
      'Name a folder that is new or empty, or move these files away.',
  );
}

/**
 * Writes the files. One that has come into being meanwhile is left alone.
 *
 * @throws InitError naming a file that cannot be written.
 */
export async function writeProject(folder: string, files: ReadonlyMap<string, string>): Promise<void> {
  for (const [path, text] of files) {
    const file = join(folder, path);
    try {
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text, { flag: 'wx' });
    } catch (error) {
      throw new InitError(`${file} cannot be written: ${(error as Error).message}.`, { cause: error });
    }
  }
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}
