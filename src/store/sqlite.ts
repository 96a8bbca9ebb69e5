import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';

import {
  CompiledQuery,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  type TransactionSettings,
} from 'kysely';

import { isLocked, toSqliteTrouble } from './sqlite-trouble.ts';

/**
 * Node's own SQLite. Its calls hold the event loop up, so a wait for another process must not be one of them: SQLite is told never to
 * wait, and we try again between other work. Otherwise two stores of one process on one file would wait for each other.
 */
const LOCK_PATIENCE_MS = 5_000;
const CACHED_STATEMENTS = 200;

/**
 * Opens a file, and makes it, readable for its owner only, if it is missing.
 *
 * @throws StoreUnavailableError
 */
export function openSqliteFile(path: string): DatabaseSync {
  try {
    if (path !== ':memory:') {
      mkdirSync(dirname(path), { recursive: true });
      closeSync(openSync(path, 'a', 0o600));
    }
    return new DatabaseSync(path, { timeout: 0 });
  } catch (error) {
    throw toSqliteTrouble(error, path);
  }
}

/** @param path - for messages. */
export function sqliteDialect(database: DatabaseSync, path: string): Dialect {
  return {
    createDriver: () => new SqliteDriver(database, path),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createAdapter: () => new SqliteAdapter(),
    createIntrospector: (db) => new SqliteIntrospector(db),
  };
}

class SqliteDriver implements Driver {
  readonly #database: DatabaseSync;
  readonly #connection: SqliteConnection;

  constructor(database: DatabaseSync, path: string) {
    this.#database = database;
    this.#connection = new SqliteConnection(database, path);
  }

  async init(): Promise<void> {
    // Readers and one writer at a time; each commit is on disk before its effect happens.
    await this.#connection.run('pragma journal_mode = wal');
    await this.#connection.run('pragma synchronous = full');
  }

  acquireConnection(): Promise<DatabaseConnection> {
    return Promise.resolve(this.#connection); // kysely gives it to one at a time
  }

  /** A transaction that may write takes the lock at once: one that took it later could fail half-way. */
  async beginTransaction(_: DatabaseConnection, { accessMode }: TransactionSettings): Promise<void> {
    await this.#connection.run(accessMode === 'read only' ? 'begin' : 'begin immediate');
  }

  async commitTransaction(): Promise<void> {
    await this.#connection.run('commit');
  }

  async rollbackTransaction(): Promise<void> {
    // SQLite has ended it by itself when the disk was full.
    if (this.#database.isTransaction) await this.#connection.run('rollback');
  }

  releaseConnection(): Promise<void> {
    return Promise.resolve();
  }

  destroy(): Promise<void> {
    this.#database.close();
    return Promise.resolve();
  }
}

class SqliteConnection implements DatabaseConnection {
  readonly #database: DatabaseSync;
  readonly #path: string;
  readonly #statements = new Map<string, { statement: StatementSync; returnsRows: boolean }>();

  constructor(database: DatabaseSync, path: string) {
    this.#database = database;
    this.#path = path;
  }

  async run(sql: string): Promise<void> {
    await this.executeQuery(CompiledQuery.raw(sql));
  }

  async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    // Outside a transaction a statement that found the database locked has done nothing.
    const giveUpAt = this.#database.isTransaction ? 0 : performance.now() + LOCK_PATIENCE_MS;
    for (let wait = 1; ; wait = Math.min(wait * 2, 50)) {
      try {
        return this.#execute<Row>(sql, parameters);
      } catch (error) {
        if (!isLocked(error) || performance.now() >= giveUpAt) throw toSqliteTrouble(error, this.#path);
        await pause(wait * (0.5 + Math.random()));
      }
    }
  }

  // eslint-disable-next-line @typescript-eslint/require-await, require-yield -- nothing of ours streams
  async *streamQuery<Row>(): AsyncIterableIterator<QueryResult<Row>> {
    throw new Error('The SQLite of this store does not stream: read pages.');
  }

  #execute<Row>(sql: string, parameters: readonly unknown[]): QueryResult<Row> {
    const { statement, returnsRows } = this.#prepare(sql);
    const values = parameters as SQLInputValue[];
    if (returnsRows) return { rows: statement.all(...values) as Row[] };
    return { rows: [], numAffectedRows: BigInt(statement.run(...values).changes) };
  }

  #prepare(sql: string) {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(sql);
    const prepared = { statement, returnsRows: statement.columns().length > 0 };
    if (this.#statements.size >= CACHED_STATEMENTS) this.#statements.clear();
    this.#statements.set(sql, prepared);
    return prepared;
  }
}
