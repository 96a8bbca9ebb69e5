import type { Database } from './database.ts';

/** An endpoint that wants no more events. */
export interface EndedEndpoint {
  name: string;
  /** Milliseconds since 1970. */
  endedAt: number;
  because: string;
}

/** Endpoints of events that have said that they take no more, for all workers. */
export interface Endpoints {
  ended(): Promise<EndedEndpoint[]>;
  end(name: string, because: string): Promise<void>;
  /** @returns whether it had ended. */
  resume(name: string): Promise<boolean>;
}

export function createEndpoints({ db, clock }: Database): Endpoints {
  return {
    async ended() {
      const rows = await db.selectFrom('ended_endpoints').selectAll().orderBy('name').execute();
      return rows.map(({ name, ended_at: endedAt, because }) => ({ name, endedAt, because }));
    },

    async end(name, because) {
      await db
        .insertInto('ended_endpoints')
        .values({ name, ended_at: clock(), because })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    },

    async resume(name) {
      const deleted = await db
        .deleteFrom('ended_endpoints')
        .where('name', '=', name)
        .executeTakeFirstOrThrow();
      return deleted.numDeletedRows > 0n;
    },
  };
}
