import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The bytes of uploaded files: in memory or, beside a state file, one file each in the folder `<state file>.files`. Bytes are written
 * before the row that names them, so a row always has its bytes; bytes without a row were never answered for.
 */
export interface Blobs {
  put(id: string, bytes: Uint8Array): void;
  get(id: string): Uint8Array | undefined;
  remove(id: string): void;
}

/** @param isKnown - whether a row names the file; bytes that none names are removed. */
export function openBlobs(stateFile: string | undefined, isKnown: (id: string) => boolean): Blobs {
  if (stateFile === undefined) {
    const memory = new Map<string, Uint8Array>();
    return {
      put: (id, bytes) => void memory.set(id, bytes),
      get: (id) => memory.get(id),
      remove: (id) => void memory.delete(id),
    };
  }
  const folder = `${stateFile}.files`;
  const names = list(folder);
  for (const name of names) if (!isKnown(name)) rmSync(join(folder, name), { force: true });
  return {
    put(id, bytes) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      const draft = join(folder, `${id}.new`);
      writeFileSync(draft, bytes, { mode: 0o600 });
      renameSync(draft, join(folder, id));
    },
    get: (id) => (isKnown(id) ? readFileSync(join(folder, id)) : undefined),
    remove: (id) => rmSync(join(folder, id), { force: true }),
  };
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // no file has been uploaded yet
  }
}
