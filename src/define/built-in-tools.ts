/** Tools of an assistant that run at the provider. No policy covers them, so allow only what needs no approval. */
export interface BuiltInToolOptions {
  /** Runs code in the provider's sandbox, on attached files and on those named here (at most 20). */
  codeInterpreter?: boolean | { fileIds?: string[] };
  /** Searches attached files, and those of an existing vector store at the provider (at most one). */
  fileSearch?: boolean | { vectorStoreIds?: string[]; maximumResults?: number };
}

/** The same, with defaults filled in. */
export interface BuiltInTools {
  readonly codeInterpreter?: { readonly fileIds: readonly string[] };
  readonly fileSearch?: { readonly vectorStoreIds: readonly string[]; readonly maximumResults?: number };
}

/** OpenAI's limits (docs/protocol.md). */
const MAXIMUM_FILES = 20;
const MAXIMUM_STORES = 1;
const MAXIMUM_RESULTS = 50;

/** What is wrong with a declaration, as a sentence; null when it can be used. */
export function builtInToolsProblem({ codeInterpreter, fileSearch }: BuiltInToolOptions): string | null {
  const { fileIds = [] } = typeof codeInterpreter === 'object' ? codeInterpreter : {};
  const { vectorStoreIds = [], maximumResults } = typeof fileSearch === 'object' ? fileSearch : {};
  const isPossible =
    maximumResults === undefined ||
    (Number.isInteger(maximumResults) && maximumResults >= 1 && maximumResults <= MAXIMUM_RESULTS);
  if (!isPossible) {
    return `builtInTools.fileSearch.maximumResults is ${maximumResults}: use a whole number from 1 to ${MAXIMUM_RESULTS}, or leave it out.`;
  }
  return (
    idsProblem('builtInTools.codeInterpreter.fileIds', fileIds, MAXIMUM_FILES) ??
    idsProblem('builtInTools.fileSearch.vectorStoreIds', vectorStoreIds, MAXIMUM_STORES)
  );
}

/** Undefined for an assistant that has none. */
export function toBuiltInTools(options: BuiltInToolOptions): BuiltInTools | undefined {
  const { codeInterpreter, fileSearch } = options;
  if (!codeInterpreter && !fileSearch) return undefined;
  const { fileIds = [] } = typeof codeInterpreter === 'object' ? codeInterpreter : {};
  const { vectorStoreIds = [], maximumResults } = typeof fileSearch === 'object' ? fileSearch : {};
  return {
    ...(codeInterpreter && { codeInterpreter: { fileIds } }),
    ...(fileSearch && {
      fileSearch: { vectorStoreIds, ...(maximumResults !== undefined && { maximumResults }) },
    }),
  };
}

function idsProblem(field: string, ids: readonly string[], maximum: number): string | null {
  if (ids.length > maximum) return `${field} names ${ids.length}: at most ${maximum} can be used.`;
  if (ids.some((id) => id.trim() === '')) return `${field} has an empty id: remove it.`;
  return new Set(ids).size < ids.length ? `${field} names an id twice: name it once.` : null;
}
