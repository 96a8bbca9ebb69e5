import { describe, expect, onTestFinished, test } from 'vitest';

import type { PersonSettings } from '../../src/store/people/person.ts';
import { openStore } from '../../src/store/store.ts';
import { KINDS, storeOn } from './databases.ts';

/** How people want to be told. */

const until = '2026-03-01T00:00:00.000Z';
const away = (standIn: string | null): PersonSettings => ({ away: { until, standIn } });

describe.each(KINDS)('on %s', (kind) => {
  const here = storeOn(kind);

  test('what is given is kept, what is absent stays, and null takes it away', async () => {
    const { people } = here.store;
    const quiet = { from: '20:00', to: '07:00', days: [1, 2, 3, 4, 5] };
    await people.put('kept', [{ id: 'ada', zone: 'Europe/Berlin', quiet }, { id: 'grace' }]);
    expect(await people.set('kept', 'ada', { channels: ['slack', 'mail'], ...away('grace') })).toBe(true);
    const all = { zone: 'Europe/Berlin', quiet, channels: ['slack', 'mail'], ...away('grace') };
    expect(await people.get('kept', 'ada')).toMatchObject(all);
    // An import that says nothing of them leaves them alone.
    await people.put('kept', [{ id: 'ada', name: 'Ada' }]);
    expect(await people.get('kept', 'ada')).toMatchObject({ name: 'Ada', ...all });
    await people.set('kept', 'ada', { zone: null, quiet: null, away: null, channels: null });
    expect(await people.get('kept', 'ada')).toMatchObject({
      ...{ zone: null, quiet: null, away: null, channels: null },
    });
    expect(await people.set('kept', 'nobody', { zone: 'UTC' })).toBe(false);
    expect(await people.set('other', 'ada', { zone: 'UTC' })).toBe(false);
  });

  test('stand-ins that lead back are refused, and nothing is written', async () => {
    const { people } = here.store;
    await people.put('circle', [
      { id: 'a' },
      { id: 'b', ...away('c') },
      { id: 'c', ...away('d') },
      { id: 'd' },
    ]);
    await people.set('circle', 'a', away('b'));
    await expect(people.set('circle', 'd', away('a'))).rejects.toThrow(/circle: d → a → b → c → d/);
    await expect(people.set('circle', 'a', away('a'))).rejects.toThrow(/circle: a → a/);
    expect(await people.get('circle', 'd')).toMatchObject({ away: null });
    const pair = [
      { id: 'x', ...away('y') },
      { id: 'y', ...away('x') },
    ];
    await expect(people.put('circle', pair)).rejects.toThrow(/circle/);
    expect(await people.get('circle', 'x')).toBeNull();
    // Nobody stands in for d, whom the directory may come to know later.
    await people.set('circle', 'd', away('later'));
    await expect(people.put('circle', [{ id: 'later', ...away('d') }])).rejects.toThrow(/circle/);
  });

  test('two who name each other at the same moment make no circle', async () => {
    const other = await openStore({ url: here.database.url });
    onTestFinished(() => other.close());
    for (let round = 0; round < 10; round += 1) {
      const tenant = `at-once-${round}`;
      await here.store.people.put(tenant, [{ id: 'a' }, { id: 'b' }]);
      const both = await Promise.allSettled([
        here.store.people.set(tenant, 'a', away('b')),
        other.people.set(tenant, 'b', away('a')),
      ]);
      expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    }
  });
});
