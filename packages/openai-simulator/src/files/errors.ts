import { ApiError } from '../http/errors.ts';

/** Reported: https://github.com/danny-avila/LibreChat/issues/2632. */
export const noSuchFile = (id: string) => new ApiError(404, `No such File object: ${id}`, { param: 'id' });

/** Reported: https://github.com/danny-avila/LibreChat/issues/8178. */
export const notAFileId = (param: string, id: string) =>
  new ApiError(400, `Invalid '${param}': '${id}'. Expected an ID that begins with 'file'.`, {
    param,
    code: 'invalid_value',
  });

/** Reported: what was uploaded for assistants cannot be had back, only what their tools have made. */
export const notDownloadable = (purpose: string) =>
  new ApiError(400, `Not allowed to download files of purpose: ${purpose}`);

/** The words are those reported of other uploads; the limit of 512 MB is documented. */
export const fileTooLarge = (limit: number, bytes: number) =>
  new ApiError(413, `Maximum content size limit (${limit}) exceeded (${bytes} bytes read)`, {
    type: 'server_error',
  });

/** Ours. */
export const notAForm = () =>
  new ApiError(
    400,
    'Could not parse multipart form: send "multipart/form-data" with the parts file and purpose.',
  );

/** Reported of OpenAI, and of compatible servers. */
export const emptyFile = () => new ApiError(400, 'File is empty.', { param: 'file' });

export const noVectorStore = (id: string) => new ApiError(404, `Vector store with id '${id}' not found.`);

export const noVectorStoreFile = (id: string, storeId: string) =>
  new ApiError(404, `No file found with id '${id}' in vector store '${storeId}'.`);

export const noFileBatch = (id: string, storeId: string) =>
  new ApiError(404, `No file batch found with id '${id}' in vector store '${storeId}'.`);

/** Ours. */
export const filesOrIds = () =>
  new ApiError(400, "Send either 'file_ids' or 'files', with at least one file.", { param: 'file_ids' });

/** Ours. */
export const batchIsOver = (status: string) =>
  new ApiError(400, `Cannot cancel a file batch with status '${status}'.`);
