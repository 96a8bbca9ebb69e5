import { sql, type Expression, type SqlBool, type Transaction } from 'kysely';

import type { ApprovalCard } from '../../contracts/approval/listed.ts';
import { personOf } from '../../contracts/deciding/same-person.ts';
import { inChunks, type Database } from '../database.ts';
import type { Tables } from '../tables.ts';

/** Somebody, as lists of what they may decide need to know them. */
export interface Reader {
  id: string;
  groups: readonly string[];
}

export type AudienceRow = Tables['audience'];

const ANYBODY = 'anybody';
/** Ids are compared whole: neither an id nor a group holds a line break. */
const APART = '\n';

/** As the rule compares people: one who is written in two ways is one. */
function wordOf(id: string): string {
  return personOf({ id }).replaceAll('\0', ' ');
}

/** Under which names a reader stands in the table. */
export function namesOf({ id, groups }: Reader): string[] {
  return [ANYBODY, `person:${id}`, ...new Set(groups.map((group) => `group:${group}`))];
}

/** Rows of what a reader may decide now, and has not voted for. */
export function isFor({ kind, clock }: Database, { id }: Reader): Expression<SqlBool> {
  const position = sql.raw(kind === 'postgres' ? 'strpos' : 'instr');
  return sql`w.since <= ${clock()} and ${position}(w.without, ${`${APART}${wordOf(id)}${APART}`}) = 0`;
}

/**
 * Writes who may decide these approvals, by their rows as they are now; nobody may decide what is settled.
 *
 * @param isSettled - known to be, so that their rows are not read.
 */
export async function writeAudience(
  trx: Transaction<Tables>,
  tenant: string,
  { changed = [], settled = [] }: { changed?: readonly string[]; settled?: readonly string[] },
): Promise<void> {
  const ended = new Set(settled);
  for (const ids of inChunks([...new Set([...changed, ...settled])])) {
    await trx.deleteFrom('audience').where('tenant', '=', tenant).where('approval_id', 'in', ids).execute();
  }
  for (const ids of inChunks([...new Set(changed)].filter((id) => !ended.has(id)))) {
    const rows = await trx
      .selectFrom('approvals')
      .select(['tenant', 'approval_id', 'deadline', 'requested_at', 'approvers', 'card'])
      .where('tenant', '=', tenant)
      .where('approval_id', 'in', ids)
      .where('status', '=', 'pending')
      .execute();
    const audience = rows.flatMap(({ approvers, card, ...row }) =>
      audienceOf(row, JSON.parse(approvers) as string[], JSON.parse(card) as ApprovalCard),
    );
    for (const chunk of inChunks(audience)) await trx.insertInto('audience').values(chunk).execute();
  }
}

/** Who may decide what a row asks. */
export function audienceOf(
  row: Pick<AudienceRow, 'tenant' | 'approval_id' | 'deadline' | 'requested_at'>,
  approvers: readonly string[],
  { rule, requestedBy, startedBy, voted = [] }: ApprovalCard,
): AudienceRow[] {
  const requesters = rule?.notRequester === true ? [requestedBy, startedBy] : [];
  const without = [...requesters, ...voted.map(({ by }) => by)].filter((id) => id !== undefined);
  const since = new Map<string, number>();
  const add = (who: string, from: number): void => {
    since.set(who, Math.min(since.get(who) ?? from, from));
  };
  if (rule?.person !== undefined) add(`person:${rule.person}`, 0);
  else if (approvers.length === 0) add(ANYBODY, 0);
  else {
    for (const group of approvers) add(`group:${group}`, 0);
    for (const { afterMs, groups } of rule?.alsoAfter ?? [])
      for (const group of groups) add(`group:${group}`, row.requested_at + afterMs);
  }
  return [...since].map(([who, from]) => ({
    ...{ ...row, who, since: from },
    without: [APART, ...without.flatMap((id) => [wordOf(id), APART])].join(''),
  }));
}
