import { chmod, rename, writeFile } from 'node:fs/promises';

/**
 * Writes a file that only its owner can read. It is written beside its place and moved there, so that a reader finds the old
 * text or the new one, never half of it.
 */
export async function writePrivateFile(file: string, text: string): Promise<void> {
  const draft = `${file}.${process.pid}.draft`;
  await writeFile(draft, text, { mode: 0o600 });
  await chmod(draft, 0o600); // a draft that was there before keeps its mode otherwise
  await rename(draft, file);
}
