import { sql } from 'kysely';

import { toIso, type Database } from './database.ts';
import { RecordMismatchError } from './errors.ts';
import type { Proofs } from './proofs.ts';

export interface Checkpoint {
  size: number;
  root: string;
  /** ISO 8601. */
  time: string;
  /** As it is given away: a compact JWS, or its unsigned payload as JSON. */
  checkpoint: string;
}

/** What was said of a tenant's tree, and so must hold for ever. */
export interface Checkpoints {
  /** @throws RecordMismatchError for one that is not of this tree. */
  saveCheckpoint(tenant: string, checkpoint: Checkpoint): Promise<void>;
  /** The largest; null before the first. */
  latestCheckpoint(tenant: string): Promise<Checkpoint | null>;
  /** Tenants whose tree is not the one of their latest checkpoint. */
  grown(): Promise<string[]>;
  /** What a place elsewhere does not have yet, each tenant's smallest first. */
  undelivered(sink: string, limit: number): Promise<(Checkpoint & { tenant: string })[]>;
  countUndelivered(sink: string): Promise<number>;
  /** From now on it has this one, and those before it. */
  markDelivered(sink: string, tenant: string, size: number): Promise<void>;
}

export function createCheckpoints({ db }: Database, proofs: Proofs): Checkpoints {
  async function latestCheckpoint(tenant: string): Promise<Checkpoint | null> {
    const found = await db
      .selectFrom('checkpoints')
      .innerJoin('trees', 'trees.tenant', 'checkpoints.tenant')
      .select(['checkpoints.size', 'trees.size as entries', 'root', 'time', 'checkpoint'])
      .where('checkpoints.tenant', '=', tenant)
      .orderBy('checkpoints.size', 'desc')
      .limit(1)
      .executeTakeFirst();
    if (found === undefined) return null;
    const { entries, time, ...rest } = found;
    if (rest.size > entries) throw beyond(tenant, rest.size, entries);
    return { ...rest, time: toIso(time) };
  }

  const missing = (sink: string) =>
    db
      .selectFrom('checkpoints')
      .leftJoin('deliveries', (join) =>
        join.onRef('deliveries.tenant', '=', 'checkpoints.tenant').on('deliveries.sink', '=', sink),
      )
      .where((eb) =>
        eb.or([
          eb('deliveries.size', 'is', null),
          eb('checkpoints.size', '>', eb.ref('deliveries.size').$notNull()),
        ]),
      );

  return {
    latestCheckpoint,

    async saveCheckpoint(tenant, { size, root, time, checkpoint }) {
      const tree = await proofs.tree(tenant);
      if (size > tree.size) throw beyond(tenant, size, tree.size);
      const ours = size === tree.size ? tree.root : await proofs.rootAt(tenant, size);
      if (ours !== root) throw differs(tenant, size);
      // A tree that has not grown from what was said before was rewritten: nobody signs it.
      const before = await latestCheckpoint(tenant);
      if (before !== null && (await proofs.rootAt(tenant, before.size)) !== before.root)
        throw differs(tenant, before.size);
      // A tenant without entries has no tree to keep it with, and every tree has grown from none.
      if (size === 0) return;
      // Two gateways may sign one size: each is right, and one is enough.
      await db
        .insertInto('checkpoints')
        .values({ tenant, size, root, time: Date.parse(time), checkpoint })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    },

    async grown() {
      const rows = await db
        .selectFrom('trees')
        .leftJoin('checkpoints', 'checkpoints.tenant', 'trees.tenant')
        .select('trees.tenant')
        .groupBy(['trees.tenant', 'trees.size'])
        .having((eb) =>
          eb(
            eb.fn.coalesce(eb.fn.max<number | null>('checkpoints.size'), eb.lit(0)),
            '<>',
            eb.ref('trees.size'),
          ),
        )
        .orderBy('trees.tenant')
        .execute();
      return rows.map(({ tenant }) => tenant);
    },

    async undelivered(sink, limit) {
      const rows = await missing(sink)
        .select(['checkpoints.tenant', 'checkpoints.size', 'root', 'time', 'checkpoint'])
        .orderBy('checkpoints.tenant')
        .orderBy('checkpoints.size')
        .limit(limit)
        .execute();
      return rows.map(({ time, ...rest }) => ({ ...rest, time: toIso(time) }));
    },

    async countUndelivered(sink) {
      const { count } = await missing(sink)
        .select((eb) => eb.fn.countAll<number>().as('count'))
        .executeTakeFirstOrThrow();
      return count;
    },

    async markDelivered(sink, tenant, size) {
      await db
        .insertInto('deliveries')
        .values({ sink, tenant, size })
        .onConflict((conflict) =>
          conflict.columns(['sink', 'tenant']).doUpdateSet({ size }).where('deliveries.size', '<', size),
        )
        .execute();
    },
  };
}

/**
 * Looks whether a checkpoint of any tenant is beyond its tree.
 *
 * @throws RecordMismatchError
 */
export async function requireOneDatabase({ db }: Database): Promise<void> {
  const found = await db
    .selectFrom('trees')
    .innerJoin('checkpoints', 'checkpoints.tenant', 'trees.tenant')
    .whereRef('checkpoints.size', '>', 'trees.size')
    .select(['trees.tenant', 'trees.size', sql<number>`checkpoints.size`.as('beyond')])
    .limit(1)
    .executeTakeFirst();
  if (found !== undefined) throw beyond(found.tenant, found.beyond, found.size);
}

const REMEDY =
  'Two databases were mixed up, or a part of this one was lost. Name the right database in COUNTERSIGN_DATABASE_URL, or restore a whole backup.';

function beyond(tenant: string, size: number, entries: number): RecordMismatchError {
  return new RecordMismatchError(
    `A checkpoint of "${tenant}" is of ${size} entries, but the record has ${entries}. ${REMEDY}`,
  );
}

function differs(tenant: string, size: number): RecordMismatchError {
  return new RecordMismatchError(
    `The checkpoint of "${tenant}" at size ${size} has another root than the record. ${REMEDY}`,
  );
}
