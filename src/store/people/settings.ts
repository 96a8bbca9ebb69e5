import type { Selectable } from 'kysely';

import type { Away, ChannelName, Quiet } from '../../contracts/notice.ts';
import type { Queries } from '../database.ts';
import { StoreInputError } from '../errors.ts';
import type { NewPerson, PersonSettings } from './person.ts';
import type { Tables } from '../tables.ts';

/** The columns that say how a person wants to be told. */
export const SETTINGS = ['zone', 'quiet', 'away', 'channels'] as const;
type Row = Pick<Selectable<Tables['people']>, (typeof SETTINGS)[number]>;

/** So long a chain of stand-ins is looked at: a longer one is a circle, or might as well be. */
const LONGEST_CHAIN = 50;

export function readSettings({ zone, quiet, away, channels }: Row): Required<PersonSettings> {
  return {
    zone,
    quiet: parsed(quiet) as Quiet | null,
    away: parsed(away) as Away | null,
    channels: parsed(channels) as ChannelName[] | null,
  };
}

/** What is absent stays as it is. */
export async function writeSettings(
  trx: Queries,
  tenant: string,
  personId: string,
  { zone, quiet, away, channels }: PersonSettings,
): Promise<void> {
  const given: Partial<Row> = {
    ...(zone !== undefined && { zone }),
    ...(quiet !== undefined && { quiet: toText(quiet) }),
    ...(away !== undefined && { away: toText(away) }),
    ...(channels !== undefined && { channels: toText(channels) }),
  };
  if (Object.keys(given).length === 0) return;
  await trx
    .updateTable('people')
    .set(given)
    .where('tenant', '=', tenant)
    .where('person_id', '=', personId)
    .execute();
}

/** @throws StoreInputError when one of these people would stand in for themselves, by way of others or not. */
export async function requireNoCircle(
  trx: Queries,
  tenant: string,
  people: readonly Pick<NewPerson, 'id' | 'away'>[],
): Promise<void> {
  for (const { id, away } of people) {
    const chain = [id];
    for (let next = away?.standIn ?? null; next !== null; next = await standInOf(trx, tenant, next)) {
      chain.push(next);
      if (chain.indexOf(next) === chain.length - 1 && chain.length <= LONGEST_CHAIN) continue;
      throw new StoreInputError(
        'away.standIn',
        `goes round in a circle: ${chain.slice(0, 5).join(' → ')}. Name somebody whose own stand-ins do not lead back.`,
      );
    }
  }
}

async function standInOf(trx: Queries, tenant: string, personId: string): Promise<string | null> {
  const row = await trx
    .selectFrom('people')
    .select('away')
    .where('tenant', '=', tenant)
    .where('person_id', '=', personId)
    .executeTakeFirst();
  return (parsed(row?.away ?? null) as Away | null)?.standIn ?? null;
}

function toText(value: unknown): string | null {
  return value === null ? null : JSON.stringify(value);
}

function parsed(text: string | null): unknown {
  return text === null ? null : JSON.parse(text);
}
