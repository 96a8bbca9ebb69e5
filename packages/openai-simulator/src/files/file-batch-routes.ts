import { toSeconds } from '../clock.ts';
import { paginate } from '../http/pagination.ts';
import { noQuery, onGet, onPost } from '../http/router.ts';
import { nothing } from '../http/schemas.ts';
import { newFileBatchId } from '../ids.ts';
import type { Parts } from '../parts.ts';
import { batchIsOver, filesOrIds, noFileBatch } from './errors.ts';
import { createFileBatch, listVectorStoreFilesQuery } from './schemas.ts';
import { FILE_BATCHES, VECTOR_STORE_FILES } from './tables.ts';
import { countFiles } from './vector-stores.ts';
import type { StoredFileBatch, StoredVectorStoreFile } from './wire.ts';

/** Files that are put into a vector store at once. A batch is in progress for as long as one of its files is. */
export function addFileBatchRoutes({ api, store, clock, vectorStores, rules }: Parts): void {
  function find(vectorStoreId: string, batchId: string): StoredFileBatch {
    vectorStores.find(vectorStoreId);
    const batch = store.get(FILE_BATCHES, batchId);
    if (batch?.vectorStoreId !== vectorStoreId) throw noFileBatch(batchId, vectorStoreId);
    return batch;
  }

  const rowsOf = ({ vectorStoreId, fileIds }: StoredFileBatch): StoredVectorStoreFile[] =>
    vectorStores.filesOf(vectorStoreId).filter(({ fileId }) => fileIds.includes(fileId));

  function statusOf(batch: StoredFileBatch, rows: readonly StoredVectorStoreFile[]): string {
    if (batch.isCancelled) return 'cancelled';
    return rows.some((row) => vectorStores.showFile(row).status === 'in_progress')
      ? 'in_progress'
      : 'completed';
  }

  function show(batch: StoredFileBatch): object {
    const rows = rowsOf(batch);
    return {
      id: batch.id,
      object: 'vector_store.file_batch',
      created_at: batch.created_at,
      status: statusOf(batch, rows),
      vector_store_id: batch.vectorStoreId,
      file_counts: countFiles(rows.map((row) => vectorStores.showFile(row).status)),
    };
  }

  onPost(api, 'vectorStoreBatches.create', createFileBatch, ({ ids: { vectorStoreId }, body }) => {
    vectorStores.find(vectorStoreId);
    const { file_ids, files, attributes } = body;
    if ((file_ids === undefined) === (files === undefined)) throw filesOrIds();
    const wanted = files ?? (file_ids ?? []).map((file_id) => ({ file_id, attributes }));
    const rows = wanted.map((file) => vectorStores.place(vectorStoreId, file.file_id, file.attributes));
    const batch: StoredFileBatch = {
      id: newFileBatchId(rules.ids),
      vectorStoreId,
      created_at: toSeconds(clock.nowMs()),
      fileIds: [...new Set(rows.map(({ fileId }) => fileId))],
      isCancelled: false,
    };
    store.write([FILE_BATCHES.put(batch), ...rows.map((row) => VECTOR_STORE_FILES.put(row))]);
    return show(batch);
  });

  onGet(api, 'vectorStoreBatches.retrieve', noQuery, ({ ids }) => show(find(ids.vectorStoreId, ids.batchId)));

  onPost(api, 'vectorStoreBatches.cancel', nothing, ({ ids }) => {
    const batch = find(ids.vectorStoreId, ids.batchId);
    const rows = rowsOf(batch);
    const status = statusOf(batch, rows);
    if (status !== 'in_progress') throw batchIsOver(status);
    const open = rows.filter((row) => vectorStores.showFile(row).status === 'in_progress');
    const after = { ...batch, isCancelled: true };
    store.write([
      FILE_BATCHES.put(after),
      ...open.map((row) => VECTOR_STORE_FILES.put({ ...row, isCancelled: true })),
    ]);
    return show(after);
  });

  onGet(
    api,
    'vectorStoreBatches.files',
    listVectorStoreFilesQuery,
    ({ ids, query: { filter, ...query } }) => {
      const all = rowsOf(find(ids.vectorStoreId, ids.batchId)).map((row) => vectorStores.showFile(row));
      return paginate(
        all.filter(({ status }) => filter === undefined || status === filter),
        query,
        rules,
      );
    },
  );
}
