import { Kysely, type Dialect } from 'kysely';

import { createApprovalIndex, type ApprovalIndex } from './approvals/approval-index.ts';
import { requireOneDatabase } from './checkpoints.ts';
import { parseDatabaseUrl, URL_RULE, type Place } from '../contracts/database-url.ts';
import type { Database } from './database.ts';
import { RecordMismatchError, StoreInputError, StoreSchemaError, StoreUnavailableError } from './errors.ts';
import { createEndpoints, type Endpoints } from './endpoints.ts';
import { createGrants, type Grants } from './grants.ts';
import { createUsedLinks, type UsedLinks } from './sign-in/links.ts';
import { createPasskeys, type Passkeys } from './sign-in/passkeys.ts';
import { createDevices, type Devices } from './people/devices.ts';
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
  devices: Devices;
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
  /**
   * For what must go on without a store: it is opened also while nothing answers at its address, or another process holds it, and this
   * is told why. Whatever uses it first once it is back brings its schema to this program's version.
   *
   * @default openStore rejects
   */
  onUnreachable?: (error: StoreUnavailableError) => void;
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
export async function openStore({ url, clock = Date.now, onUnreachable }: StoreOptions): Promise<Store> {
  const place = parseDatabaseUrl(url);
  if (place === undefined) throw new StoreInputError('url', `must be ${URL_RULE}`);
  const dialect = dialectOf(place);
  const bare: Database = { db: toKysely(place, dialect), kind: place.kind, clock };
  let isOpen = false;
  const db = toKysely(place, {
    ...dialect,
    createDriver() {
      const driver = dialect.createDriver();
      const init = driver.init.bind(driver);
      // kysely waits for it before the first use, and tries it again at the next one when it fails.
      driver.init = async (options) => {
        await init(options);
        await makeReady(bare, place).catch((error: unknown) => {
          throw isOpen ? asTrouble(error) : error;
        });
      };
      return driver;
    },
  });
  const database: Database = { ...bare, db };
  const check = async (): Promise<void> => {
    await db.selectFrom('schema_versions').select('version').limit(1).execute();
  };
  await check().catch(async (error: unknown) => {
    if (onUnreachable !== undefined && isPassing(error)) {
      onUnreachable(error);
      return;
    }
    await db.destroy();
    throw error;
  });
  isOpen = true;
  return {
    record: createRecordStore(database),
    index: createApprovalIndex(database),
    people: createPeople(database),
    sessions: createSessions(database),
    links: createUsedLinks(database),
    revocations: createRevocations(database),
    passkeys: createPasskeys(database),
    devices: createDevices(database),
    schedules: createSchedules(database),
    outbox: createOutbox(database),
    notices: createNotices(database),
    endpoints: createEndpoints(database),
    grants: createGrants(database),
    check,
    close: () => db.destroy(),
  };
}

async function makeReady(database: Database, place: Place): Promise<void> {
  await migrate(database, place.kind === 'sqlite' ? place.path : place.name);
  await requireOneDatabase(database);
}

function dialectOf(place: Place): Dialect {
  return place.kind === 'postgres'
    ? postgresDialect(openPostgresPool(place.url), place.name)
    : sqliteDialect(openSqliteFile(place.path), place.path);
}

function toKysely({ kind }: Place, dialect: Dialect): Kysely<Tables> {
  const db = new Kysely<Tables>({ dialect });
  return kind === 'postgres' ? db.withSchema('countersign') : db;
}

function isPassing(error: unknown): error is StoreUnavailableError {
  return (
    error instanceof StoreUnavailableError && (error.trouble === 'unreachable' || error.trouble === 'locked')
  );
}

/** What is found when the database is there at last stops no process that runs: it can do without, and says why. */
function asTrouble(error: unknown): unknown {
  if (error instanceof StoreSchemaError || error instanceof RecordMismatchError)
    return new StoreUnavailableError('refused', error.message, { cause: error });
  return error;
}

export { RecordMismatchError, StoreInputError, StoreSchemaError, StoreUnavailableError } from './errors.ts';
