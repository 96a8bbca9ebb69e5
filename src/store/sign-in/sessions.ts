import { hash, randomBytes } from 'node:crypto';

import type { Selectable } from 'kysely';

import { inChunks, toIso, type Database, type Queries } from '../database.ts';
import { removeDevicesOf } from '../people/devices.ts';
import type { Tables } from '../tables.ts';

const SESSION_LIFE_MS = 12 * 3_600_000;
const SESSION_IDLE_MS = 2 * 3_600_000;
/** A use is noted so often: a session may end so much sooner than its idle time, and not each request writes. */
const NOTED_EVERY_MS = 60_000;

export interface NewSession {
  tenant: string;
  personId: string;
  /** Whatever its gateway keeps with it, as JSON: groups, name, how the person was authenticated. */
  details: Readonly<Record<string, unknown>>;
  /** Who vouched for the person; what its logouts name. */
  provider?: { issuer: string; subject: string; session?: string };
}

export interface Session extends NewSession {
  /** Names it in lists. It opens nothing: only the token does. */
  id: string;
  createdAt: string;
  seenAt: string;
  /** When it ends, unless it is used. */
  idleAt: string;
  expiresAt: string;
}

/** Who is signed in. A session that ended is gone at once on every gateway. */
export interface Sessions {
  /** @returns the token that opens it. It is not kept: only its hash is. */
  create(session: NewSession): Promise<{ token: string; session: Session }>;
  /**
   * The session a token opens, whose idle time starts again; null if there is none, or it has ended.
   *
   * @param options.isUse - false for what goes on without the person: it keeps no session from ending. True by default.
   */
  find(token: string, options?: { isUse?: boolean }): Promise<Session | null>;
  /** Those of these tokens that still open a session. Idle times go on. */
  aliveAmong(tokens: readonly string[]): Promise<ReadonlySet<string>>;
  /** @returns whether there was one. */
  end(tenant: string, sessionId: string): Promise<boolean>;
  /**
   * Ends them, and the notifications on the person's devices.
   *
   * @returns how many.
   */
  endAllOf(tenant: string, personId: string): Promise<number>;
  /**
   * Ends what an identity provider says is over: a session of its own, or all of one subject, and then the notifications on the person's
   * devices.
   *
   * @returns how many.
   */
  endAtProvider(over: { issuer: string; session?: string; subject?: string }): Promise<number>;
  /** The newest first. */
  list(tenant: string, personId?: string): Promise<Session[]>;
}

type Row = Selectable<Tables['sessions']>;

const COLUMNS = [
  'session_id',
  'tenant',
  'person_id',
  'details',
  'issuer',
  'subject',
  'issuer_session',
  'created_at',
  'seen_at',
  'expires_at',
] as const;

