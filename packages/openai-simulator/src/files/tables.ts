import { createTable } from '../state/tables.ts';
import type { StoredFile, StoredFileBatch, StoredVectorStore, StoredVectorStoreFile } from './wire.ts';

export const FILES = createTable<StoredFile>('files');
export const VECTOR_STORES = createTable<StoredVectorStore>('vectorStores');
export const VECTOR_STORE_FILES = createTable<StoredVectorStoreFile>('vectorStoreFiles');
export const FILE_BATCHES = createTable<StoredFileBatch>('vectorStoreFileBatches');
