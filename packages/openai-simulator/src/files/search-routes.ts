import { onPost } from '../http/router.ts';
import type { Parts } from '../parts.ts';
import { searchVectorStore, type Comparison, type Filter } from './schemas.ts';
import { FILES } from './tables.ts';

/** So much of a file is looked through and shown. */
const EXCERPT_BYTES = 4_096;

/**
 * Search in a vector store. No model tells which file fits: the score is the share of the question's words that stand in it, and
 * files without any are found, too, last.
 */
export function addSearchRoutes({ api, store, files, vectorStores }: Parts): void {
  onPost(api, 'vectorStores.search', searchVectorStore, ({ ids: { vectorStoreId }, body }) => {
    vectorStores.find(vectorStoreId);
    const { query, filters, max_num_results, ranking_options } = body;
    const search_query = typeof query === 'string' ? [query] : query;
    const wanted = wordsOf(search_query.join(' '));
    const data = vectorStores
      .filesOf(vectorStoreId)
      .filter((row) => vectorStores.showFile(row).status === 'completed')
      .filter(({ attributes }) => filters === undefined || fits(filters, attributes))
      .flatMap(({ fileId, attributes }) => {
        const file = store.get(FILES, fileId);
        if (file === undefined) return [];
        const text = new TextDecoder().decode(files.content(fileId).subarray(0, EXCERPT_BYTES));
        const held = new Set(wordsOf(text));
        const score =
          wanted.length === 0 ? 0 : wanted.filter((word) => held.has(word)).length / wanted.length;
        const content = [{ type: 'text', text }];
        return [{ file_id: fileId, filename: file.body.filename, score, attributes, content }];
      })
      .filter(({ score }) => score >= (ranking_options?.score_threshold ?? 0))
      .sort((a, b) => b.score - a.score)
      .slice(0, max_num_results);
    return {
      object: 'vector_store.search_results.page',
      search_query,
      data,
      has_more: false,
      next_page: null,
    };
  });
}

const wordsOf = (text: string) => [...new Set(text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [])];

function fits(filter: Filter, attributes: Record<string, unknown>): boolean {
  if ('filters' in filter) {
    const holdsInner = (inner: Filter) => fits(inner, attributes);
    return filter.type === 'and' ? filter.filters.every(holdsInner) : filter.filters.some(holdsInner);
  }
  return holds(filter, attributes[filter.key]);
}

function holds(comparison: Comparison, held: unknown): boolean {
  const { type, value } = comparison;
  if (type === 'in') return value.some((one) => one === held);
  if (type === 'nin') return !value.some((one) => one === held);
  if (type === 'eq') return held === value;
  if (type === 'ne') return held !== value;
  if (typeof held !== 'number' || typeof value !== 'number') return false;
  switch (type) {
    case 'gt':
      return held > value;
    case 'gte':
      return held >= value;
    case 'lt':
      return held < value;
    case 'lte':
      return held <= value;
    default:
      return type satisfies never;
  }
}
