import { paginate } from '../http/pagination.ts';
import { noQuery, onDelete, onGet, onPost } from '../http/router.ts';
import { listQuery } from '../http/schemas.ts';
import type { Parts } from '../parts.ts';
import { noVectorStoreFile } from './errors.ts';
import { createVectorStore, createVectorStoreFile, listVectorStoreFilesQuery } from './schemas.ts';
import type { StoredVectorStoreFile } from './wire.ts';
import { VECTOR_STORES, VECTOR_STORE_FILES } from './tables.ts';

/** As far as file_search needs them; batches and search stand beside. */
export function addVectorStoreRoutes({ api, store, vectorStores, rules }: Parts): void {
  const find = (storeId: string, fileId: string): StoredVectorStoreFile => {
    vectorStores.find(storeId);
    const row = vectorStores.filesOf(storeId).find((held) => held.fileId === fileId);
    if (row === undefined) throw noVectorStoreFile(fileId, storeId);
    return row;
  };

  onPost(api, 'vectorStores.create', createVectorStore, ({ body: { file_ids = [], name, metadata } }) => {
    const { id, changes } = vectorStores.make({ name, fileIds: file_ids, metadata });
    store.write(changes);
    return vectorStores.show(vectorStores.find(id));
  });

  onGet(api, 'vectorStores.list', listQuery, ({ query }) => {
    const page = paginate(store.all(VECTOR_STORES), query, rules);
    return { ...page, data: page.data.map((row) => vectorStores.show(row)) };
  });

  onGet(api, 'vectorStores.retrieve', noQuery, ({ ids }) =>
    vectorStores.show(vectorStores.find(ids.vectorStoreId)),
  );

  onDelete(api, 'vectorStores.delete', ({ vectorStoreId: id }) => {
    vectorStores.find(id);
    const held = vectorStores.filesOf(id).map((row) => VECTOR_STORE_FILES.remove(row.id));
    store.write([VECTOR_STORES.remove(id), ...held]);
    return { id, object: 'vector_store.deleted', deleted: true };
  });

  onPost(api, 'vectorStoreFiles.create', createVectorStoreFile, ({ ids: { vectorStoreId }, body }) => {
    vectorStores.find(vectorStoreId);
    const row = vectorStores.place(vectorStoreId, body.file_id, body.attributes);
    store.write([VECTOR_STORE_FILES.put(row)]);
    return vectorStores.showFile(row);
  });

  onGet(api, 'vectorStoreFiles.list', listVectorStoreFilesQuery, ({ ids, query: { filter, ...query } }) => {
    vectorStores.find(ids.vectorStoreId);
    const all = vectorStores.filesOf(ids.vectorStoreId).map((row) => vectorStores.showFile(row));
    const asked = all.filter(({ status }) => filter === undefined || status === filter);
    return paginate(asked, query, rules);
  });

  onGet(api, 'vectorStoreFiles.retrieve', noQuery, ({ ids }) =>
    vectorStores.showFile(find(ids.vectorStoreId, ids.fileId)),
  );

  /** The file itself stays. */
  onDelete(api, 'vectorStoreFiles.delete', ({ vectorStoreId, fileId }) => {
    store.write([VECTOR_STORE_FILES.remove(find(vectorStoreId, fileId).id)]);
    return { id: fileId, object: 'vector_store.file.deleted', deleted: true };
  });
}
