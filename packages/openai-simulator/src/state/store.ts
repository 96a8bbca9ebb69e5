import { openJournal, readJournal, type Journal } from './journal.ts';
import type { Change, Keyed, Table } from './tables.ts';

/** The state in memory and, when a file is named, in that file too. */
export interface Store {
  get<Row extends Keyed>(table: Table<Row>, id: string): Row | undefined;
  /** All rows, oldest first. */
  all<Row extends Keyed>(table: Table<Row>): Row[];
  /** Applies changes as one effect: they are in the file, all of them, before this returns. */
  write(changes: readonly Change[]): void;
  close(): void;
}

/**
 * @param tables - the ones there are; another is a fault of the caller's.
 * @throws SimulatorError when the file cannot be used, or is not one of the simulator's.
 */
export function openStore(tables: readonly { name: string }[], file?: string): Store {
  const kept = new Map(tables.map(({ name }) => [name, new Map<string, Keyed>()]));

  function rowsOf(name: string): Map<string, Keyed> {
    const rows = kept.get(name);
    if (rows === undefined) throw new Error(`The store was opened without the table "${name}".`);
    return rows;
  }

  function apply(changes: readonly Change[]): void {
    for (const [table, id, row] of changes) {
      if (row === null) rowsOf(table).delete(id);
      else rowsOf(table).set(id, row);
    }
  }

  const state = () =>
    [...kept].flatMap(([table, rows]) => [...rows].map(([id, row]): Change => [table, id, row]));

  let journal: Journal | undefined;
  if (file !== undefined) {
    apply(readJournal(file, (table) => kept.has(table)));
    journal = openJournal(file, state());
  }

  return {
    // What a table's own `put` has written under its name is a row of that table.
    get: <Row extends Keyed>({ name }: Table<Row>, id: string) => rowsOf(name).get(id) as Row | undefined,
    all: <Row extends Keyed>({ name }: Table<Row>) => [...rowsOf(name).values()] as Row[],
    write(changes) {
      if (changes.length === 0) return;
      journal?.append(changes);
      apply(changes);
      if (file === undefined || journal?.isLong() !== true) return;
      journal.close();
      journal = openJournal(file, state());
    },
    close: () => journal?.close(),
  };
}
