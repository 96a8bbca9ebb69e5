/**
 * How rows are kept: in tables, each of which is named beside what it stores. Rows of a table stand in the order in which they
 * were made.
 */
export interface Table<Row extends Keyed> {
  name: string;
  /** A change that writes a row under its own id. */
  put: (row: Row) => Change;
  /** A change that removes a row. */
  remove: (id: string) => Change;
}

/** What a row has at least. */
export interface Keyed {
  id: string;
}

/** One row written (`row`) or removed (null). */
export type Change = readonly [table: string, id: string, row: Keyed | null];

/** @param name - its name in the state file. */
export function createTable<Row extends Keyed>(name: string): Table<Row> {
  return { name, put: (row) => [name, row.id, row], remove: (id) => [name, id, null] };
}
