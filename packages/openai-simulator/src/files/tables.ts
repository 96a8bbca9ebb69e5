import { createTable } from '../state/tables.ts';
import type { StoredFile, StoredVectorStore, StoredVectorStoreFile } from './wire.ts';

export const FILES = createTable<StoredFile>('files');
export const VECTOR_STORES = createTable<StoredVectorStore>('vectorStores');
export const VECTOR_STORE_FILES = createTable<StoredVectorStoreFile>('vectorStoreFiles');
