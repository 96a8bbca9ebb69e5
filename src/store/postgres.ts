import { createHash } from 'node:crypto';

import {
  CompiledQuery,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  type TransactionSettings,
} from 'kysely';
import pg from 'pg';

import { StoreUnavailableError } from './errors.ts';
import { toPostgresTrouble } from './postgres-trouble.ts';

const CONNECTIONS = 10;
/** As long as SQLite's. */
const LOCK_TIMEOUT_MS = 5_000;
const CONNECT_TIMEOUT_MS = 5_000;
const QUERY_TIMEOUT_MS = 60_000;

/** Statements of this length have few shapes, so the server keeps each prepared; longer ones are lists of any number of rows. */
const PREPARED_CHARACTERS = 2_000;
/** Longer ones with so few parameters have one shape. */
const PREPARED_PARAMETERS = 20;

/** Numbers, as in SQLite: none of ours reaches 2^53. */
class Numbers extends pg.TypeOverrides {
  constructor() {
    super();
    this.setTypeParser(pg.types.builtins.INT8, Number);
  }
}

/** Connections are made when needed, and made again after a restart of the server. */
export function openPostgresPool(url: string): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    lock_timeout: LOCK_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
    keepAlive: true,
    application_name: 'countersign',
    types: new Numbers(),
  });
  // A connection that breaks while nobody uses it, or between two queries: the next query finds out, and says so.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

/** @param name - of the database, without its password, for messages. */
export function postgresDialect(pool: pg.Pool, name: string): Dialect {
  return {
    createDriver: () => new PostgresDriver(pool, name),
    createQueryCompiler: () => new PostgresQueryCompiler(),
    createAdapter: () => new PostgresAdapter(),
    createIntrospector: (db) => new PostgresIntrospector(db),
  };
}

class PostgresDriver implements Driver {
  readonly #pool: pg.Pool;
  readonly #name: string;

  constructor(pool: pg.Pool, name: string) {
    this.#pool = pool;
    this.#name = name;
  }

  init(): Promise<void> {
    return Promise.resolve();
  }

  async acquireConnection(): Promise<PostgresConnection> {
    try {
      return new PostgresConnection(await this.#pool.connect(), this.#name);
    } catch (error) {
      throw toPostgresTrouble(error, this.#name);
    }
  }

  async beginTransaction(connection: PostgresConnection, { accessMode }: TransactionSettings): Promise<void> {
    await connection.run(accessMode === 'read only' ? 'start transaction read only' : 'begin');
  }

  async commitTransaction(connection: PostgresConnection): Promise<void> {
    await connection.run('commit');
  }

  async rollbackTransaction(connection: PostgresConnection): Promise<void> {
    // Nothing is left to roll back on a connection that broke; the first error says more than a second one.
    if (!connection.isBroken) await connection.run('rollback');
  }

  releaseConnection(connection: PostgresConnection): Promise<void> {
    connection.release();
    return Promise.resolve();
  }

  async destroy(): Promise<void> {
    await this.#pool.end();
  }
}

class PostgresConnection implements DatabaseConnection {
  readonly #client: pg.PoolClient;
  readonly #name: string;
  /** The server may still be at work on what was asked last. */
  isBroken = false;

  constructor(client: pg.PoolClient, name: string) {
    this.#client = client;
    this.#name = name;
  }

  async run(sql: string): Promise<void> {
    await this.executeQuery(CompiledQuery.raw(sql));
  }

  async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    const isPrepared = sql.length <= PREPARED_CHARACTERS || parameters.length <= PREPARED_PARAMETERS;
    const name = isPrepared ? { name: nameOf(sql) } : {};
    try {
      const { rows, rowCount } = await this.#client.query({
        ...name,
        text: sql,
        values: parameters.map(toValue),
      });
      return { rows: rows as Row[], numAffectedRows: BigInt(rowCount ?? 0) };
    } catch (error) {
      const thrown = toPostgresTrouble(error, this.#name);
      if (thrown instanceof StoreUnavailableError && thrown.trouble === 'unreachable') this.isBroken = true;
      throw thrown;
    }
  }

  // eslint-disable-next-line @typescript-eslint/require-await, require-yield -- nothing of ours streams
  async *streamQuery<Row>(): AsyncIterableIterator<QueryResult<Row>> {
    throw new Error('The PostgreSQL of this store does not stream: read pages.');
  }

  release(): void {
    this.#client.release(this.isBroken);
  }
}

/** PostgreSQL knows no NUL and refuses the whole statement: what is asked for by one is not found, as on SQLite. */
function toValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toValue);
  return typeof value === 'string' ? value.replaceAll('\0', '\ufffd') : value;
}

const names = new Map<string, string>();

/** PostgreSQL cuts names to 63 bytes. */
function nameOf(sql: string): string {
  let name = names.get(sql);
  if (name === undefined) {
    name = `countersign-${createHash('sha256').update(sql).digest('hex').slice(0, 32)}`;
    names.set(sql, name);
  }
  return name;
}
