import type { Clock } from '../clock.ts';
import { toSeconds } from '../clock.ts';
import { newFileId, type IdStyle } from '../ids.ts';
import type { Store } from '../state/store.ts';
import { openBlobs } from './blobs.ts';
import { noSuchFile } from './errors.ts';
import type { StoredFile } from './wire.ts';
import { FILES, VECTOR_STORE_FILES } from './tables.ts';

/** Finds and keeps files. */
export interface Files {
  upload(file: { filename: string; bytes: Uint8Array; purpose: string }): StoredFile;
  /** @throws ApiError 404 */
  find(id: string): StoredFile;
  content(id: string): Uint8Array;
  /** Also takes it out of every vector store. */
  remove(id: string): void;
}

export function createFiles(store: Store, clock: Clock, stateFile: string | undefined, ids: IdStyle): Files {
  const blobs = openBlobs(stateFile, (id) => store.get(FILES, id) !== undefined);

  function find(id: string): StoredFile {
    const file = store.get(FILES, id);
    if (file === undefined) throw noSuchFile(id);
    return file;
  }

  return {
    find,
    upload({ filename, bytes, purpose }) {
      const file = toFile({ filename, purpose, bytes: bytes.length, nowMs: clock.nowMs(), ids });
      blobs.put(file.id, bytes);
      store.write([FILES.put(file)]);
      return file;
    },
    content(id) {
      const { text } = find(id);
      return text === null ? (blobs.get(id) ?? new Uint8Array()) : new TextEncoder().encode(text);
    },
    remove(id) {
      find(id);
      const held = store.all(VECTOR_STORE_FILES).filter(({ fileId }) => fileId === id);
      store.write([FILES.remove(id), ...held.map((row) => VECTOR_STORE_FILES.remove(row.id))]);
      blobs.remove(id);
    },
  };
}

/** The fields in the order of the recordings. */
export function toFile(made: {
  filename: string;
  purpose: string;
  bytes: number;
  nowMs: number;
  ids: IdStyle;
  text?: string;
}): StoredFile {
  const { filename, purpose, bytes, nowMs, ids, text = null } = made;
  const id = newFileId(ids);
  return {
    id,
    body: {
      ...{ object: 'file', id, purpose, filename, bytes, created_at: toSeconds(nowMs) },
      ...{ expires_at: null, status: 'processed', status_details: null },
    },
    text,
  };
}
