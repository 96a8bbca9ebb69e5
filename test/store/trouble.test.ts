import { truncate } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';

import { Kysely } from 'kysely';
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';

import { StoreSchemaError, StoreUnavailableError } from '../../src/store/errors.ts';
import { sqliteDialect } from '../../src/store/sqlite.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { startPostgres, type PostgresServer } from '../support/postgres.ts';
import { freshDatabase } from './databases.ts';
import { entriesOf, entryOf } from './entries.ts';

/** What every caller relies on: a database that cannot be used is told apart from a bug, with words for an operator. */

describe('PostgreSQL', () => {
  let server: PostgresServer;
  beforeAll(async () => (server = await startPostgres()));
  afterAll(() => server.remove());

  test('that is down is unavailable, and the same store works again when it is back', async () => {
    const database = await freshDatabase('postgres', server.url);
    const store = await openStore({ url: database.url });
    onTestFinished(() => store.close());
    await store.record.append('acme', [entryOf('before')]);

    await server.stop();
    const calls: (() => Promise<unknown>)[] = [
      () => store.record.append('acme', [entryOf('while')]),
      () => store.index.list({ tenant: 'acme' }),
      () => store.revocations.revokedAmong('acme', ['ada']),
      () => store.check(),
      () => openStore({ url: database.url }),
    ];
    for (const call of calls)
      await expectTrouble(
        call(),
        'unreachable',
        /ECONNREFUSED.*Check that it runs and that COUNTERSIGN_DATABASE_URL names it/,
      );

    await server.start();
    await store.check();
    await store.record.append('acme', [entryOf('while')]);
    expect(await store.record.tree('acme')).toMatchObject({ size: 2 });
  });

  test('that is down at the start is told of where somebody wants to know, and used once it is there', async () => {
    const database = await freshDatabase('postgres', server.url);
    await server.stop();
    const heard: StoreUnavailableError[] = [];
    const store = await openStore({ url: database.url, onUnreachable: (error) => heard.push(error) });
    onTestFinished(() => store.close());
    expect(heard).toMatchObject([{ trouble: 'unreachable' }]);
    await expectTrouble(store.check(), 'unreachable', /ECONNREFUSED/);
    await server.start();
    const appended = ['one', 'two'].map((id) => store.record.append('acme', [entryOf(id)]));
    await Promise.all(appended);
    expect(await store.record.tree('acme')).toMatchObject({ size: 2 });
  });

  test('that comes back with a newer schema is refused, and says what to do', async () => {
    const database = await freshDatabase('postgres', server.url);
    await (await openStore({ url: database.url })).close();
    await database.query('insert into countersign.schema_versions values (1000, 0)');
    await server.stop();
    const store = await openStore({ url: database.url, onUnreachable: () => undefined });
    onTestFinished(() => store.close());
    await server.start();
    for (let use = 0; use < 2; use += 1)
      await expectTrouble(store.check(), 'refused', /made by a newer Countersign.*Run that version/);
    await expect(openStore({ url: database.url, onUnreachable: () => undefined })).rejects.toThrow(
      StoreSchemaError,
    );
  });

  test('that goes down while a call waits for it is unavailable, and nothing of the call is kept', async () => {
    const database = await freshDatabase('postgres', server.url);
    const store = await openStore({ url: database.url });
    onTestFinished(() => store.close());
    await database.query(
      `create function slow() returns trigger language plpgsql as 'begin perform pg_sleep(600); return new; end'`,
    );
    await database.query('create trigger slow before insert on countersign.entries execute function slow()');
    const appended = store.record.append('acme', [entryOf('lost')]);
    const sleeping = `select 1 from pg_stat_activity where wait_event = 'PgSleep'`;
    await Promise.all([
      expectTrouble(appended, 'unreachable', /terminat/),
      expect
        .poll(() => database.query(sleeping))
        .toHaveLength(1)
        .then(() => server.stop()),
    ]);
    await server.start();
    expect(await store.record.tree('acme')).toMatchObject({ size: 0 });
  });
});

describe('PostgreSQL that does not let us in', () => {
  const url = (change: (url: URL) => void) => {
    const changed = new URL(inject('postgresUrl'));
    change(changed);
    return changed.href;
  };
  test.each([
    [
      'a database that is not there',
      url,
      (to: URL) => (to.pathname = '/nowhere'),
      /Create the database, or name another/,
    ],
    ['a role that is not there', url, (to: URL) => (to.username = 'nobody'), /Check user and password/],
  ])('because of %s says so, without the password', async (_, make, change, remedy) => {
    const target = make((to) => {
      to.password = 'hunter2';
      change(to);
    });
    const message = await expectTrouble(openStore({ url: target }), 'refused', remedy);
    expect(message).not.toContain('hunter2');
  });

  test('because the role may make no tables says so', async () => {
    const database = await freshDatabase('postgres');
    onTestFinished(() => database.remove());
    await database.query(
      `do $$ begin create role guest login; exception when duplicate_object then null; end $$`,
    );
    const as = new URL(database.url);
    as.username = 'guest';
    await expectTrouble(
      openStore({ url: as.href }),
      'refused',
      /permission denied.*Make the role .* the owner of its database/,
    );
  });
});

