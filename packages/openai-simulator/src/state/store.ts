import { openJournal, readJournal, type Journal } from './journal.ts';
import type { Change, TableName, Tables } from './tables.ts';

/** The state in memory and, when a file is named, in that file too. */
export interface Store {
  get<Name extends TableName>(table: Name, id: string): Tables[Name] | undefined;
  /** All rows, oldest first. */
  all<Name extends TableName>(table: Name): Tables[Name][];
  /** Applies changes as one effect: they are in the file, all of them, before this returns. */
  write(changes: readonly Change[]): void;
  close(): void;
}

/** @throws Error when the file cannot be read or is not one of the simulator's. */
export function openStore(file?: string): Store {
  const tables: { [Name in TableName]: Map<string, Tables[Name]> } = {
    assistants: new Map(),
    threads: new Map(),
    messages: new Map(),
    runs: new Map(),
    steps: new Map(),
    files: new Map(),
    vectorStores: new Map(),
    vectorStoreFiles: new Map(),
    responses: new Map(),
    conversations: new Map(),
    conversationItems: new Map(),
    agentSessions: new Map(),
    agentTurns: new Map(),
    agentItems: new Map(),
    agentKeys: new Map(),
    faults: new Map(),
    requests: new Map(),
    settings: new Map(),
  };
  const tableOf = (name: TableName) => tables[name] as Map<string, Tables[TableName]>;

  function apply(changes: readonly Change[]): void {
    for (const [table, id, row] of changes) {
      if (row === null) tableOf(table).delete(id);
      else tableOf(table).set(id, row);
    }
  }

  const state = () =>
    Object.entries(tables).flatMap(([table, rows]) =>
      [...rows].map(([id, row]) => [table, id, row] as unknown as Change),
    );

  let journal: Journal | undefined;
  if (file !== undefined) {
    apply(readJournal(file));
    journal = openJournal(file, state());
  }

  return {
    get: (table, id) => tables[table].get(id),
    all: (table) => [...tables[table].values()],
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