export function createSessions({ db, clock }: Database): Sessions {
  const alive = () =>
    db
      .selectFrom('sessions')
      .select(COLUMNS)
      .where('expires_at', '>', clock())
      .where('seen_at', '>', clock() - SESSION_IDLE_MS);

  return {
    async create({ tenant, personId, details, provider }) {
      const now = clock();
      const token = randomBytes(32).toString('base64url');
      const row: Omit<Row, 'token_hash'> = {
        session_id: `ses_${randomBytes(12).toString('hex')}`,
        tenant,
        person_id: personId,
        details: JSON.stringify(details),
        issuer: provider?.issuer ?? null,
        subject: provider?.subject ?? null,
        issuer_session: provider?.session ?? null,
        created_at: now,
        seen_at: now,
        expires_at: now + SESSION_LIFE_MS,
      };
      await db.deleteFrom('sessions').where('expires_at', '<=', now).execute();
      await db
        .insertInto('sessions')
        .values({ ...row, token_hash: hashOf(token) })
        .execute();
      return { token, session: toSession(row) };
    },

    async find(token, { isUse = true } = {}) {
      const row = await alive().where('token_hash', '=', hashOf(token)).executeTakeFirst();
      if (row === undefined) return null;
      const now = clock();
      if (!isUse || now - row.seen_at < NOTED_EVERY_MS) return toSession(row);
      const { numUpdatedRows } = await db
        .updateTable('sessions')
        .set({ seen_at: now })
        .where('session_id', '=', row.session_id)
        .executeTakeFirstOrThrow();
      // It may have been ended since it was read.
      return numUpdatedRows === 0n ? null : toSession({ ...row, seen_at: now });
    },

    async aliveAmong(tokens) {
      const byHash = new Map(tokens.map((token) => [hexOf(hashOf(token)), token]));
      const found = new Set<string>();
      for (const chunk of inChunks([...byHash.values()])) {
        const rows = await alive()
          .select('token_hash')
          .where('token_hash', 'in', chunk.map(hashOf))
          .execute();
        for (const row of rows) found.add(byHash.get(hexOf(row.token_hash)) ?? '');
      }
      return found;
    },

    async end(tenant, sessionId) {
      const { numDeletedRows } = await db
        .deleteFrom('sessions')
        .where('tenant', '=', tenant)
        .where('session_id', '=', sessionId)
        .executeTakeFirstOrThrow();
      return numDeletedRows > 0n;
    },

    endAllOf: (tenant, personId) =>
      db.transaction().execute(async (trx) => {
        await removeDevicesOf(trx, tenant, personId);
        const { numDeletedRows } = await trx
          .deleteFrom('sessions')
          .where('tenant', '=', tenant)
          .where('person_id', '=', personId)
          .executeTakeFirstOrThrow();
        return Number(numDeletedRows);
      }),

    async endAtProvider({ issuer, session, subject }) {
      if (session === undefined && subject === undefined) return 0;
      return db.transaction().execute(async (trx) => {
        let query = trx.deleteFrom('sessions').where('issuer', '=', issuer);
        if (subject !== undefined) query = query.where('subject', '=', subject);
        if (session !== undefined)
          query = query.where((eb) => {
            const isNamed = eb('issuer_session', '=', session);
            // One of theirs of which the provider did not say which of its own it came from may be the one.
            return subject === undefined ? isNamed : isNamed.or('issuer_session', 'is', null);
          });
        const ended = await query.returning(['tenant', 'person_id']).execute();
        // All of a subject are over: they are signed out everywhere.
        if (session === undefined && subject !== undefined)
          for (const { tenant, person_id } of [...ended, ...(await knownAs(trx, issuer, subject))])
            await removeDevicesOf(trx, tenant, person_id);
        return ended.length;
      });
    },

    async list(tenant, personId) {
      let query = alive().where('tenant', '=', tenant).orderBy('created_at', 'desc').orderBy('session_id');
      if (personId !== undefined) query = query.where('person_id', '=', personId);
      return (await query.execute()).map(toSession);
    },
  };
}

/** Whom the directories know by this account, signed in or not. */
function knownAs(trx: Queries, issuer: string, subject: string) {
  return trx
    .selectFrom('identities')
    .select(['tenant', 'person_id'])
    .where('kind', '=', 'account')
    .where('issuer', '=', issuer)
    .where('subject', '=', subject)
    .execute();
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

function hashOf(token: string): Uint8Array {
  return hash('sha256', token, 'buffer');
}

function toSession(row: Omit<Row, 'token_hash'>): Session {
  const { issuer, subject, issuer_session: session } = row;
  return {
    id: row.session_id,
    tenant: row.tenant,
    personId: row.person_id,
    details: JSON.parse(row.details) as Record<string, unknown>,
    ...(issuer !== null &&
      subject !== null && { provider: { issuer, subject, ...(session !== null && { session }) } }),
    createdAt: toIso(row.created_at),
    seenAt: toIso(row.seen_at),
    idleAt: toIso(Math.min(row.seen_at + SESSION_IDLE_MS, row.expires_at)),
    expiresAt: toIso(row.expires_at),
  };
}
