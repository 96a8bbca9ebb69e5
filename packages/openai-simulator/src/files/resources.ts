import type { Parts } from '../parts.ts';
import type { Change } from '../state/tables.ts';
import type { Message, Thread, Tool } from '../assistants/wire.ts';
import { noSuchFile, notAFileId } from './errors.ts';
import type { Attachment, LibraryFile, StoredVectorStoreFile, ToolResources } from './wire.ts';
import { THREADS } from '../assistants/tables.ts';
import { FILES, VECTOR_STORE_FILES } from './tables.ts';

/** Which files the tools of an assistant, a thread and a run can reach. */

type ResourceParts = Pick<Parts, 'store' | 'files' | 'vectorStores' | 'rules'>;

export interface SentResources {
  code_interpreter?: { file_ids?: string[] | undefined } | undefined;
  file_search?:
    | {
        vector_store_ids?: string[] | undefined;
        vector_stores?:
          | { file_ids?: string[] | undefined; metadata?: Record<string, string> | null | undefined }[]
          | undefined;
      }
    | undefined;
}

/**
 * `tool_resources` as they are kept: the helper `vector_stores` becomes a store, named by its id [recorded].
 *
 * @param old - what stays when nothing was sent.
 * @returns the changes that make such stores, to be written with the object.
 * @throws ApiError 404 for a file or store there is not.
 */
export function resolveResources(
  { files, vectorStores }: ResourceParts,
  sent: SentResources | null | undefined,
  old?: ToolResources,
): { resources: ToolResources; changes: Change[] } {
  if (old !== undefined && (sent === null || sent === undefined)) return { resources: old, changes: [] };
  const { code_interpreter, file_search } = sent ?? {};
  const fileIds = code_interpreter?.file_ids ?? [];
  fileIds.forEach((id) => files.find(id));
  file_search?.vector_store_ids?.forEach((id) => vectorStores.find(id));
  const made = (file_search?.vector_stores ?? []).map(({ file_ids = [], metadata }) =>
    vectorStores.make({ fileIds: file_ids, metadata }),
  );
  return {
    resources: {
      ...(code_interpreter && { code_interpreter: { file_ids: fileIds } }),
      ...(file_search && {
        file_search: {
          vector_store_ids: [...(file_search.vector_store_ids ?? []), ...made.map(({ id }) => id)],
        },
      }),
    },
    changes: made.flatMap(({ changes }) => changes),
  };
}

/**
 * What attachments do beside standing in their message: code_interpreter gets the file among the thread's, file_search in the
 * thread's vector store, which is made when there is none [documented].
 *
 * @throws ApiError 400 for what is no file id, 404 for a file there is not.
 */
export function attach(
  { store, vectorStores, rules }: ResourceParts,
  thread: Thread,
  messages: readonly Message[],
): { thread: Thread; changes: Change[] } {
  const attachments = messages.flatMap((message) => message.attachments);
  attachments.forEach(({ file_id }, index) => {
    if (rules.ids === 'prefixed' && !file_id.startsWith('file'))
      throw notAFileId(`attachments[${index}].file_id`, file_id);
    if (store.get(FILES, file_id) === undefined) throw noSuchFile(file_id);
  });
  const forCode = fileIdsFor(attachments, 'code_interpreter');
  const forSearch = fileIdsFor(attachments, 'file_search');
  if (forCode.length + forSearch.length === 0) return { thread, changes: [] };
  const { code_interpreter, file_search } = thread.tool_resources;
  const storeId = file_search?.vector_store_ids[0];
  const made =
    forSearch.length > 0 && storeId === undefined ? vectorStores.make({ fileIds: forSearch }) : null;
  const placed =
    storeId === undefined
      ? []
      : forSearch.map((fileId) => VECTOR_STORE_FILES.put(vectorStores.place(storeId, fileId)));
  const changed: Thread = {
    ...thread,
    tool_resources: {
      ...thread.tool_resources,
      ...(forCode.length > 0 && {
        code_interpreter: { file_ids: [...new Set([...(code_interpreter?.file_ids ?? []), ...forCode])] },
      }),
      ...(made && { file_search: { vector_store_ids: [made.id] } }),
    },
  };
  return { thread: changed, changes: [...(made?.changes ?? []), ...placed, THREADS.put(changed)] };
}

function fileIdsFor(attachments: readonly Attachment[], tool: string): string[] {
  return attachments
    .filter(({ tools }) => tools.some(({ type }) => type === tool))
    .map(({ file_id }) => file_id);
}

const EXCERPT_BYTES = 800;

/**
 * All files that the tools a run has can reach: its assistant's, its thread's and its own.
 *
 * @param pending - changes that will be written with the run: an attachment may just have made a vector store.
 */
export function libraryOf(
  { store, files, vectorStores }: ResourceParts,
  tools: readonly Tool[],
  resources: readonly ToolResources[],
  pending: readonly Change[],
): LibraryFile[] {
  const has = (type: string) => tools.some((tool) => tool.type === type);
  const placed = pending.flatMap(([table, , row]) =>
    table === VECTOR_STORE_FILES.name && row !== null ? [row as StoredVectorStoreFile] : [],
  );
  const searchable = has('file_search')
    ? resources
        .flatMap(({ file_search }) => file_search?.vector_store_ids ?? [])
        .flatMap((id) => [...vectorStores.filesOf(id), ...placed.filter((row) => row.vectorStoreId === id)])
        .map(({ fileId }) => fileId)
    : [];
  const readable = has('code_interpreter')
    ? resources.flatMap(({ code_interpreter }) => code_interpreter?.file_ids ?? [])
    : [];
  // A file that stands in two stores is found twice [recorded].
  const found = [...searchable, ...new Set(readable.filter((id) => !searchable.includes(id)))];
  return found.flatMap((fileId) => {
    const file = store.get(FILES, fileId);
    if (file === undefined) return []; // deleted in the meantime
    const isSearchable = searchable.includes(fileId);
    const bytes = isSearchable ? files.content(fileId).subarray(0, EXCERPT_BYTES) : new Uint8Array();
    return [{ fileId, fileName: file.body.filename, excerpt: new TextDecoder().decode(bytes), isSearchable }];
  });
}
