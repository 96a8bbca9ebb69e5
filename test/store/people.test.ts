import { describe, expect, test } from 'vitest';

import type { NewPerson } from '../../src/store/people/person.ts';
import { KINDS, storeOn } from './databases.ts';

const NO_SETTINGS = { zone: null, quiet: null, away: null, channels: null };
const issuer = 'https://login.example.com';

describe.each(KINDS)('on %s', (kind) => {
  const here = storeOn(kind);

  test('a person is found by whatever they are known by, and is one person by all of it', async () => {
    const { people } = here.store;
    await people.put('acme', [
      {
        id: 'ada',
        name: 'Ada',
        mail: 'Ada@Example.com',
        slackId: 'U1',
        groups: ['it', 'finance', 'it'],
        identities: [{ issuer, subject: '17' }],
      },
      { id: 'grace' },
    ]);
    const ada = {
      id: 'ada',
      name: 'Ada',
      mail: 'ada@example.com',
      slackId: 'U1',
      groups: ['finance', 'it'],
      identities: [{ issuer, subject: '17' }],
      revokedAt: null,
      ...NO_SETTINGS,
    };
    expect(await people.get('acme', 'ada')).toEqual(ada);
    for (const identity of [{ mail: 'ADA@example.com' }, { slackId: 'U1' }, { issuer, subject: '17' }]) {
      expect(await people.find('acme', identity)).toEqual(ada);
      expect(await people.find('other', identity)).toBeNull();
    }
    for (const identity of [
      { mail: 'U1' },
      { slackId: '17' },
      { issuer: 'https://other', subject: '17' },
      { mail: '' },
    ]) {
      expect(await people.find('acme', identity)).toBeNull();
    }
    expect(await people.get('acme', 'grace')).toEqual({
      id: 'grace',
      name: null,
      mail: null,
      slackId: null,
      groups: [],
      identities: [],
      revokedAt: null,
      ...NO_SETTINGS,
    });
  });

  test('a person who is written again is as written last', async () => {
    const { people } = here.store;
    await people.put('again', [{ id: 'ada', name: 'Ada', mail: 'ada@example.com', groups: ['it'] }]);
    await people.put('again', [{ id: 'ada', mail: 'ada@example.org', groups: ['finance'] }]);
    expect(await people.get('again', 'ada')).toMatchObject({
      name: null,
      mail: 'ada@example.org',
      groups: ['finance'],
    });
    expect(await people.find('again', { mail: 'ada@example.com' })).toBeNull();
  });

  test('two may swap a mail address in one import', async () => {
    const { people } = here.store;
    await people.put('swap', [
      { id: 'ada', mail: 'a@example.com' },
      { id: 'grace', mail: 'g@example.com' },
    ]);
    await people.put('swap', [
      { id: 'ada', mail: 'g@example.com' },
      { id: 'grace', mail: 'a@example.com' },
    ]);
    expect(await people.find('swap', { mail: 'a@example.com' })).toMatchObject({ id: 'grace' });
  });

  const twice: [string, NewPerson[], string][] = [
    ['an id twice', [{ id: 'eve' }, { id: 'eve' }], 'people.1 has the id "eve", which "eve" has, too'],
    [
      'a mail address twice',
      [
        { id: 'eve', mail: 'e@example.com' },
        { id: 'mallory', mail: 'E@example.com' },
      ],
      'people.1 has the mail "e@example.com", which "eve" has, too. Give it to one person only.',
    ],
    [
      'what somebody else has',
      [{ id: 'eve', identities: [{ issuer, subject: '17' }] }],
      'people cannot give account "17" to "eve": it is of "ada". Take it from one of the two.',
    ],
  ];
  test.each(twice)(
    'an import with %s is refused, and nobody of it is written',
    async (_, people, message) => {
      await here.store.people.put('twice', [{ id: 'ada', identities: [{ issuer, subject: '17' }] }]);
      await expect(here.store.people.put('twice', people)).rejects.toThrow(message);
      expect(await here.store.people.get('twice', 'eve')).toBeNull();
    },
  );

  test('thousands are imported at once, and listed in pages, all of them or those of a group', async () => {
    const { people } = here.store;
    const many = Array.from({ length: 1_200 }, (_, index) => ({
      id: `p-${String(index).padStart(4, '0')}`,
      mail: `p${index}@example.com`,
      groups: index % 100 === 0 ? ['rare', 'all'] : ['all'],
    }));
    await people.put('many', many);
    const ids: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page = await people.list({ tenant: 'many', cursor, limit: 500 });
      ids.push(...page.people.map(({ id }) => id));
      cursor = page.next;
    }
    expect(ids).toEqual(many.map(({ id }) => id));
    const rare = await people.list({ tenant: 'many', group: 'rare', limit: 12 });
    expect(rare.people.map(({ id }) => id)).toEqual(ids.filter((_, index) => index % 100 === 0));
    expect(rare.next).toBeNull();
    expect(rare.people[0]).toMatchObject({ groups: ['all', 'rare'] });
  });

  test('who is revoked has no rights until restored, known to the directory or not', async () => {
    const { people, revocations } = here.store;
    await people.put('revoked', [
      { id: 'ada', groups: ['it'], mail: 'ada@example.com', slackId: 'U1' },
      { id: 'grace', groups: ['it'], mail: 'grace@example.com' },
    ]);
    await revocations.revoke('revoked', 'ada', { by: 'grace', reason: 'left' });
    await revocations.revoke('revoked', 'key:old');
    await revocations.revoke('revoked', 'ada', { reason: 'left again' });
    expect(await revocations.revokedAmong('revoked', ['grace', 'ada', 'ada', 'key:old'])).toEqual(
      expect.arrayContaining(['ada', 'key:old']),
    );
    // By a mail address or a Slack id, too, and by no other word in capitals.
    const known = ['Ada@Example.com', 'U1', 'ADA', 'u1', 'grace@example.com'];
    expect(await revocations.revokedAmong('revoked', known)).toEqual(['Ada@Example.com', 'U1']);
    expect(await revocations.revokedAmong('other', ['ada'])).toEqual([]);
    expect(await revocations.revokedAmong('revoked', [])).toEqual([]);
    expect(await revocations.list('revoked')).toMatchObject([
      { personId: 'ada', revokedBy: 'grace', reason: 'left' },
      { personId: 'key:old', revokedBy: null, reason: null },
    ]);
    expect(await people.groups('revoked')).toEqual([{ name: 'it', members: 1 }]);

    // Signing in again brings nobody their rights back.
    await people.put('revoked', [{ id: 'ada', groups: ['it'] }]);
    expect((await people.get('revoked', 'ada'))?.revokedAt).toMatch(/Z$/);
    expect(await revocations.restore('revoked', 'ada')).toBe(true);
    expect(await revocations.restore('revoked', 'ada')).toBe(false);
    expect(await people.get('revoked', 'ada')).toMatchObject({ revokedAt: null });
    expect(await people.groups('revoked')).toEqual([{ name: 'it', members: 2 }]);
  });
});
