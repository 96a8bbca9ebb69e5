import { StoreUnavailableError, type StoreTrouble } from './errors.ts';

/** PostgreSQL's error codes (its documentation, appendix A), or the classes they begin with. */
const TROUBLE: readonly (readonly [code: string, trouble: StoreTrouble, remedy: string])[] = [
  ['28', 'refused', 'Check user and password in COUNTERSIGN_DATABASE_URL, and pg_hba.conf.'],
  ['3D000', 'refused', 'Create the database, or name another one in COUNTERSIGN_DATABASE_URL.'],
  ['42501', 'refused', 'Make the role of COUNTERSIGN_DATABASE_URL the owner of its database.'],
  ['53100', 'full', 'Make room on its disk.'],
  ['53', 'unreachable', 'It has no connection or memory left: raise its limits, or stop what uses them.'],
  ['55P03', 'locked', 'Another session holds a lock: see pg_stat_activity.'],
  ['57014', 'locked', 'A statement took too long: see pg_stat_activity.'],
  ['25006', 'read-only', 'Name the primary, not a standby, in COUNTERSIGN_DATABASE_URL.'],
  ['40', 'locked', 'Try again.'],
  ['57P', 'unreachable', 'Wait until it is up.'],
  ['58', 'unreachable', 'Check its disk.'],
  ['XX001', 'damaged', 'Stop what uses it and restore a backup.'],
  ['XX002', 'damaged', 'Rebuild the index that the message names (REINDEX).'],
  ['08', 'unreachable', 'Check that it runs and that COUNTERSIGN_DATABASE_URL names it.'],
];
const CHECK = 'Check that it runs and that COUNTERSIGN_DATABASE_URL names it.';

/** What `pg` says by itself when a connection ends, or never comes about. */
const BROKEN =
  /^(Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection error|Client was closed|The server does not support SSL)/;

/** @returns what to throw in place of an error: a bug stays as it is. */
export function toPostgresTrouble(error: unknown, name: string): unknown {
  if (!(error instanceof Error)) return error;
  const code = 'code' in error ? String(error.code) : '';
  const isSystem = /^(E[A-Z]+$|CERT_|DEPTH_|SELF_|UNABLE_|ERR_TLS|ERR_SSL)/.test(code);
  const isQuery = 'severity' in error;
  const [, trouble, remedy] = isQuery ? (TROUBLE.find(([start]) => code.startsWith(start)) ?? []) : [];
  if (trouble === undefined && !isSystem && !BROKEN.test(error.message)) return error;
  const found = error.message || code;
  return new StoreUnavailableError(
    trouble ?? 'unreachable',
    `The store at ${name} cannot be used (${found}). ${remedy ?? CHECK}`,
    { cause: error },
  );
}
