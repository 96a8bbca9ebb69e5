import { toSeconds, type Clock } from '../clock.ts';
import { newVectorStoreId, type IdStyle } from '../ids.ts';
import type { Latency } from '../latency.ts';
import type { Store } from '../state/store.ts';
import type { Change } from '../state/tables.ts';
import { noVectorStore } from './errors.ts';
import type { Files } from './files.ts';
import type { StoredVectorStore, StoredVectorStoreFile } from './wire.ts';
import { FILES, VECTOR_STORES, VECTOR_STORE_FILES } from './tables.ts';

export type FileStatus = 'in_progress' | 'completed' | 'cancelled';

/** How many files are in which state; none ever fails. */
export function countFiles(statuses: readonly FileStatus[]): Record<FileStatus | 'failed' | 'total', number> {
  const count = (wanted: FileStatus) => statuses.filter((status) => status === wanted).length;
  return {
    ...{ in_progress: count('in_progress'), completed: count('completed'), failed: 0 },
    ...{ cancelled: count('cancelled'), total: statuses.length },
  };
}

/** Makes and finds vector stores. What they hold is `in_progress` for as long as a run thinks, then `completed`. */
export interface VectorStores {
  /** @throws ApiError 404 */
  find(id: string): StoredVectorStore;
  filesOf(id: string): StoredVectorStoreFile[];
  /** A new store with these files; nothing is written yet. @throws ApiError 404 for an unknown file. */
  make(wanted: {
    name?: string | undefined;
    fileIds: readonly string[];
    metadata?: Record<string, string> | null | undefined;
  }): { id: string; changes: Change[] };
  /** The file's place in the store; nothing is written yet. @throws ApiError 404 for an unknown file. */
  place(id: string, fileId: string, attributes?: Record<string, unknown> | null): StoredVectorStoreFile;
  show(store: StoredVectorStore): object;
  showFile(row: StoredVectorStoreFile): { id: string; status: FileStatus };
}

export function createVectorStores(deps: {
  store: Store;
  clock: Clock;
  files: Files;
  latency: Latency;
  ids: IdStyle;
}): VectorStores {
  const { store, clock, files, latency, ids } = deps;
  const filesOf = (id: string) =>
    store.all(VECTOR_STORE_FILES).filter(({ vectorStoreId }) => vectorStoreId === id);
  const statusOf = ({ readyAtMs, isCancelled }: StoredVectorStoreFile): FileStatus =>
    isCancelled === true ? 'cancelled' : readyAtMs <= clock.nowMs() ? 'completed' : 'in_progress';
  const isReady = (row: StoredVectorStoreFile) => statusOf(row) === 'completed';
  const bytesOf = (row: StoredVectorStoreFile) =>
    isReady(row) ? (store.get(FILES, row.fileId)?.body.bytes ?? 0) : 0;

  function place(id: string, fileId: string, attributes?: Record<string, unknown> | null) {
    files.find(fileId);
    return {
      id: `${id}/${fileId}`,
      vectorStoreId: id,
      fileId,
      created_at: toSeconds(clock.nowMs()),
      readyAtMs: clock.nowMs() + latency.thinkMs,
      attributes: attributes ?? {},
    };
  }

  return {
    filesOf,
    place,
    find(id) {
      const found = store.get(VECTOR_STORES, id);
      if (found === undefined) throw noVectorStore(id);
      return found;
    },
    make({ name, fileIds, metadata }) {
      const id = newVectorStoreId(ids);
      const made = {
        id,
        created_at: toSeconds(clock.nowMs()),
        name: name ?? null,
        metadata: metadata ?? {},
      };
      const placed = [...new Set(fileIds)].map((fileId) => place(id, fileId));
      return {
        id,
        changes: [VECTOR_STORES.put(made), ...placed.map((row) => VECTOR_STORE_FILES.put(row))],
      };
    },
    show({ id, created_at, name, metadata }) {
      const rows = filesOf(id);
      return {
        ...{ id, object: 'vector_store', created_at },
        name: name ?? '',
        usage_bytes: rows.reduce((sum, row) => sum + bytesOf(row), 0),
        file_counts: countFiles(rows.map(statusOf)),
        status: rows.some((row) => statusOf(row) === 'in_progress') ? 'in_progress' : 'completed',
        expires_after: null,
        expires_at: null,
        last_active_at: created_at,
        metadata,
      };
    },
    showFile: (row) => ({
      id: row.fileId,
      object: 'vector_store.file',
      usage_bytes: bytesOf(row),
      created_at: row.created_at,
      vector_store_id: row.vectorStoreId,
      status: statusOf(row),
      last_error: null,
      chunking_strategy: {
        type: 'static',
        static: { max_chunk_size_tokens: 800, chunk_overlap_tokens: 400 },
      },
      attributes: row.attributes,
    }),
  };
}
