import { DatabaseSync } from 'node:sqlite';

/**
 * The world outside, where effects happen: its own file, written by the tools and read by the oracle, and by nobody of ours in
 * between. Every call is noted, and every effect as a row of its own. Only what is asked to (`mode: 'once-per-key'`, as a
 * payment provider does it) looks whether the key has had its effect before; else two calls are two effects.
 *
 * A row is handed to the operating system before `perform` returns, so a killed process loses none.
 */
export interface Ledger {
  /** @returns the number of the effect, for a confirmation */
  perform(effect: Omit<LedgerRow, 'row' | 'pid' | 'at'>, mode: 'once-per-key' | 'each-call'): number;
  /** The number of the effect this key has had, if it has. */
  find(key: string): number | null;
  effects(): LedgerRow[];
  attempts(): LedgerRow[];
  close(): void;
}

export interface LedgerRow {
  row: number;
  /** The idempotency key the tool was given. */
  key: string;
  tool: string;
  /** The arguments the tool was run with. */
  arguments: Record<string, unknown>;
  tenant: string;
  turnId: string;
  approvalId: string | null;
  approver: string | null;
  pid: number;
  at: string;
}

const COLUMNS = `key TEXT NOT NULL, tool TEXT NOT NULL, arguments TEXT NOT NULL, tenant TEXT NOT NULL, turnId TEXT NOT NULL,
  approvalId TEXT, approver TEXT, pid INTEGER NOT NULL, at TEXT NOT NULL`;
const NAMES = 'key, tool, arguments, tenant, turnId, approvalId, approver, pid, at';
const insertInto = (table: string): string =>
  `INSERT INTO ${table} (${NAMES}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`;

export function openLedger(file: string): Ledger {
  const database = new DatabaseSync(file, { timeout: 10_000 });
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
  for (const table of ['attempts', 'effects']) {
    database.exec(`CREATE TABLE IF NOT EXISTS ${table} (row INTEGER PRIMARY KEY, ${COLUMNS})`);
  }
  const addAttempt = database.prepare(insertInto('attempts'));
  const addEffect = database.prepare(insertInto('effects'));
  const byKey = database.prepare('SELECT row FROM effects WHERE key = ? ORDER BY row LIMIT 1');

  const find = (key: string): number | null => (byKey.get(key)?.row as number | undefined) ?? null;
  const all = (table: string): LedgerRow[] =>
    database
      .prepare(`SELECT row, ${NAMES} FROM ${table} ORDER BY row`)
      .all()
      .map((row) => ({ ...row, arguments: JSON.parse(String(row.arguments)) as unknown }) as LedgerRow);

  return {
    perform(effect, mode) {
      const { key, tool, tenant, turnId, approvalId, approver } = effect;
      const at = new Date().toISOString();
      const text = JSON.stringify(effect.arguments);
      const values = [key, tool, text, tenant, turnId, approvalId, approver, process.pid, at];
      addAttempt.run(...values);
      database.exec('BEGIN IMMEDIATE');
      try {
        const before = mode === 'once-per-key' ? find(key) : null;
        const row = before ?? Number(addEffect.run(...values).lastInsertRowid);
        database.exec('COMMIT');
        return row;
      } catch (error) {
        database.exec('ROLLBACK');
        throw error;
      }
    },
    find,
    effects: () => all('effects'),
    attempts: () => all('attempts'),
    close: () => database.close(),
  };
}
