import type { AssistantSpec } from '../provider.ts';

/** Built-in tools as the Assistants protocol has them. */

export function builtInTools({ builtInTools: declared }: AssistantSpec) {
  const { codeInterpreter, fileSearch } = declared ?? {};
  const options =
    fileSearch?.maximumResults === undefined
      ? {}
      : { file_search: { max_num_results: fileSearch.maximumResults } };
  return [
    ...(codeInterpreter ? [{ type: 'code_interpreter' as const }] : []),
    ...(fileSearch ? [{ type: 'file_search' as const, ...options }] : []),
  ];
}

/** Files and stores they begin with; an assistant without any sends no `tool_resources`. */
export function builtInResources({ builtInTools: declared }: AssistantSpec) {
  const fileIds = declared?.codeInterpreter?.fileIds ?? [];
  const storeIds = declared?.fileSearch?.vectorStoreIds ?? [];
  if (fileIds.length + storeIds.length === 0) return {};
  return {
    tool_resources: {
      ...(fileIds.length > 0 && { code_interpreter: { file_ids: [...fileIds] } }),
      ...(storeIds.length > 0 && { file_search: { vector_store_ids: [...storeIds] } }),
    },
  };
}
