import { sql, type Selectable, type SqlBool } from 'kysely';

import { APPROVAL_STATUSES, type ApprovalStatus } from '../contracts/approval/status.ts';
import { fromCursor, limitOf, toCursor, type Cursor } from './cursor.ts';
import { inChunks, toIso, type Database } from './database.ts';
import { StoreInputError } from './errors.ts';
import { searchFor, type Search } from './search.ts';
import type { Tables } from './tables.ts';
import { wordsOf } from './words.ts';

/** An approval as lists need it. Temporal knows the rest, and is right where the two differ. */
export interface IndexedApproval {
  tenant: string;
  approvalId: string;
  /** null for a request. */
  turnId: string | null;
  conversationId: string | null;
  tool: string;
  status: ApprovalStatus;
  /** Times are ISO 8601. */
  requestedAt: string;
  deadline: string | null;
  resolvedAt: string | null;
  requestedBy: string | null;
  /** Groups, one of which a voter must belong to; none for anybody. */
  approvers: readonly string[];
  /** What a search looks at. */
  text: string;
}

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
  settle(
    tenant: string,
    approvalId: string,
    end: { status: Exclude<ApprovalStatus, 'pending'>; resolvedAt: string },
  ): Promise<boolean>;
  /** @throws StoreInputError for a cursor of another sort, or a limit out of its range. */
  list(query: ApprovalQuery): Promise<{ approvals: IndexedApproval[]; next: string | null }>;
  one(tenant: string, approvalId: string): Promise<IndexedApproval | null>;
  /** Leaves nothing of what was written about it in lists and searches. */
  forgetText(tenant: string, approvalId: string): Promise<void>;
  /** @returns whether there was one. */
  remove(tenant: string, approvalId: string): Promise<boolean>;
}

type Row = Omit<Selectable<Tables['approvals']>, 'number' | 'words'>;

const COLUMNS = [
  'tenant',
  'approval_id',
  'turn_id',
  'conversation_id',
  'tool',
  'status',
  'requested_at',
  'deadline',
  'resolved_at',
  'requested_by',
  'approvers',
  'text',
] as const satisfies (keyof Row)[];

const WRITTEN = [...COLUMNS, 'words'] as const;

/** The last moment a Date can tell: approvals without a deadline come last. */
const NEVER = 8_640_000_000_000_000;

/** So much of a text is kept. */
const TEXT_CHARACTERS = 8_000;

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
      .select(COLUMNS)
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
    async put(rows) {
      const last = new Map(rows.map((row) => [`${row.tenant}/${row.approvalId}`, row]));
      await db.transaction().execute(async (trx) => {
        for (const chunk of inChunks([...last.values()])) {
          await trx
            .insertInto('approvals')
            .values(chunk.map(toRow))
            .onConflict((conflict) =>
              conflict
                .columns(['tenant', 'approval_id'])
                .doUpdateSet((eb) =>
                  Object.fromEntries(WRITTEN.map((column) => [column, eb.ref(`excluded.${column}`)])),
                )
                .where((eb) =>
                  eb.or([
                    eb('approvals.status', '=', 'pending'),
                    eb(eb.ref('excluded.status'), '<>', 'pending'),
                  ]),
                ),
            )
            .execute();
        }
      });
    },

    async settle(tenant, approvalId, { status, resolvedAt }) {
      const { numUpdatedRows } = await db
        .updateTable('approvals')
        .set({ status, resolved_at: toTime('resolvedAt', resolvedAt) })
        .where('tenant', '=', tenant)
        .where('approval_id', '=', approvalId)
        .where('status', '=', 'pending')
        .executeTakeFirstOrThrow();
      return numUpdatedRows > 0n;
    },

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
      const { rows } = await sql<Row>`${sql.join(pages, sql` union all `)}`.execute(db);
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
        .select(COLUMNS)
        .where('tenant', '=', tenant)
        .where('approval_id', '=', approvalId)
        .executeTakeFirst();
      return row === undefined ? null : fromRow(row);
    },

    async forgetText(tenant, approvalId) {
      await db
        .updateTable('approvals')
        .set({ text: '', words: '' })
        .where('tenant', '=', tenant)
        .where('approval_id', '=', approvalId)
        .execute();
    },

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

function inOrder(sort: ApprovalSort, one: Row, other: Row): number {
  const { column, direction } = SORTS[sort];
  const ids = one.approval_id < other.approval_id ? -1 : 1;
  return (one[column] - other[column] || ids) * (direction === 'asc' ? 1 : -1);
}

function toRow(approval: IndexedApproval): Row & { words: string } {
  const { deadline, resolvedAt } = approval;
  // PostgreSQL keeps no NUL.
  const text = approval.text.replaceAll('\0', ' ').slice(0, TEXT_CHARACTERS);
  return {
    tenant: approval.tenant,
    approval_id: approval.approvalId,
    turn_id: approval.turnId,
    conversation_id: approval.conversationId,
    tool: approval.tool,
    status: approval.status,
    requested_at: toTime('requestedAt', approval.requestedAt),
    deadline: deadline === null ? NEVER : toTime('deadline', deadline),
    resolved_at: resolvedAt === null ? null : toTime('resolvedAt', resolvedAt),
    requested_by: approval.requestedBy?.replaceAll('\0', ' ') ?? null,
    approvers: JSON.stringify(approval.approvers),
    text,
    words: ` ${wordsOf(text).join(' ')} `,
  };
}

function fromRow(row: Row): IndexedApproval {
  return {
    tenant: row.tenant,
    approvalId: row.approval_id,
    turnId: row.turn_id,
    conversationId: row.conversation_id,
    tool: row.tool,
    status: row.status as ApprovalStatus,
    requestedAt: toIso(row.requested_at),
    deadline: row.deadline === NEVER ? null : toIso(row.deadline),
    resolvedAt: row.resolved_at === null ? null : toIso(row.resolved_at),
    requestedBy: row.requested_by,
    approvers: JSON.parse(row.approvers) as string[],
    text: row.text,
  };
}

function toTime(field: string, text: string): number {
  const time = Date.parse(text);
  if (Number.isNaN(time)) throw new StoreInputError(field, 'must be a time such as 2026-01-31T12:00:00.000Z');
  return time;
}
