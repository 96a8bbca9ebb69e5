import { Kysely } from 'kysely';

import { createApprovalIndex, type ApprovalIndex } from './approvals/approval-index.ts';
import { requireOneDatabase } from './checkpoints.ts';
import { parseDatabaseUrl, URL_RULE, type Place } from '../contracts/database-url.ts';
import type { Database } from './database.ts';
import { StoreInputError } from './errors.ts';
import { createEndpoints, type Endpoints } from './endpoints.ts';
import { createGrants, type Grants } from './grants.ts';
import { createUsedLinks, type UsedLinks } from './sign-in/links.ts';
import { createPasskeys, type Passkeys } from './sign-in/passkeys.ts';
import { migrate } from './migrate.ts';
import { createNotices, type Notices } from './notices/notices.ts';
import { createOutbox, type Outbox } from './outbox.ts';
import { createPeople, type People } from './people/people.ts';
import { openPostgresPool, postgresDialect } from './postgres.ts';
import { createRecordStore, type RecordStore } from './record.ts';
import { createRevocations, type Revocations } from './revocations.ts';
import { createSchedules, type Schedules } from './schedules.ts';
import { createSessions, type Sessions } from './sign-in/sessions.ts';
import { openSqliteFile, sqliteDialect } from './sqlite.ts';
import type { Tables } from './tables.ts';

/**
 * What is kept beside Temporal: the record of what happened, an index for lists, and people with their rights. Temporal alone knows what
 * is in flight, so losing the store loses no decision. Every method throws StoreUnavailableError while the database cannot be used.
 */
export interface Store {
  record: RecordStore;
  index: ApprovalIndex;
  people: People;
  sessions: Sessions;
  links: UsedLinks;
  revocations: Revocations;
  passkeys: Passkeys;
  schedules: Schedules;
  outbox: Outbox;
  notices: Notices;
  endpoints: Endpoints;
  grants: Grants;
  /** @throws StoreUnavailableError when the database does not answer. */
  check(): Promise<void>;
  close(): Promise<void>;
}

export interface StoreOptions {
  /** `sqlite:` and a path, or `postgres://…`. */
  url: string;
  /** Now, in milliseconds since 1970. */
  clock?: () => number;
}

/**
 * Opens a store for `createWorker` and `createGateway`, makes it if it is missing, and brings its schema to this program's version.
 *
 * @example
 * ```ts
 * import { openStore } from 'countersign/store';
 *
 * const store = await openStore({ url: 'sqlite:.countersign/store.sqlite' });
 * const worker = await createWorker({ app, provider, temporal, store });
 * ```
 *
 * @throws StoreInputError for a URL of neither kind.
 * @throws StoreUnavailableError when the database cannot be used.
 * @throws StoreSchemaError when a newer program made it.
 * @throws RecordMismatchError when its record and its checkpoints are of different databases.
 */
export async function openStore({ url, clock = Date.now }: StoreOptions): Promise<Store> {
  const place = parseDatabaseUrl(url);
  if (place === undefined) throw new StoreInputError('url', `must be ${URL_RULE}`);
  const database: Database = { db: connect(place), kind: place.kind, clock };
  try {
    await migrate(database, place.kind === 'sqlite' ? place.path : place.name);
    await requireOneDatabase(database);
  } catch (error) {
    await database.db.destroy();
    throw error;
  }
  return {
    record: createRecordStore(database),
    index: createApprovalIndex(database),
    people: createPeople(database),
    sessions: createSessions(database),
    links: createUsedLinks(database),
    revocations: createRevocations(database),
    passkeys: createPasskeys(database),
    schedules: createSchedules(database),
    outbox: createOutbox(database),
    notices: createNotices(database),
    endpoints: createEndpoints(database),
    grants: createGrants(database),
    async check() {
      await database.db.selectFrom('schema_versions').select('version').limit(1).execute();
    },
    close: () => database.db.destroy(),
  };
}

function connect(place: Place): Kysely<Tables> {
  if (place.kind === 'postgres') {
    const dialect = postgresDialect(openPostgresPool(place.url), place.name);
    return new Kysely<Tables>({ dialect }).withSchema('countersign');
  }
  return new Kysely<Tables>({ dialect: sqliteDialect(openSqliteFile(place.path), place.path) });
}

export { RecordMismatchError, StoreInputError, StoreSchemaError, StoreUnavailableError } from './errors.ts';
