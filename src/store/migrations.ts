import { devices, passkeys, people } from './migrations/people.ts';
import { approvals, elsewhere, grants, queue, record } from './migrations/record.ts';
import { claims, events, notices, shown } from './migrations/telling.ts';
import { WORDS, type Words } from './migrations/words.ts';

/** The statements that lead from one version of the schema to the next. Never change one that was released: add another. */
const MIGRATIONS: readonly ((words: Words) => string[])[] = [
  record,
  approvals,
  people,
  elsewhere,
  passkeys,
  notices,
  events,
  queue,
  claims,
  grants,
  devices,
  shown,
];

export const SCHEMA_VERSION = MIGRATIONS.length;

/** @param version - to reach, from the one before. */
export function statementsOf(version: number, kind: Words['kind']): string[] {
  return MIGRATIONS[version - 1]?.(WORDS[kind]) ?? [];
}
