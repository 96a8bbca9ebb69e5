import { DatabaseSync } from 'node:sqlite';

import type { NewEntry } from '../../src/store/entry.ts';
import type { KeptGrant } from '../../src/store/grants.ts';
import type { Store } from '../../src/store/store.ts';
import type { Plant } from '../settings.ts';

/** Faults of ours in what is written into the record. */
export function plantedStore(inner: Store, plant: Plant | null, url: string): Store {
  const change = CHANGES[plant ?? ''];
  const { record } = inner;
  const append: Store['record']['append'] = async (tenant, entries, ...more) => {
    const written = await record.append(tenant, change ? change(entries) : entries, ...more);
    if (plant === 'torn-record') tear(url);
    return written;
  };
  const grants = plant === 'kept-grant' ? neverRevoked(inner.grants) : inner.grants;
  return { ...inner, grants, record: { ...record, append } };
}

const CHANGES: Partial<Record<string, (entries: readonly NewEntry[]) => NewEntry[]>> = {
  'dropped-entry': (entries) => entries.filter(({ kind }) => kind !== 'voted'),
  'doubled-entry': (entries) =>
    entries.flatMap((entry) =>
      entry.kind === 'settled' ? [entry, { ...entry, id: `${entry.id}:2` }] : [entry],
    ),
  'unrecorded-effect': (entries) => entries.filter(({ kind }) => kind !== 'started'),
};

/** Whoever has taken a grant back is not heard. */
function neverRevoked(inner: Store['grants']): Store['grants'] {
  const standing = ({ revoked: _revoked, ...grant }: KeptGrant): KeptGrant => grant;
  return {
    ...inner,
    find: async (...asked) => {
      const grant = await inner.find(...asked);
      return grant && standing(grant);
    },
    matching: async (tenant, { nowMs }) =>
      (await inner.list(tenant, { nowMs, limit: 100 })).grants.map(standing),
  };
}

/** Takes an entry out, as somebody may who can write to the database. */
function tear(url: string): void {
  const database = new DatabaseSync(url.replace(/^sqlite:/, ''), { timeout: 10_000 });
  database.exec('DELETE FROM entries WHERE sequence = 1');
  database.close();
}
