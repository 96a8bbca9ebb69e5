import type { Entry } from '@countersign/receipts';
import { CompiledQuery } from 'kysely';

import { idOf, SEEN } from '../approvals/changes.ts';
import { WRITTEN } from '../approvals/rows.ts';
import type { Database, Queries } from '../database.ts';
import type { Tables } from '../tables.ts';
import { lockTree } from '../tree.ts';
import { planAppend, type Appending, type Plan, type Seen } from './plan.ts';

/** Whoever else appends gets in between only now and then. */
const ATTEMPTS = 3;

/**
 * Appends to PostgreSQL, which is asked over a network: one statement looks, one writes.
 *
 *   look ──nobody has written since──▶ written
 *    ▲            └──somebody has─┐
 *    └──────look again────────────┤
 *                                 └──always somebody──▶ under the lock
 *
 * Whoever changes what was looked at writes the tree's row (`lockTree`), and PostgreSQL gives a row that is written another `xmin`. So
 * the statement that writes asks for the `xmin` that was seen, and does nothing without it.
 */
export function appendByStatement(
  database: Database,
  all: readonly Appending[],
): Promise<ReadonlyMap<string, Entry>[]> {
  // One at a time: each tenant has a queue of its own (append.ts).
  return Promise.all(all.map((asked) => append(database, asked)));
}

async function append({ db, clock }: Database, asked: Appending): Promise<ReadonlyMap<string, Entry>> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const written = await lookAndWrite(db, asked, clock());
    if (written === 'without a tree') break;
    if (written !== 'changed meanwhile') return written;
  }
  return db.transaction().execute(async (trx) => {
    await lockTree(trx, 'postgres', asked.tenant);
    const written = await lookAndWrite(trx, asked, clock());
    if (typeof written === 'string') throw new Error(`The tree of a tenant is ${written}, under its lock.`);
    return written;
  });
}

/** @returns why it has written nothing, or the entries. */
async function lookAndWrite(
  db: Queries,
  asked: Appending,
  nowMs: number,
): Promise<ReadonlyMap<string, Entry> | 'without a tree' | 'changed meanwhile'> {
  const { tenant, entries: given, changes } = asked;
  const ids = [tenant, given.map(({ id }) => id), changes.map(idOf)];
  const { rows } = await db.executeQuery(CompiledQuery.raw(LOOK, ids));
  const [seen] = rows as Found[];
  if (seen === undefined) return 'without a tree';
  const { size, peaks, version, ...there } = seen;
  const { plan, entries } = planAppend(asked, { tree: { size, peaks }, ...there }, nowMs);
  const written = await db.executeQuery(CompiledQuery.raw(WRITE, parametersOf(plan, version)));
  return written.rows.length > 0 ? entries : 'changed meanwhile';
}

interface Found extends Pick<Seen, 'known' | 'approvals'>, Pick<Tables['trees'], 'size' | 'peaks'> {
  version: string;
}

/** One statement sees one moment. */
const LOOK = `select size, peaks, xmin::text as version,
  (select coalesce(json_agg(json_build_object('id', id, 'entry', entry)), '[]') from countersign.entries e
    where e.tenant = t.tenant and e.id = any($2::text[])) as known,
  (select coalesce(json_agg(a), '[]') from (select ${SEEN.join(', ')} from countersign.approvals a
    where a.tenant = t.tenant and a.approval_id = any($3::text[])) a) as approvals
  from countersign.trees t where tenant = $1`;

/** The rows of a plan, by what becomes of them. */
interface Inserted {
  entries: Plan['entries'][number];
  tree_nodes: Tables['tree_nodes'];
  outbox: Omit<Plan['news'][number], 'number'>;
  contents: Plan['contents'][number];
  approvals: Plan['asked'][number];
  audience: Plan['audience']['rows'][number];
  grants: Plan['grants']['given'][number];
}
interface Updated {
  approvals: Omit<Plan['changed'][number], 'approval_id'>;
  grants: Omit<Plan['grants']['takenBack'][number], 'grant_id'>;
}

/** The names of all columns of a row and no others: what a list leaves out would not be written, and nobody would know. */
type AllOf<Row, Names extends readonly string[]> = [keyof Row, Names[number]] extends [
  Names[number],
  keyof Row,
]
  ? unknown
  : { isLeftOut: Exclude<keyof Row, Names[number]>; isNoColumn: Exclude<Names[number], keyof Row> };