describe('a SQLite file', () => {
  test('that another process holds is waited for, and other work goes on meanwhile', async () => {
    const { store, other } = await withOther();
    other.exec('begin immediate');
    const appended = store.record.append('acme', [entryOf('waits')]);
    await new Promise((resolve) => setTimeout(resolve, 100)); // the event loop is free
    other.exec('commit');
    expect(await appended).toMatchObject([{ sequence: 0 }]);
  });

  test('that another process holds for longer than five seconds is unavailable, and works afterwards', async () => {
    const { store, other } = await withOther();
    other.exec('begin immediate');
    await expectTrouble(
      store.record.append('acme', [entryOf('late')]),
      'locked',
      /is locked by another process/,
    );
    await expect(store.record.tree('acme')).resolves.toMatchObject({ size: 0 }); // who reads waits for nobody
    other.exec('commit');
    expect(await store.record.append('acme', [entryOf('late')])).toMatchObject([{ sequence: 0 }]);
  });

  test('two stores of one process on it do not wait for each other', async () => {
    const { store, url } = await withOther();
    const second = await openStore({ url });
    onTestFinished(() => second.close());
    await Promise.all(
      [store, second].flatMap(({ record }, of) =>
        Array.from({ length: 20 }, (_, index) => record.append('acme', [entryOf(`${of}:${index}`)])),
      ),
    );
    expect(await store.record.tree('acme')).toMatchObject({ size: 40 });
  });

  test('that is read only is unavailable', async () => {
    const { url } = await withOther();
    // As root nobody is kept from writing by a file's mode.
    const database = new DatabaseSync(url.replace('sqlite:', ''), { readOnly: true });
    const db = new Kysely<{ trees: { tenant: string } }>({
      dialect: sqliteDialect(database, 'store.sqlite'),
    });
    onTestFinished(() => db.destroy());
    await expectTrouble(
      db.deleteFrom('trees').execute(),
      'read-only',
      /store\.sqlite cannot be written .*Let this user write/,
    );
  });

  test('that cannot grow is unavailable, nothing of the call is kept, and it works when there is room', async () => {
    const { url } = await withOther();
    const database = new DatabaseSync(url.replace('sqlite:', ''));
    const db = new Kysely<{ contents: { tenant: string; digest: string; content: string } }>({
      dialect: sqliteDialect(database, 'store.sqlite'),
    });
    onTestFinished(() => db.destroy());
    const { page_count: pages } = database.prepare('pragma page_count').get() as { page_count: number };
    database.exec(`pragma max_page_count = ${pages + 3}`);
    const write = (content: string) =>
      db.transaction().execute(async (trx) => {
        await trx
          .insertInto('contents')
          .values({ tenant: 'acme', digest: 'small', content: 'fits' })
          .execute();
        await trx.insertInto('contents').values({ tenant: 'acme', digest: 'large', content }).execute();
      });
    await expectTrouble(
      write('x'.repeat(100_000)),
      'full',
      /store\.sqlite cannot grow .*Make room on its disk/,
    );
    expect(await db.selectFrom('contents').selectAll().execute()).toEqual([]);
    await write('x');
  });

  test('that is damaged is unavailable, and what to do is said', async () => {
    const { store, url } = await withOther();
    await store.record.append('acme', entriesOf('of', 500));
    await store.close();
    // The beginning is there, the rest is gone.
    await truncate(url.replace('sqlite:', ''), 8_192);
    const read = openStore({ url }).then(async (damaged) => {
      onTestFinished(() => damaged.close());
      await damaged.record.entries('acme', { limit: 500 });
    });
    await expectTrouble(read, 'damaged', /is damaged .*put a backup in its place/);
  });
});

test('a bug is no trouble of the database', async () => {
  const { url } = await withOther();
  const database = new DatabaseSync(url.replace('sqlite:', ''));
  const db = new Kysely<{ songs: { title: string } }>({ dialect: sqliteDialect(database, 'store.sqlite') });
  onTestFinished(() => db.destroy());
  const failed = db.selectFrom('songs').selectAll().execute();
  await expect(failed).rejects.toThrow('no such table: songs');
  await expect(failed).rejects.not.toBeInstanceOf(StoreUnavailableError);
});

async function withOther(): Promise<{ store: Store; other: DatabaseSync; url: string }> {
  const database = await freshDatabase('sqlite');
  const store = await openStore({ url: database.url });
  const other = new DatabaseSync(database.url.replace('sqlite:', ''));
  onTestFinished(async () => {
    other.close();
    await store.close();
    await database.remove();
  });
  return { store, other, url: database.url };
}

async function expectTrouble(call: Promise<unknown>, trouble: string, message: RegExp): Promise<string> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(StoreUnavailableError);
  expect(error).toMatchObject({ trouble, message: expect.stringMatching(message) as string });
  return (error as Error).message;
}
