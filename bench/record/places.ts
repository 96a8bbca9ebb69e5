import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import pg from 'pg';

import { createSupervisor } from '../../src/cli/supervisor.ts';
import { startPostgres } from '../contest/countersign.ts';

/** A database of its own on this machine, and the least that it can do: one row, on disk when it is answered. */
export interface Place {
  url: string;
  folder: string;
  insertRow(): Promise<void>;
  remove(): Promise<void>;
}

export const PLACES: Record<string, () => Promise<Place>> = { SQLite: sqlite, PostgreSQL: postgres };

/** About as long as an entry. */
const ROW = 'x'.repeat(500);

async function sqlite(): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-bench-record-'));
  const floor = new DatabaseSync(join(folder, 'floor.sqlite'));
  floor.exec('pragma journal_mode = wal; pragma synchronous = full; create table rows (row text not null)');
  const insert = floor.prepare('insert into rows (row) values (?)');
  return {
    ...{ folder, url: `sqlite:${join(folder, 'store.sqlite')}` },
    insertRow() {
      insert.run(ROW);
      return Promise.resolve();
    },
    async remove() {
      floor.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function postgres(): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-bench-record-'));
  const supervisor = createSupervisor();
  const url = await startPostgres(supervisor);
  const floor = new pg.Client({ connectionString: url });
  await floor.connect();
  await floor.query('create table rows (row text not null)');
  return {
    ...{ folder, url },
    async insertRow() {
      await floor.query({ name: 'floor', text: 'insert into rows (row) values ($1)', values: [ROW] });
    },
    async remove() {
      await floor.end();
      await supervisor.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
