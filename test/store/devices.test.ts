import { describe, expect, test } from 'vitest';

import type { NewDevice } from '../../src/store/people/devices.ts';
import { KINDS, storeOn } from './databases.ts';

const ISSUER = 'https://login.example.com';

describe.each(KINDS)('on %s', (kind) => {
  let now = Date.UTC(2026, 0, 31);
  const here = storeOn(kind, () => now);
  const device = (personId: string, name: string): NewDevice => ({
    ...{ personId, name, endpoint: `https://fcm.googleapis.com/${personId}/${name}` },
    keys: { p256dh: `key of ${name}`, auth: `secret of ${name}` },
  });
  const namesOf = async (tenant: string, personId: string) =>
    (await here.store.devices.list(tenant, personId)).map(({ name }) => name);

  test('a person has several devices, the oldest first, and nobody else has them', async () => {
    const { devices, people } = here.store;
    await people.put('several', [{ id: 'ada' }, { id: 'grace' }]);
    const id = await devices.put('several', device('ada', 'telephone'));
    now += 1_000;
    await devices.put('several', device('ada', 'desk'));
    expect(await namesOf('several', 'ada')).toEqual(['telephone', 'desk']);
    const [first] = await devices.list('several', 'ada');
    expect(first).toEqual({
      ...device('ada', 'telephone'),
      ...{ id, createdAt: new Date(now - 1_000).toISOString() },
    });
    expect((await people.get('several', 'ada'))?.devices).toBe(2);
    expect((await people.get('several', 'grace'))?.devices).toBeUndefined();
    for (const [tenant, person] of [
      ['several', 'grace'],
      ['another', 'ada'],
    ] as const) {
      expect(await devices.list(tenant, person)).toEqual([]);
      expect(await devices.remove(tenant, person, id)).toBe(false);
    }
    expect(await devices.remove('several', 'ada', id)).toBe(true);
    expect(await devices.remove('several', 'ada', id)).toBe(false);
    expect(await namesOf('several', 'ada')).toEqual(['desk']);
  });

  test('a browser notifies whoever switched it on last, and nobody else', async () => {
    const { devices } = here.store;
    const shared = device('ada', 'shared');
    const id = await devices.put('shared', shared);
    const again = { ...shared, personId: 'grace', keys: { p256dh: 'new', auth: 'new' } };
    expect(await devices.put('shared', again)).toBe(id);
    expect(await devices.list('shared', 'ada')).toEqual([]);
    expect(await devices.list('shared', 'grace')).toMatchObject([
      { id, keys: { p256dh: 'new', auth: 'new' } },
    ]);
  });

  test.each<[string, (tenant: string) => Promise<unknown>]>([
    ['is revoked', (tenant) => here.store.revocations.revoke(tenant, 'ada')],
    ['is signed out everywhere', (tenant) => here.store.sessions.endAllOf(tenant, 'ada')],
    [
      'is signed out by the identity provider, with a session',
      async (tenant) => {
        const provider = { issuer: ISSUER, subject: tenant };
        await here.store.sessions.create({ tenant, personId: 'ada', details: {}, provider });
        expect(await here.store.sessions.endAtProvider(provider)).toBe(1);
      },
    ],
    [
      'is signed out by the identity provider, long after the last session',
      async (tenant) => {
        const account = { issuer: ISSUER, subject: tenant };
        await here.store.people.put(tenant, [{ id: 'ada', identities: [account] }]);
        expect(await here.store.sessions.endAtProvider(account)).toBe(0);
      },
    ],
  ])('whoever %s has no device left, and others keep theirs', async (how, act) => {
    const { devices } = here.store;
    await Promise.all([
      devices.put(how, device('ada', `${how} 1`)),
      devices.put(how, device('ada', `${how} 2`)),
      devices.put(how, device('grace', `${how} 3`)),
      devices.put(`${how} elsewhere`, device('ada', `${how} 4`)),
    ]);
    await act(how);
    expect(await namesOf(how, 'ada')).toEqual([]);
    expect(await namesOf(how, 'grace')).toHaveLength(1);
    expect(await namesOf(`${how} elsewhere`, 'ada')).toHaveLength(1);
  });

  test('a sign-out of one session leaves the devices of its person', async () => {
    const { devices, sessions } = here.store;
    const provider = { issuer: ISSUER, subject: 'one', session: 's1' };
    const { session } = await sessions.create({ tenant: 'one', personId: 'ada', details: {}, provider });
    await sessions.create({ tenant: 'one', personId: 'ada', details: {}, provider });
    await devices.put('one', device('ada', 'of one'));
    await sessions.end('one', session.id);
    await sessions.endAtProvider(provider);
    expect(await sessions.list('one')).toEqual([]);
    expect(await namesOf('one', 'ada')).toEqual(['of one']);
  });
});
