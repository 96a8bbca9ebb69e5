import { sql, type Expression, type SelectQueryBuilder, type SqlBool } from 'kysely';

import type { Risk } from '../../contracts/approval/presented.ts';
import { APPROVAL_STATUSES, type ApprovalStatus } from '../../contracts/approval/status.ts';
import { fromCursor, limitOf, toCursor, type Cursor } from '../cursor.ts';
import { inChunks, type Database } from '../database.ts';
import type { Tables } from '../tables.ts';
import { isFor, namesOf, writeAudience, type Reader } from './audience.ts';
import { lockTree } from '../tree.ts';
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
  /** Who asked: a user, or the key that began the turn. */
  requester?: string;
  conversation?: string;
  risk?: Risk;
  /** What this person may decide now, and has not voted for. Only what is pending. */
  mine?: Reader;
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
  const { db, kind } = database;

  /** A page along the index of a status; few matches of a search are read and sorted instead: `+` tells SQLite so. */
  function page(
    query: ApprovalQuery,
    statuses: readonly string[],
    after: Cursor | undefined,
    search?: Search,
  ) {
    const { mine } = query;
    let rows = narrow(db.selectFrom('approvals as a').select(LISTED_OF_A), query, search)
      .where(search?.isRare === true ? sql`+a.tenant` : sql.ref('a.tenant'), '=', query.tenant)
      .where('a.status', 'in', statuses);
    if (mine !== undefined) {
      const isTheirs = db
        .selectFrom('audience as w')
        .select(sql`1`.as('one'))
        .where('w.tenant', '=', query.tenant)
        .where('w.approval_id', '=', sql.ref<string>('a.approval_id'))
        .where('w.who', 'in', namesOf(mine))
        .where(isFor(database, mine));
      rows = rows.where((eb) => eb.exists(isTheirs));
    }
    return ordered(rows, 'a', query, after);
  }

  /** A page along the index of one name of the reader, so that it costs its own rows, however much waits for others. */
  function pageOf(name: string, mine: Reader, query: ApprovalQuery, after?: Cursor, search?: Search) {
    const theirs = db
      .selectFrom('audience as w')
      .innerJoin('approvals as a', (join) =>
        join.onRef('a.tenant', '=', 'w.tenant').onRef('a.approval_id', '=', 'w.approval_id'),
      )
      .select(LISTED_OF_A)
      .where('w.tenant', '=', query.tenant)
      .where('w.who', '=', name)
      .where(isFor(database, mine));
    return ordered(narrow(theirs, query, search), 'w', query, after);
  }

  /** @returns what may stand on the page: its first rows, and maybe more of each part that it is made of. */
  async function candidates(query: ApprovalQuery, after?: Cursor, search?: Search): Promise<PageRow[]> {
    const statuses = query.status === undefined ? APPROVAL_STATUSES : [query.status].flat();
    const { mine } = query;
    const isFew = search?.isRare === true || query.conversation !== undefined;
    if (mine !== undefined && !statuses.includes('pending')) return [];
    if (mine !== undefined && !isFew) {
      const rows: PageRow[] = [];
      for (const names of inChunks(namesOf(mine), PARTS_A_STATEMENT))
        rows.push(...(await unionOf(names.map((name) => pageOf(name, mine, query, after, search)))));
      return rows;
    }
    if (mine !== undefined) return unionOf([page(query, ['pending'], after, search)]);
    const parts = search?.isRare === true ? [statuses] : statuses.map((status) => [status]);
    return unionOf(parts.map((part) => page(query, part, after, search)));
  }

  async function unionOf(pages: Expression<unknown>[]): Promise<PageRow[]> {
    if (pages.length === 0) return [];
    const parts = pages.map((part) => sql`select * from (${part}) as page`);
    return (await sql<PageRow>`${sql.join(parts, sql` union all `)}`.execute(db)).rows;
  }

  return {
    put: (rows) =>
      db.transaction().execute(async (trx) => {
        const tenants = new Set(rows.map(({ tenant }) => tenant));
        for (const tenant of [...tenants].toSorted()) await lockTree(trx, kind, tenant);
        await putRows(trx, rows);
      }),
    settle: (tenant, approvalId, end) =>
      db.transaction().execute(async (trx) => {
        await lockTree(trx, kind, tenant);
        return settleRow(trx, tenant, approvalId, end);
      }),

    async list(query) {
      const { sort = 'deadline', q = '', cursor } = query;
      const limit = limitOf(query.limit);
      const after = cursor === undefined ? undefined : fromCursor(cursor, sort);
      const words = wordsOf(q);
      if (words.length === 0 && q.trim() !== '') return { approvals: [], next: null };

      const search = words.length === 0 ? undefined : await searchFor(database, words);
      const rows = await candidates(query, after, search);
      const sorted = [...new Map(rows.map((row) => [row.approval_id, row])).values()].toSorted((one, other) =>
        inOrder(sort, one, other),
      );
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
      db.transaction().execute(async (trx) => {
        await lockTree(trx, kind, tenant);
        await forgetText(trx, tenant, approvalId);
      }),

    remove: (tenant, approvalId) =>
      db.transaction().execute(async (trx) => {
        await lockTree(trx, kind, tenant);
        await writeAudience(trx, tenant, { settled: [approvalId] });
        const { numDeletedRows } = await trx
          .deleteFrom('approvals')
          .where('tenant', '=', tenant)
          .where('approval_id', '=', approvalId)
          .executeTakeFirstOrThrow();
        return numDeletedRows > 0n;
      }),
  };
}

type PageRow = Omit<Row, 'text'>;
type Rows = SelectQueryBuilder<Tables & { a: Tables['approvals'] }, 'a', PageRow>;

/** Both databases take more, SQLite 500. */
const PARTS_A_STATEMENT = 100;

const LISTED_OF_A = LISTED.map((column) => `a.${column}` as const);

/** Only what the query names. */
function narrow(all: unknown, query: ApprovalQuery, search?: Search): Rows {
  let rows = all as Rows;
  if (query.tool !== undefined) rows = rows.where('a.tool', '=', query.tool);
  if (query.requester !== undefined) rows = rows.where('a.requested_by', '=', query.requester);
  if (query.conversation !== undefined) rows = rows.where('a.conversation_id', '=', query.conversation);
  if (query.risk !== undefined) rows = rows.where('a.risk', '=', query.risk);
  return search === undefined ? rows : rows.where(search.matches);
}

/** @param by - the table whose index has the order. */
function ordered(rows: Rows, by: 'a' | 'w', query: ApprovalQuery, after?: Cursor): Rows {
  const { column, direction, after: isAfter } = SORTS[query.sort ?? 'deadline'];
  const [value, id] = [sql.ref(`${by}.${column}`), sql.ref(`${by}.approval_id`)];
  const page = rows
    .orderBy(value, direction)
    .orderBy(id, direction)
    .limit(limitOf(query.limit) + 1);
  if (after === undefined) return page;
  return page.where(sql<SqlBool>`(${value}, ${id}) ${isAfter} (${after.value}, ${after.id})`);
}

function inOrder(sort: ApprovalSort, one: PageRow, other: PageRow): number {
  const { column, direction } = SORTS[sort];
  const ids = one.approval_id < other.approval_id ? -1 : 1;
  return (one[column] - other[column] || ids) * (direction === 'asc' ? 1 : -1);
}
