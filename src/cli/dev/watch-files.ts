import { unwatchFile, watchFile } from 'node:fs';

/** Files that are looked at until they are changed. */
export interface WatchedFiles {
  /** Looks at these from now on, and at no others. */
  set(files: readonly string[]): void;
  close(): void;
}

const LOOK_EVERY_MS = 250;
/** An editor may write a file in several steps, and several files at once. */
const SETTLE_MS = 150;

/**
 * Tells when one of some files has been changed, made or removed. It looks at the path, not at the file: most editors put another one in
 * its place.
 */
export function watchFiles(onChange: () => void): WatchedFiles {
  let watched: string[] = [];
  let timer: NodeJS.Timeout | undefined;
  const changed = (
    now: { mtimeMs: number; size: number },
    before: { mtimeMs: number; size: number },
  ): void => {
    if (now.mtimeMs === before.mtimeMs && now.size === before.size) return;
    clearTimeout(timer);
    timer = setTimeout(onChange, SETTLE_MS);
  };
  const clear = (): void => watched.forEach((file) => unwatchFile(file, changed));
  return {
    set(files) {
      clear();
      watched = [...new Set(files)];
      for (const file of watched) watchFile(file, { interval: LOOK_EVERY_MS, persistent: false }, changed);
    },
    close() {
      clearTimeout(timer);
      clear();
    },
  };
}
