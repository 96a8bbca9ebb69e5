/** Files and vector stores as they travel, with the fields the recordings have (test/recordings) or the description requires. */

export interface FileBody {
  object: 'file';
  id: string;
  /** `assistants` for what was uploaded, `assistants_output` for what a tool of a run has made. */
  purpose: string;
  filename: string;
  bytes: number;
  created_at: number;
  expires_at: number | null;
  status: 'processed';
  status_details: null;
}

/** A file and, where a scenario has written it, its text; the bytes of an upload are kept beside the state (blobs.ts). */
export interface StoredFile {
  id: string;
  body: FileBody;
  text: string | null;
}

/** A vector store without what follows from its files. */
export interface StoredVectorStore {
  id: string;
  created_at: number;
  name: string | null;
  metadata: Record<string, string>;
}

/** A file in a vector store: it is being processed until `readyAtMs`. */
export interface StoredVectorStoreFile {
  id: string;
  vectorStoreId: string;
  fileId: string;
  created_at: number;
  readyAtMs: number;
  attributes: Record<string, unknown>;
  /** Its batch was cancelled before it was processed. */
  isCancelled?: boolean;
}

/** Files that were put into a vector store at once. What has become of them stands with the files. */
export interface StoredFileBatch {
  id: string;
  vectorStoreId: string;
  created_at: number;
  fileIds: string[];
  isCancelled: boolean;
}

export interface Attachment {
  file_id: string;
  tools: { type: string }[];
}

/** What an assistant's and a thread's built-in tools may work with. */
export interface ToolResources {
  code_interpreter?: { file_ids: string[] };
  file_search?: { vector_store_ids: string[] };
}

interface At {
  /** The text of the reply it is about, and its place: in characters as Python counts them, a surrogate pair being one. */
  text: string;
  start_index: number;
  end_index: number;
}

export type Annotation =
  | ({ type: 'file_citation'; file_citation: { file_id: string; quote?: string } } & At)
  | ({ type: 'file_path'; file_path: { file_id: string } } & At);

export interface CodeInterpreterCall {
  id: string;
  type: 'code_interpreter';
  code_interpreter: {
    input: string;
    outputs: ({ type: 'logs'; logs: string } | { type: 'image'; image: { file_id: string } })[];
  };
}

export interface FileSearchCall {
  id: string;
  type: 'file_search';
  file_search: {
    ranking_options: { ranker: string; score_threshold: number };
    results: SearchResult[];
  };
}

interface SearchResult {
  file_id: string;
  file_name: string;
  score: number;
  attributes: Record<string, unknown>;
  /** Shown only to who asks for it with `include[]`. */
  content?: { type: 'text'; text: string }[];
}

/** A file that the tools of a run can reach. */
export interface LibraryFile {
  fileId: string;
  fileName: string;
  /** The beginning of its text; only file_search quotes it. */
  excerpt: string;
  isSearchable: boolean;
}
