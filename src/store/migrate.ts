import { sql } from 'kysely';

import type { Database, Queries } from './database.ts';
import { StoreSchemaError } from './errors.ts';
import { SCHEMA_VERSION, statementsOf } from './migrations.ts';

/** Of ours, for PostgreSQL: whoever migrates holds it. */
const ADVISORY_LOCK = 7_263_553_118;

/**
 * Brings the schema to this program's version, in one transaction that one process at a time may have: whoever comes second finds
 * nothing left to do.
 *
 * @param name - of the database, for messages.
 * @throws StoreSchemaError when a newer program has made it; nothing was changed.
 */
export async function migrate({ db, kind, clock }: Database, name: string): Promise<void> {
  if ((await versionOf(db, kind, name)) === SCHEMA_VERSION) return;
  await db.transaction().execute(async (trx) => {
    if (kind === 'postgres') await lockPostgres(trx);
    const from = await versionOf(trx, kind, name);
    if (from === 0) await createVersions(trx, kind);
    for (let version = from + 1; version <= SCHEMA_VERSION; version += 1) {
      for (const statement of statementsOf(version, kind)) await sql.raw(statement).execute(trx);
      await trx.insertInto('schema_versions').values({ version, applied_at: clock() }).execute();
    }
  });
}

async function versionOf(db: Queries, kind: Database['kind'], name: string): Promise<number> {
  if (!(await hasVersions(db, kind, name))) return 0;
  const { version } = await db
    .selectFrom('schema_versions')
    .select((eb) => eb.fn.max('version').as('version'))
    .executeTakeFirstOrThrow();
  if (version <= SCHEMA_VERSION) return version;
  throw new StoreSchemaError(
    `The store ${name} was made by a newer Countersign (schema ${version}, this one knows ${SCHEMA_VERSION}). Run that version, or restore a backup from before the upgrade.`,
  );
}

async function hasVersions(db: Queries, kind: Database['kind'], name: string): Promise<boolean> {
  if (kind === 'postgres') {
    // Not to_regclass(), which may remember from before the lock that there was no such schema.
    const { rows } = await sql`
      select 1 from pg_catalog.pg_tables where schemaname = 'countersign' and tablename = 'schema_versions'
    `.execute(db);
    return rows.length > 0;
  }
  const { rows } = await sql<{ name: string }>`
    select name from sqlite_master where type = 'table'
  `.execute(db);
  const isOurs = rows.some((table) => table.name === 'schema_versions');
  if (isOurs || rows.length === 0) return isOurs;
  throw new StoreSchemaError(
    `${name} is the SQLite file of another program. Name a new file, or one of Countersign's, in COUNTERSIGN_DATABASE_URL.`,
  );
}

async function createVersions(trx: Queries, kind: Database['kind']): Promise<void> {
  if (kind === 'postgres') await createSchema(trx);
  const table = kind === 'postgres' ? 'countersign.schema_versions' : 'schema_versions';
  await sql
    .raw(`create table ${table} (version integer primary key, applied_at bigint not null)`)
    .execute(trx);
}

/** An operator may have made it for a role that cannot: then `create schema if not exists` would be refused all the same. */
async function createSchema(trx: Queries): Promise<void> {
  const { rows } = await sql`select 1 from pg_namespace where nspname = 'countersign'`.execute(trx);
  if (rows.length === 0) await sql`create schema countersign`.execute(trx);
}

/** Another process may take longer to migrate than we wait for other locks. */
async function lockPostgres(trx: Queries): Promise<void> {
  await sql`set local lock_timeout = 0`.execute(trx);
  await sql`select pg_advisory_xact_lock(${ADVISORY_LOCK}::bigint)`.execute(trx);
}
