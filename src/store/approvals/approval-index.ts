import { sql, type SqlBool } from 'kysely';

import { APPROVAL_STATUSES, type ApprovalStatus } from '../../contracts/approval/status.ts';
import { fromCursor, limitOf, toCursor, type Cursor } from '../cursor.ts';
import type { Database } from '../database.ts';
import { forgetText, putRows, settleRow } from './changes.ts';
import { fromRow, LISTED, type IndexedApproval, type ListedRow, type Row, type Settlement } from './rows.ts';
import { searchFor, type Search } from './search.ts';
import { wordsOf } from './words.ts';

export type ApprovalSort = 'deadline' | 'newest';

export interface ApprovalQuery {
  tenant: string;
  /** One or several; all of them if left out. */
  status?: ApprovalStatus | readonly ApprovalStatus[];
  tool?: string;
  /** Beginnings of words, all of which must be there. */
  q?: string;
  /** The nearest deadline first, or what was asked last. */
  sort?: ApprovalSort;
  /** `next` of the page before. */
  cursor?: string;
  /** 1 to 1,000. */
  limit?: number;
}

/** Approvals for people's lists. It may be lost: it can be written again from Temporal. */
export interface ApprovalIndex {
  /** Writes rows, in place of those that are there; but one that is settled never becomes pending again, whichever comes last. */
  put(rows: readonly IndexedApproval[]): Promise<void>;
  /** @returns false if there is no such row, or it was settled before. */
  settle(tenant: string, approvalId: string, end: Settlement): Promise<boolean>;
  /** @throws StoreInputError for a cursor of another sort, or a limit out of its range. */
  list(query: ApprovalQuery): Promise<{ approvals: ListedRow[]; next: string | null }>;
  one(tenant: string, approvalId: string): Promise<IndexedApproval | null>;
  /** Leaves nothing of what was written about it in lists and searches. */
  forgetText(tenant: string, approvalId: string): Promise<void>;
  /** @returns whether there was one. */
  remove(tenant: string, approvalId: string): Promise<boolean>;
}

const SORTS = {
  deadline: { column: 'deadline', direction: 'asc', after: sql`>` },
  newest: { column: 'requested_at', direction: 'desc', after: sql`<` },
} as const;

export function createApprovalIndex(database: Database): ApprovalIndex {
  const { db } = database;

  /** A page along the index of a status; few matches of a search are read and sorted instead: `+` tells SQLite so. */
  function page(
    query: ApprovalQuery,
    statuses: readonly string[],
    after: Cursor | undefined,
    search?: Search,
  ) {
    const { column, direction, after: isAfter } = SORTS[query.sort ?? 'deadline'];
    let rows = db
      .selectFrom('approvals')
      .select(LISTED)
      .where(search?.isRare === true ? sql`+tenant` : sql.ref('tenant'), '=', query.tenant)
      .where('status', 'in', statuses)
      .orderBy(column, direction)
      .orderBy('approval_id', direction)
      .limit(limitOf(query.limit) + 1);
    if (query.tool !== undefined) rows = rows.where('tool', '=', query.tool);
    if (after !== undefined) {
      rows = rows.where(
        sql<SqlBool>`(${sql.ref(column)}, approval_id) ${isAfter} (${after.value}, ${after.id})`,
      );
    }
    return search === undefined ? rows : rows.where(search.matches);
  }

  return {
    put: (rows) => db.transaction().execute((trx) => putRows(trx, rows)),
    settle: (tenant, approvalId, end) => settleRow(db, tenant, approvalId, end),

    async list(query) {
      const { sort = 'deadline', q = '', cursor } = query;
      const limit = limitOf(query.limit);
      const after = cursor === undefined ? undefined : fromCursor(cursor, sort);
      const statuses = query.status === undefined ? APPROVAL_STATUSES : [query.status].flat();
      const words = wordsOf(q);
      if (statuses.length === 0 || (words.length === 0 && q.trim() !== ''))
        return { approvals: [], next: null };

      const search = words.length === 0 ? undefined : await searchFor(database, words);
      const parts = search?.isRare === true ? [statuses] : statuses.map((status) => [status]);
      const pages = parts.map((part) => sql`select * from (${page(query, part, after, search)}) as page`);
      const { rows } = await sql<Omit<Row, 'text'>>`${sql.join(pages, sql` union all `)}`.execute(db);
      const sorted = rows.toSorted((one, other) => inOrder(sort, one, other));
      const last = sorted.length > limit ? sorted[limit - 1] : undefined;
      return {
        approvals: sorted.slice(0, limit).map(fromRow),
        next:
          last === undefined
            ? null
            : toCursor({ sort, value: last[SORTS[sort].column], id: last.approval_id }),
      };
    },

    async one(tenant, approvalId) {
      const row = await db
        .selectFrom('approvals')
        .select([...LISTED, 'text'])
        .where('tenant', '=', tenant)
        .where('approval_id', '=', approvalId)
        .executeTakeFirst();
      return row === undefined ? null : { ...fromRow(row), text: row.text };
    },

    forgetText: (tenant, approvalId) =>
      db.transaction().execute((trx) => forgetText(trx, tenant, approvalId)),

    async remove(tenant, approvalId) {
      const { numDeletedRows } = await db
        .deleteFrom('approvals')
        .where('tenant', '=', tenant)
        .where('approval_id', '=', approvalId)
        .executeTakeFirstOrThrow();
      return numDeletedRows > 0n;
    },
  };
}

function inOrder(sort: ApprovalSort, one: Omit<Row, 'text'>, other: Omit<Row, 'text'>): number {
  const { column, direction } = SORTS[sort];
  const ids = one.approval_id < other.approval_id ? -1 : 1;
  return (one[column] - other[column] || ids) * (direction === 'asc' ? 1 : -1);
}
