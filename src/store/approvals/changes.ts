import { sql, type Transaction } from 'kysely';

import { shownArguments, type ApprovalCard, type Voted } from '../../contracts/approval/listed.ts';
import { inChunks } from '../database.ts';
import type { Tables } from '../tables.ts';
import { writeAudience } from './audience.ts';
import {
  searched,
  toRow,
  toTime,
  WRITTEN,
  type IndexChange,
  type IndexedApproval,
  type Settlement,
} from './rows.ts';

const CHANGES_AUDIENCE: ReadonlySet<IndexChange['is']> = new Set(['asked', 'edited', 'voted']);

/** Each row looks for its time among them. */
const SETTLED_AT_ONCE = 100;

/** Writes rows, in place of those that are there; but one that is settled never becomes pending again, whichever comes last. */
export async function putRows(trx: Transaction<Tables>, rows: readonly IndexedApproval[]): Promise<void> {
  const last = new Map(rows.map((row) => [`${row.tenant}/${row.approvalId}`, row]));
  const byTenant = Map.groupBy(last.values(), ({ tenant }) => tenant);
  for (const chunk of inChunks([...last.values()])) {
    await trx
      .insertInto('approvals')
      .values(chunk.map(toRow))
      .onConflict((conflict) =>
        conflict
          .columns(['tenant', 'approval_id'])
          .doUpdateSet((eb) =>
            Object.fromEntries(WRITTEN.map((column) => [column, eb.ref(`excluded.${column}`)])),
          )
          .where((eb) =>
            eb.or([eb('approvals.status', '=', 'pending'), eb(eb.ref('excluded.status'), '<>', 'pending')]),
          ),
      )
      .execute();
  }
  for (const [tenant, written] of byTenant)
    await writeAudience(trx, tenant, { changed: written.map(({ approvalId }) => approvalId) });
}

/** Writes what has happened, in its order. A question that is told once more stays as it has become. */
export async function applyChanges(
  trx: Transaction<Tables>,
  tenant: string,
  changes: readonly IndexChange[],
): Promise<void> {
  const asked = changes.flatMap((change) => (change.is === 'asked' ? [toRow(change.row)] : []));
  for (const chunk of inChunks(asked)) {
    await trx
      .insertInto('approvals')
      .values(chunk)
      .onConflict((conflict) => conflict.columns(['tenant', 'approval_id']).doNothing())
      .execute();
  }
  for (const change of changes) {
    switch (change.is) {
      case 'asked':
      case 'settled':
        break;
      case 'voted':
        await changeCard(trx, tenant, change.approvalId, (card) =>
          // A vote for other arguments has fallen.
          card.argumentsDigest === change.argumentsDigest
            ? { card: JSON.stringify({ ...card, voted: withVote(card.voted, change.vote) }) }
            : {},
        );
        break;
      case 'parked':
        await changeCard(trx, tenant, change.approvalId, (card) => ({
          card: JSON.stringify({ ...card, parkedAt: change.parkedAt }),
        }));
        break;
      case 'edited': {
        const { argumentsDigest, approvers, rule } = change;
        await changeCard(trx, tenant, change.approvalId, (card) => ({
          approvers: JSON.stringify(approvers ?? []),
          card: JSON.stringify({
            ...{ ...card, argumentsDigest, approvers, rule, voted: [change.vote] },
            ...shownArguments(change.arguments),
          }),
          ...searched(change.textOf(card.reason)),
        }));
        break;
      }
      default:
        change satisfies never;
    }
  }
  const ends = changes.filter((change) => change.is === 'settled');
  await settleRows(trx, tenant, ends);
  await writeAudience(trx, tenant, {
    changed: changes.filter(({ is }) => CHANGES_AUDIENCE.has(is)).map(idOf),
    settled: ends.map(idOf),
  });
}

/** A person votes once; whoever votes again has been told again. */
function withVote(voted: readonly Voted[] = [], vote: Voted): Voted[] {
  return voted.some(({ by }) => by === vote.by) ? [...voted] : [...voted, vote];
}

/** One statement for each way to end. Of two ends of one approval the first counts. */
async function settleRows(
  trx: Transaction<Tables>,
  tenant: string,
  ends: readonly Extract<IndexChange, { is: 'settled' }>[],
): Promise<void> {
  const first = new Map(ends.toReversed().map((end) => [end.approvalId, end]));
  const byStatus = Map.groupBy(first.values(), ({ status }) => status);
  for (const [status, settled] of byStatus) {
    for (const chunk of inChunks(settled, SETTLED_AT_ONCE)) {
      const times = chunk.map(
        ({ approvalId, resolvedAt }) =>
          sql`when ${approvalId} then cast(${toTime('resolvedAt', resolvedAt)} as bigint)`,
      );
      await trx
        .updateTable('approvals')
        .set({ status, resolved_at: sql<number>`case approval_id ${sql.join(times, sql` `)} end` })
        .where('tenant', '=', tenant)
        .where(
          'approval_id',
          'in',
          chunk.map(({ approvalId }) => approvalId),
        )
        .where('status', '=', 'pending')
        .execute();
    }
  }
}

/** @returns false if there is no such row, or it was settled before. */
export async function settleRow(
  trx: Transaction<Tables>,
  tenant: string,
  approvalId: string,
  { status, resolvedAt }: Settlement,
): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable('approvals')
    .set({ status, resolved_at: toTime('resolvedAt', resolvedAt) })
    .where('tenant', '=', tenant)
    .where('approval_id', '=', approvalId)
    .where('status', '=', 'pending')
    .executeTakeFirstOrThrow();
  await writeAudience(trx, tenant, { settled: [approvalId] });
  return numUpdatedRows > 0n;
}

function idOf(change: IndexChange): string {
  return change.is === 'asked' ? change.row.approvalId : change.approvalId;
}

/** Leaves nothing of what was written about an approval. */
export async function forgetText(
  trx: Transaction<Tables>,
  tenant: string,
  approvalId: string,
): Promise<void> {
  await changeCard(
    trx,
    tenant,
    approvalId,
    ({ reason: _reason, meantFor: _meantFor, askedBefore: _before, ...card }) => ({
      card: JSON.stringify({ ...card, ...shownArguments({}) }),
      ...searched(''),
    }),
  );
}

/** Whoever writes a tenant's entries holds its tree (append.ts), so nothing changes between the two statements. */
async function changeCard(
  trx: Transaction<Tables>,
  tenant: string,
  approvalId: string,
  change: (card: ApprovalCard) => Partial<Tables['approvals']>,
): Promise<void> {
  const found = await trx
    .selectFrom('approvals')
    .select('card')
    .where('tenant', '=', tenant)
    .where('approval_id', '=', approvalId)
    .executeTakeFirst();
  if (found === undefined) return;
  const { number: _number, ...changed } = change(JSON.parse(found.card) as ApprovalCard);
  if (Object.keys(changed).length === 0) return;
  await trx
    .updateTable('approvals')
    .set(changed)
    .where('tenant', '=', tenant)
    .where('approval_id', '=', approvalId)
    .execute();
}
