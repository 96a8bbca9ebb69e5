import type { Database } from './database.ts';

/** What is to be done at intervals by one process, whichever. */
export interface Schedules {
  /**
   * Takes what is due. Whoever asks first has it, and nobody else until it is due again.
   *
   * @returns when it is due again, in milliseconds since 1970.
   */
  take(name: string, everyMs: number): Promise<{ isOurs: boolean; dueAt: number }>;
  /** Has it due at another time, for whoever asks first then. */
  move(name: string, dueAt: number): Promise<void>;
}

export function createSchedules({ db, clock }: Database): Schedules {
  return {
    async take(name, everyMs) {
      const now = clock();
      const dueAt = now + everyMs;
      const inserted = await db
        .insertInto('schedules')
        .values({ name, due_at: dueAt })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirstOrThrow();
      if (inserted.numInsertedOrUpdatedRows === 1n) return { isOurs: true, dueAt };
      const { numUpdatedRows } = await db
        .updateTable('schedules')
        .set({ due_at: dueAt })
        .where('name', '=', name)
        // One that is due much later was set for a longer interval. A little later it may be: another process asked in the same moment.
        .where((eb) => eb.or([eb('due_at', '<=', now), eb('due_at', '>', dueAt + everyMs)]))
        .executeTakeFirstOrThrow();
      if (numUpdatedRows === 1n) return { isOurs: true, dueAt };
      const found = await db
        .selectFrom('schedules')
        .select('due_at')
        .where('name', '=', name)
        .executeTakeFirstOrThrow();
      return { isOurs: false, dueAt: found.due_at };
    },

    async move(name, dueAt) {
      await db.updateTable('schedules').set({ due_at: dueAt }).where('name', '=', name).execute();
    },
  };
}
