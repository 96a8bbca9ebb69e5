import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { describe, expect, onTestFinished, test } from 'vitest';

import { StoreInputError, StoreSchemaError } from '../../src/store/errors.ts';
import { SCHEMA_VERSION } from '../../src/store/migrations.ts';
import { openStore } from '../../src/store/store.ts';
import { freshDatabase, KINDS } from './databases.ts';
import { entryOf } from './entries.ts';
import { startChild } from './processes.ts';

describe.each(KINDS)('on %s', (kind) => {
  test('processes that open a new store at once make one schema', async () => {
    const database = await freshDatabase(kind);
    onTestFinished(() => database.remove());
    const children = Array.from({ length: 4 }, () => startChild(database.url, 'open'));
    await Promise.all(children.map(({ done }) => done));
    const versions = await database.query('select version from countersign.schema_versions order by version');
    expect(versions.map(({ version }) => version)).toEqual(
      Array.from({ length: SCHEMA_VERSION }, (_, index) => index + 1),
    );
  });

  test('what was written is there when the store is opened again', async () => {
    const database = await freshDatabase(kind);
    onTestFinished(() => database.remove());
    const first = await openStore({ url: database.url });
    await first.record.append('acme', [entryOf('kept')]);
    await first.close();
    const second = await openStore({ url: database.url });
    onTestFinished(() => second.close());
    expect(await second.record.entries('acme', { limit: 9 })).toMatchObject([{ id: 'kept', sequence: 0 }]);
  });

  test('a store that a newer program made is refused and left as it is', async () => {
    const database = await freshDatabase(kind);
    onTestFinished(() => database.remove());
    await (await openStore({ url: database.url })).close();
    const newer = SCHEMA_VERSION + 1;
    await database.query(`insert into countersign.schema_versions values (${newer}, 0)`);
    const opened = openStore({ url: database.url });
    await expect(opened).rejects.toBeInstanceOf(StoreSchemaError);
    await expect(opened).rejects.toThrow(
      `was made by a newer Countersign (schema ${newer}, this one knows ${SCHEMA_VERSION}). Run that version, or restore a backup from before the upgrade.`,
    );
  });

  test('a migration that fails half-way leaves nothing behind', async () => {
    const database = await freshDatabase(kind);
    onTestFinished(() => database.remove());
    // In the way of the last of its tables.
    if (kind === 'postgres') await database.query('create schema countersign');
    await database.query('create table countersign.revocations (taken integer)');
    if (kind === 'sqlite')
      await database.query('create table countersign.schema_versions (version integer, applied_at integer)');
    await expect(openStore({ url: database.url })).rejects.toThrow(/already exists/);
    await database.query('drop table countersign.revocations');
    await (await openStore({ url: database.url })).close();
  });
});

describe('a SQLite file', () => {
  test('is made with its folder, for its owner alone', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'countersign-store-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const path = join(folder, 'new', 'store.sqlite');
    const store = await openStore({ url: `sqlite:${path}` });
    onTestFinished(() => store.close());
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(`${path}-wal`)).mode & 0o777).toBe(0o600);
  });

  test('of another program is refused', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'countersign-store-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const path = join(folder, 'other.sqlite');
    const other = new DatabaseSync(path);
    other.exec('create table songs (title text)');
    other.close();
    await expect(openStore({ url: `sqlite:${path}` })).rejects.toThrow(
      `${path} is the SQLite file of another program. Name a new file, or one of Countersign's, in COUNTERSIGN_DATABASE_URL.`,
    );
  });

  test('that is none is refused, and what to do is said', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'countersign-store-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const path = join(folder, 'notes.sqlite');
    await writeFile(
      path,
      'these are notes, and longer than a hundred bytes, so that nobody takes them for the header of an empty file'.repeat(
        9,
      ),
    );
    await expect(openStore({ url: `sqlite:${path}` })).rejects.toMatchObject({
      name: 'StoreUnavailableError',
      trouble: 'damaged',
      message: expect.stringMatching(
        /is not a SQLite database .*put a backup in its place\. Without a backup, move the file away/,
      ) as string,
    });
  });
});

test.each(['mysql://x', 'sqlite://x', 'sqlite:', 'postgres://host', 'postgres:///name', 'store.sqlite'])(
  'the URL %s is refused, and what is allowed is said',
  async (url) => {
    const opened = openStore({ url });
    await expect(opened).rejects.toBeInstanceOf(StoreInputError);
    await expect(opened).rejects.toThrow('url must be "sqlite:" and the path of a file');
  },
);
