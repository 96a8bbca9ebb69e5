import { z } from '@hono/zod-openapi';

import { DECIDED, LIST_QUERY, toFilter, type ListFilter } from '../../lists/query.ts';
import { Problem } from '../../problem.ts';
import { fieldProblems } from '../../validation.ts';
import { words } from '../strings/words.ts';

/** The lists of the inbox, in the order of their tabs. */
export const VIEWS = [
  ['mine', { status: ['pending'], isMine: true }],
  ['all', { status: ['pending'], isMine: false }],
  ['decided', { status: DECIDED, isMine: false }],
] as const;
export type View = (typeof VIEWS)[number][0];

const { tool, q, requester, conversation, risk, cursor } = LIST_QUERY;
const QUERY = z.object({ tool, q, requester, conversation, risk, cursor });
type Query = z.output<typeof QUERY>;

/** What a page of the list was asked for. */
export interface Shown {
  view: View;
  query: Query;
  /** Without one there is one list, of what waits. */
  hasIndex: boolean;
}

/**
 * Reads the address of a list. A field that was left empty says nothing.
 *
 * @throws Problem `invalid-request` naming the field.
 */
export function readShown(asked: Record<string, string>, hasIndex: boolean): Shown {
  const view = VIEWS.find(([name]) => name === asked.view)?.[0] ?? 'mine';
  if (!hasIndex) return { view: 'all', query: {}, hasIndex };
  const filled = Object.entries(asked).map(([name, value]) => [name, value.trim()] as const);
  const read = QUERY.safeParse(Object.fromEntries(filled.filter(([, value]) => value !== '')));
  if (read.success) return { view, query: read.data, hasIndex };
  const errors = fieldProblems(read.error.issues);
  throw new Problem('invalid-request', words().list.unreadable(errors), { errors });
}

export function filterOf({ view, query }: Shown): ListFilter {
  const [, { status, isMine }] = VIEWS.find(([name]) => name === view) ?? VIEWS[0];
  return toFilter({ ...query, status: [...status], mine: isMine ? 'true' : 'false' });
}

/** The address of the same list, from its beginning or from a cursor on. */
export function addressOf(
  { view, query, hasIndex }: Shown,
  { cursor: from }: { cursor?: string | undefined } = {},
): string {
  return hasIndex ? `/inbox?${queryOf({ view, query }, { cursor: from }).toString()}` : '/inbox';
}

/** What an address asks a list for. */
export function queryOf(
  { view, query }: Pick<Shown, 'view' | 'query'>,
  { cursor: from }: { cursor?: string | undefined } = {},
): URLSearchParams {
  const { cursor: _cursor, ...kept } = query;
  const asked = new URLSearchParams({ view });
  for (const [name, value] of Object.entries({ ...kept, cursor: from }))
    if (value !== undefined) asked.set(name, value);
  return asked;
}

/**
 * The same of a list of what waits: the history has nothing to decide.
 *
 * @throws Problem `invalid-request` naming the field.
 */
export function readWaiting(asked: Record<string, string>, hasIndex: boolean): Shown {
  const shown = readShown(asked, hasIndex);
  return shown.view === 'decided' ? { ...shown, view: 'mine' } : shown;
}
