import { StoreInputError } from './errors.ts';

const DEFAULT_LIMIT = 50;
const MOST = 1_000;

/** How many rows a page may have. */
export function limitOf(limit = DEFAULT_LIMIT): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= MOST) return limit;
  throw new StoreInputError('limit', `must be a whole number from 1 to ${MOST}`);
}

/** Where a page ends: what it was sorted by, the value of its last row, and that row's id. */
export interface Cursor {
  sort: string;
  value: number;
  id: string;
}

export function toCursor({ sort, value, id }: Cursor): string {
  return Buffer.from(JSON.stringify([sort, value, id])).toString('base64url');
}

/** @throws StoreInputError for one that no page of this sort has given. */
export function fromCursor(text: string, sort: string): Cursor {
  const [foundSort, value, id] = partsOf(text);
  if (foundSort === sort && Number.isSafeInteger(value) && typeof id === 'string') {
    return { sort, value: Number(value), id };
  }
  throw new StoreInputError('cursor', `must be one that the page before gave, of the same sort "${sort}"`);
}

function partsOf(text: string): unknown[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    return Array.isArray(parts) ? parts : [];
  } catch {
    return [];
  }
}
