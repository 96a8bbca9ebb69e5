import type { Entry } from '@countersign/receipts';
import type { Transaction } from 'kysely';

import { idOf, SEEN } from '../approvals/changes.ts';
import { inChunks, type Database } from '../database.ts';
import type { Tables } from '../tables.ts';
import { lockTree } from '../tree.ts';
import { planAppend, type Appending, type Plan, type Seen } from './plan.ts';

/** Appends to SQLite, which is in this process: a statement more costs next to nothing, a commit waits for the disk. */
export function appendInTransaction(
  { db, clock }: Database,
  all: readonly Appending[],
): Promise<ReadonlyMap<string, Entry>[]> {
  return db.transaction().execute(async (trx) => {
    const written: ReadonlyMap<string, Entry>[] = [];
    for (const asked of all) {
      const { plan, entries } = planAppend(asked, await look(trx, asked), clock());
      await write(trx, plan);
      written.push(entries);
    }
    return written;
  });
}

async function look(trx: Transaction<Tables>, { tenant, entries, changes }: Appending): Promise<Seen> {
  const tree = await lockTree(trx, 'sqlite', tenant);
  const known: Seen['known'][number][] = [];
  for (const ids of inChunks([...new Set(entries.map(({ id }) => id))])) {
    const found = trx.selectFrom('entries').select(['id', 'entry']).where('tenant', '=', tenant);
    known.push(...(await found.where('id', 'in', ids).execute()));
  }
  const approvals: Seen['approvals'][number][] = [];
  for (const ids of inChunks([...new Set(changes.map(idOf))])) {
    const found = trx.selectFrom('approvals').select(SEEN).where('tenant', '=', tenant);
    approvals.push(...(await found.where('approval_id', 'in', ids).execute()));
  }
  return { tree, known, approvals };
}

async function write(trx: Transaction<Tables>, plan: Plan): Promise<void> {
  const { tenant, entries, nodes, news, contents, asked, changed, audience, grants } = plan;
  await trx.updateTable('trees').set(plan.tree).where('tenant', '=', tenant).execute();
  for (const rows of inChunks(entries)) await trx.insertInto('entries').values(rows).execute();
  for (const rows of inChunks(nodes.map((node) => ({ tenant, ...node }))))
    await trx.insertInto('tree_nodes').values(rows).execute();
  for (const rows of inChunks(news)) await trx.insertInto('outbox').values(rows).execute();
  // What is there stays as it is: what was erased is not brought back by a retry.
  for (const rows of inChunks(contents))
    await trx
      .insertInto('contents')
      .values(rows)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  for (const rows of inChunks(asked)) await trx.insertInto('approvals').values(rows).execute();
  for (const { approval_id, ...row } of changed) {
    const its = trx.updateTable('approvals').set(row).where('tenant', '=', tenant);
    await its.where('approval_id', '=', approval_id).execute();
  }
  for (const ids of inChunks(audience.of))
    await trx.deleteFrom('audience').where('tenant', '=', tenant).where('approval_id', 'in', ids).execute();
  for (const rows of inChunks(audience.rows)) await trx.insertInto('audience').values(rows).execute();
  for (const rows of inChunks(grants.given))
    await trx
      .insertInto('grants')
      .values(rows)
      .onConflict((conflict) => conflict.columns(['tenant', 'grant_id']).doNothing())
      .execute();
  for (const { grant_id, ...row } of grants.takenBack) {
    const its = trx.updateTable('grants').set(row).where('tenant', '=', tenant);
    await its.where('grant_id', '=', grant_id).where('revoked_at', 'is', null).execute();
  }
}
