import type { NewEntry } from '../../src/store/entry.ts';
import type { Store } from '../../src/store/store.ts';
import type { Around, Effect } from '../reach.ts';

/** The store of a process under test, with the campaign's points around what it writes into the record. */
export function storeWithPoints(inner: Store, around: Around): Store {
  const { record } = inner;
  return {
    ...inner,
    record: {
      ...record,
      append: (tenant, entries, ...more) => {
        const effect = effectOf(entries);
        const write = () => record.append(tenant, entries, ...more);
        const clue = entries.map(({ id }) => id);
        return effect === undefined ? write() : around(effect, clue, write);
      },
    },
  };
}

/** By what they tell last: the earlier ones may have been owed. */
function effectOf(entries: readonly NewEntry[]): Effect | undefined {
  const kinds = new Set(entries.map(({ kind }) => kind));
  const told = POINTS.find(([, of]) => of.some((kind) => kinds.has(kind)));
  return told?.[0];
}

const POINTS: readonly (readonly [Effect, readonly NewEntry['kind'][]])[] = [
  ['entry.ended', ['executed', 'failed', 'unknown']],
  ['entry.started', ['started']],
  ['entry.settled', ['settled']],
  ['entry.requested', ['requested']],
  ['entry.refused', ['refused']],
];
