import type { Transaction } from 'kysely';

import { shownArguments, type ApprovalCard, type Voted } from '../../contracts/approval/listed.ts';
import { inChunks } from '../database.ts';
import { forgetGrant, grantRows, type TakenBack } from '../grants.ts';
import type { Tables } from '../tables.ts';
import { audienceOf, writeAudience, type AudienceRow } from './audience.ts';
import {
  searched,
  toRow,
  toTime,
  WRITTEN,
  type IndexChange,
  type IndexedApproval,
  type Row,
  type Settlement,
} from './rows.ts';

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

/** What changes need to know of a row. */
export const SEEN = [
  'approval_id',
  'status',
  'requested_at',
  'deadline',
  'resolved_at',
  'approvers',
  'card',
] as const satisfies (keyof Row)[];
export type SeenRow = Pick<Row, (typeof SEEN)[number]>;
type Searched = ReturnType<typeof searched>;

/** What changes make of rows. */
export interface ChangedRows {
  /** New ones. */
  asked: ReturnType<typeof toRow>[];
  /** Those that were seen; a text that is absent stays. */
  changed: (Pick<Row, 'approval_id' | 'status' | 'resolved_at' | 'approvers' | 'card'> & Partial<Searched>)[];
  /** All who may decide these approvals now: nobody what is settled. */
  audience: { of: string[]; rows: AudienceRow[] };
  /** New ones, and those that were taken back. One that is there, or was taken back before, stays as it is. */
  grants: { given: Tables['grants'][]; takenBack: TakenBack[] };
}

/** What has happened, in its order. A question that is told once more stays as it has become. */
export function changedRows(
  tenant: string,
  seen: readonly SeenRow[],
  changes: readonly IndexChange[],
): ChangedRows {
  const rows = new Map<string, SeenRow & Partial<Searched>>(seen.map((row) => [row.approval_id, row]));
  const asked = new Map<string, ReturnType<typeof toRow>>();
  for (const change of changes) {
    if (change.is !== 'asked' || rows.has(change.row.approvalId)) continue;
    const row = toRow(change.row);
    rows.set(row.approval_id, row);
    asked.set(row.approval_id, row);
  }
  const touched = new Set(asked.keys());
  for (const change of changes) {
    const row = rows.get(idOf(change));
    const changed = row && changedBy(change, row);
    if (row === undefined || changed === undefined) continue;
    rows.set(row.approval_id, { ...row, ...changed });
    touched.add(row.approval_id);
  }
  const now = [...touched].flatMap((id) => rows.get(id) ?? []);
  return {
    asked: now.flatMap((row) => {
      const before = asked.get(row.approval_id);
      return before === undefined ? [] : [{ ...before, ...row }];
    }),
    changed: now
      .filter((row) => !asked.has(row.approval_id))
      .map(({ requested_at: _asked, deadline: _deadline, ...row }) => row),
    grants: grantRows(tenant, changes),
    audience: {
      of: [...touched],
      rows: now
        .filter(({ status }) => status === 'pending')
        .flatMap(({ approval_id, deadline, requested_at, approvers, card }) =>
          audienceOf(
            { tenant, approval_id, deadline, requested_at },
            JSON.parse(approvers) as string[],
            JSON.parse(card) as ApprovalCard,
          ),
        ),
    },
  };
}

/** @returns undefined for nothing. */
function changedBy(
  change: IndexChange,
  row: Pick<SeenRow, 'status' | 'card'>,
): Partial<SeenRow & Searched> | undefined {
  const card = JSON.parse(row.card) as ApprovalCard;
  switch (change.is) {
    case 'asked':
    case 'granted':
    case 'grant-revoked':
      return undefined;
    case 'voted':
      // A vote for other arguments has fallen.
      if (card.argumentsDigest !== change.argumentsDigest) return undefined;
      return { card: JSON.stringify({ ...card, voted: withVote(card.voted, change.vote) }) };
    case 'parked':
      return { card: JSON.stringify({ ...card, parkedAt: change.parkedAt }) };
    case 'edited': {
      const { argumentsDigest, approvers, rule } = change;
      return {
        approvers: JSON.stringify(approvers ?? []),
        card: JSON.stringify({
          ...{ ...card, argumentsDigest, approvers, rule, voted: [change.vote] },
          ...shownArguments(change.arguments),
        }),
        ...searched(change.textOf(card.reason)),
      };
    }
    case 'settled':
      // Of two ends of one approval the first counts.
      if (row.status !== 'pending') return undefined;
      return { status: change.status, resolved_at: toTime('resolvedAt', change.resolvedAt) };
  }
}

/** A person votes once; whoever votes again has been told again. */
function withVote(voted: readonly Voted[] = [], vote: Voted): Voted[] {
  return voted.some(({ by }) => by === vote.by) ? [...voted] : [...voted, vote];
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

/** Which approval it is about. */
export function idOf(change: IndexChange): string {
  return change.is === 'asked' ? change.row.approvalId : change.approvalId;
}

/** Leaves nothing of what was written about an approval. Whoever asks holds the tree. */
export async function forgetText(
  trx: Transaction<Tables>,
  tenant: string,
  approvalId: string,
): Promise<void> {
  await forgetGrant(trx, tenant, approvalId);
  const found = await trx
    .selectFrom('approvals')
    .select('card')
    .where('tenant', '=', tenant)
    .where('approval_id', '=', approvalId)
    .executeTakeFirst();
  if (found === undefined) return;
  const {
    reason: _reason,
    meantFor: _meantFor,
    askedBefore: _before,
    ...card
  } = JSON.parse(found.card) as ApprovalCard;
  await trx
    .updateTable('approvals')
    .set({ card: JSON.stringify({ ...card, ...shownArguments({}) }), ...searched('') })
    .where('tenant', '=', tenant)
    .where('approval_id', '=', approvalId)
    .execute();
}
