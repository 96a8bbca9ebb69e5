import { ApiError } from './errors.ts';
import type { ListQuery } from './schemas.ts';

export interface Page<Item> {
  object: 'list';
  data: Item[];
  first_id: string | null;
  last_id: string | null;
  has_more: boolean;
}

/**
 * One page of a list. `after` and `before` are ids in the asked order: `after` begins behind it, `before` takes what
 * stands directly in front of it. A server that ignores filters gives everything, oldest first.
 *
 * @param items - oldest first.
 * @throws ApiError 400 when a cursor is not in the list.
 */
export function paginate<Item extends { id: string }>(
  items: Item[],
  query: ListQuery,
  { listFilters }: { listFilters: boolean },
): Page<Item> {
  if (!listFilters) return toPage(items, false);
  const ordered = query.order === 'asc' ? items : items.toReversed();
  const begin = query.after === undefined ? 0 : position(ordered, query.after, 'after') + 1;
  const end = query.before === undefined ? ordered.length : position(ordered, query.before, 'before');
  const between = ordered.slice(begin, Math.max(begin, end));
  const backwards = query.before !== undefined && query.after === undefined;
  const data = backwards ? between.slice(-query.limit) : between.slice(0, query.limit);
  return toPage(data, between.length > data.length);
}

function toPage<Item extends { id: string }>(data: Item[], has_more: boolean): Page<Item> {
  return {
    object: 'list',
    data,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more,
  };
}

function position(items: { id: string }[], id: string, param: 'after' | 'before'): number {
  const index = items.findIndex((item) => item.id === id);
  if (index === -1) {
    const message = `Invalid '${param}': no object of this list has the id '${id}'.`;
    throw new ApiError(400, message, { param, code: 'invalid_value' });
  }
  return index;
}
