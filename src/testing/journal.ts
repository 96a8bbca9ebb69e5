import { appendFileSync, readFileSync } from 'node:fs';

/** Adds a line to the file. Synchronously: what a process has begun must stand there when it is killed. */
export function appendEntry(file: string, entry: unknown): void {
  appendFileSync(file, `${JSON.stringify(entry)}\n`);
}

/** What was added to the file, in order; nothing while there is no file. */
export function readEntries<Entry>(file: string): Entry[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
  // A killed process may have left half a line.
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Entry);
}