const STAYS_IF_ABSENT = { approvals: ['text', 'words'], grants: [] } as const;
const AUDIENCE_KEY = ['tenant', 'approval_id', 'who'] as const;
const AUDIENCE_REST = ['since', 'deadline', 'requested_at', 'without'] as const;

/** Rows travel as one JSON each table, so the statement is always the same and the server keeps it prepared. */
const WRITE = `with tree as (
  update countersign.trees set size = $3, peaks = $4 where tenant = $1 and xmin = $2::xid returning tenant
), ${[
  insert('entries', 5, ['tenant', 'sequence', 'id', 'approval_id', 'time', 'entry', 'leaf']),
  insert('tree_nodes', 6, ['tenant', 'number', 'hash']),
  insert('outbox', 7, [
    'tenant',
    'approval_id',
    'entry_id',
    'about',
    'at',
    'due_at',
    'claimed_until',
    'attempts',
  ]),
  // What is there stays as it is: what was erased is not brought back by a retry.
  `${insert('contents', 8, ['tenant', 'digest', 'content', 'erased_at'])} on conflict do nothing`,
  insert('approvals', 9, WRITTEN),
  `update countersign.approvals a set ${assigned('approvals', ['status', 'resolved_at', 'approvers', 'card', 'text', 'words'])}
    from ${rowsOf('approvals', 10)} where a.tenant = $1 and a.approval_id = r.approval_id and exists (select from tree)`,
  // Parts of one statement see nothing of each other, so each row is deleted or written.
  `delete from countersign.audience a where tenant = $1 and approval_id = any($11::text[]) and exists (select from tree)
    and not exists (select from ${rowsOf('audience', 12)} where r.approval_id = a.approval_id and r.who = a.who)`,
  `${insert('audience', 12, [...AUDIENCE_KEY, ...AUDIENCE_REST])} on conflict (${AUDIENCE_KEY.join(', ')})
    do update set ${AUDIENCE_REST.map((name) => `${name} = excluded.${name}`).join(', ')}`,
  `${insert('grants', 13, ['tenant', 'grant_id', 'tool', 'bound', 'ends_at', 'body', 'revoked_at', 'revoked_by', 'reason'])} on conflict do nothing`,
  `update countersign.grants a set ${assigned('grants', ['revoked_at', 'revoked_by', 'reason'])}
    from ${rowsOf('grants', 14)} where a.tenant = $1 and a.grant_id = r.grant_id and a.revoked_at is null
    and exists (select from tree)`,
]
  .map((part, index) => `part_${index} as (${part})`)
  .join(', ')} select from tree`;

function insert<Table extends keyof Inserted, const Names extends readonly string[]>(
  table: Table,
  parameter: number,
  columns: Names & AllOf<Inserted[Table], Names>,
): string {
  const names = columns.join(', ');
  return `insert into countersign.${table} (${names})
    select ${names} from ${rowsOf(table, parameter)} where exists (select from tree)`;
}

/** What a row `r` makes of the row `a`. */
function assigned<Table extends keyof Updated, const Names extends readonly string[]>(
  table: Table,
  columns: Names & AllOf<Updated[Table], Names>,
): string {
  const stays: readonly string[] = STAYS_IF_ABSENT[table];
  return columns
    .map((name) => `${name} = ${stays.includes(name) ? `coalesce(r.${name}, a.${name})` : `r.${name}`}`)
    .join(', ');
}

function rowsOf(table: keyof Tables, parameter: number): string {
  return `json_populate_recordset(null::countersign.${table}, $${parameter}) r`;
}

function parametersOf(plan: Plan, version: string): unknown[] {
  const { tenant, tree, entries, nodes, news, contents, asked, changed, audience, grants } = plan;
  return [
    ...[tenant, version, tree.size, tree.peaks],
    ...[entries, nodes.map((node) => ({ tenant, ...node })), news, contents, asked, changed].map(toJson),
    ...[audience.of, toJson(audience.rows), toJson(grants.given), toJson(grants.takenBack)],
  ];
}

function toJson(rows: readonly object[]): string {
  return JSON.stringify(rows.map((row) => mapValues(row, toJsonValue)));
}

/** Bytes in PostgreSQL's own writing. It keeps no NUL. */
function toJsonValue(value: unknown): unknown {
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString('hex')}`;
  return typeof value === 'string' ? value.replaceAll('\0', '\ufffd').toWellFormed() : value;
}

function mapValues(row: object, map: (value: unknown) => unknown): object {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, map(value)]));
}
