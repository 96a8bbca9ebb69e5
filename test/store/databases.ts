import { mkdtemp, rm } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import pg from 'pg';
import { afterAll, beforeAll, inject } from 'vitest';

import { openStore, type Store } from '../../src/store/store.ts';

/** Every rule of the store holds on both. */
export const KINDS = ['sqlite', 'postgres'] as const;
export type Kind = (typeof KINDS)[number];

export interface FreshDatabase {
  url: string;
  /** Statements of the test's own, past the store, on one connection. */
  query(sql: string): Promise<Record<string, unknown>[]>;
  remove(): Promise<void>;
}

/** A database that nothing has been written to. */
export async function freshDatabase(kind: Kind, server = inject('postgresUrl')): Promise<FreshDatabase> {
  return kind === 'sqlite' ? freshFile() : freshOn(server);
}

/** A store for the tests of a `describe`, each of which takes a tenant of its own. */
export function storeOn(
  kind: Kind,
  clock?: () => number,
): { readonly store: Store; readonly database: FreshDatabase } {
  let database: FreshDatabase | undefined;
  let store: Store | undefined;
  beforeAll(async () => {
    database = await freshDatabase(kind);
    store = await openStore({ url: database.url, ...(clock && { clock }) });
  });
  afterAll(async () => {
    await store?.close();
    await database?.remove();
  });
  return {
    get store() {
      return store!;
    },
    get database() {
      return database!;
    },
  };
}

async function freshFile(): Promise<FreshDatabase> {
  const { DatabaseSync } = await import('node:sqlite');
  const folder = await mkdtemp(join(tmpdir(), 'countersign-store-'));
  const path = join(folder, 'store.sqlite');
  return {
    url: `sqlite:${path}`,
    // eslint-disable-next-line @typescript-eslint/require-await -- what SQLite throws is a rejection, as of the other one
    async query(sql) {
      const database = new DatabaseSync(path, { timeout: 0 });
      try {
        return database.prepare(sql.replaceAll('countersign.', '')).all();
      } finally {
        database.close();
      }
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

async function freshOn(server: string): Promise<FreshDatabase> {
  const name = `store_${randomBytes(8).toString('hex')}`;
  const query = async (connectionString: string, sql: string) => {
    const client = new pg.Client({ connectionString });
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(sql)).rows;
    } finally {
      await client.end();
    }
  };
  await query(server, `create database ${name}`);
  const url = server.replace(/[^/]*$/, name);
  return {
    url,
    query: (sql) => query(url, sql),
    async remove() {
      await query(server, `drop database ${name} with (force)`);
    },
  };
}
