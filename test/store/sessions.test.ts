import { describe, expect, onTestFinished, test } from 'vitest';

import type { NewSession } from '../../src/store/sign-in/sessions.ts';
import { openStore } from '../../src/store/store.ts';
import { KINDS, storeOn } from './databases.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe.each(KINDS)('on %s', (kind) => {
  let now = Date.UTC(2026, 0, 31);
  const clock = () => now;
  const here = storeOn(kind, clock);
  const session = (tenant: string, fields: Partial<NewSession> = {}): NewSession => ({
    tenant,
    personId: 'ada',
    details: { groups: ['it'] },
    ...fields,
  });

  test('a session is what was kept with it, by its token and by nothing else', async () => {
    const { sessions } = here.store;
    const provider = { issuer: 'https://login.example.com', subject: '17', session: 's1' };
    const { token, session: made } = await sessions.create(session('acme', { provider }));
    expect(made).toMatchObject({ tenant: 'acme', personId: 'ada', details: { groups: ['it'] }, provider });
    expect(await sessions.find(token)).toEqual(made);
    expect(await sessions.find(made.id)).toBeNull();
    expect(await sessions.find('')).toBeNull();
    // Whoever reads the database cannot take anybody's session.
    const [row] = await here.database.query('select * from countersign.sessions limit 1');
    expect(JSON.stringify(row)).not.toContain(token);
  });

  test('a session ends after two hours without use, and after twelve with it', async () => {
    const { sessions } = here.store;
    const idle = await sessions.create(session('ends'));
    const used = await sessions.create(session('ends'));
    for (let hour = 1; hour < 12; hour += 1) {
      now += HOUR;
      expect(await sessions.find(used.token), `after ${hour} h`).not.toBeNull();
    }
    expect(await sessions.find(idle.token)).toBeNull();
    expect(await sessions.list('ends')).toHaveLength(1);
    now += HOUR;
    expect(await sessions.find(used.token)).toBeNull();
    expect(await sessions.list('ends')).toEqual([]);

    const { token } = await sessions.create(session('ends'));
    now += 2 * HOUR - MINUTE;
    expect(await sessions.find(token)).toMatchObject({ seenAt: new Date(now).toISOString() });
    now += 2 * HOUR;
    expect(await sessions.find(token)).toBeNull();
  });

  test('what a page does by itself keeps no session from ending', async () => {
    const { sessions } = here.store;
    const [{ token }, other] = [
      await sessions.create(session('page')),
      await sessions.create(session('page')),
    ];
    now += 2 * HOUR - MINUTE;
    expect(await sessions.find(token, { isUse: false })).not.toBeNull();
    expect(await sessions.find(other.token)).not.toBeNull();
    expect(await sessions.aliveAmong([token, other.token, 'none'])).toEqual(new Set([token, other.token]));
    now += 2 * MINUTE;
    expect(await sessions.find(token, { isUse: false })).toBeNull();
    expect(await sessions.aliveAmong([token, other.token])).toEqual(new Set([other.token]));
  });

  test('a session that is ended is gone at once for every process', async () => {
    const { sessions } = here.store;
    const other = await openStore({ url: here.database.url, clock });
    onTestFinished(() => other.close());
    const { token, session: made } = await sessions.create(session('ended'));
    expect(await other.sessions.find(token)).not.toBeNull();
    expect(await other.sessions.end('another', made.id)).toBe(false);
    expect(await other.sessions.end('ended', made.id)).toBe(true);
    expect(await sessions.find(token)).toBeNull();
  });

  test('all sessions of one person end, by name, by revocation, and nobody else’s', async () => {
    const { sessions, revocations } = here.store;
    const make = (personId: string) => sessions.create(session('all', { personId }));
    await Promise.all([make('ada'), make('ada'), make('grace')]);
    expect(await sessions.list('all', 'ada')).toHaveLength(2);
    expect(await sessions.endAllOf('all', 'ada')).toBe(2);
    await make('ada');
    await revocations.revoke('all', 'ada');
    expect((await sessions.list('all')).map(({ personId }) => personId)).toEqual(['grace']);
  });

  test('what an identity provider says is over ends, and nothing else of it', async () => {
    const { sessions } = here.store;
    const issuer = 'https://login.example.com';
    const make = (subject: string, at: string, from = issuer) =>
      sessions.create(
        session('over', { personId: `${subject}.${at}`, provider: { issuer: from, subject, session: at } }),
      );
    await Promise.all([
      make('17', 's1'),
      make('17', 's2'),
      make('18', 's3'),
      make('17', 's1', 'https://other'),
    ]);
    const left = async () => (await sessions.list('over')).map(({ personId }) => personId).toSorted();
    expect(await sessions.endAtProvider({ issuer })).toBe(0);
    expect(await sessions.endAtProvider({ issuer, session: 's1' })).toBe(1);
    expect(await left()).toEqual(['17.s1', '17.s2', '18.s3']);
    expect(await sessions.endAtProvider({ issuer, subject: '17' })).toBe(1);
    expect(await left()).toEqual(['17.s1', '18.s3']);
    // The sign-in did not say which session of the provider it was: the subject alone tells.
    const provider = { issuer, subject: '19' };
    await sessions.create(session('over', { personId: '19.unnamed', provider }));
    expect(await sessions.endAtProvider({ issuer, session: 's9' })).toBe(0);
    expect(await sessions.endAtProvider({ issuer, session: 's9', subject: '18' })).toBe(0);
    expect(await sessions.endAtProvider({ issuer, session: 's9', subject: '19' })).toBe(1);
    expect(await left()).toEqual(['17.s1', '18.s3']);
  });

  describe('a link', () => {
    test('is used once, however many processes try at once', async () => {
      const other = await openStore({ url: here.database.url, clock });
      onTestFinished(() => other.close());
      const uses = [here.store, other, here.store, other].map(({ links }) => links.use('link', now + MINUTE));
      expect((await Promise.all(uses)).filter(Boolean)).toHaveLength(1);
      expect(await other.links.use('link', now + MINUTE)).toBe(false);
      expect(await other.links.use('another', now + MINUTE)).toBe(true);
    });

    test('that has expired is used by nobody, and not remembered for ever', async () => {
      const { links } = here.store;
      expect(await links.use('old', now)).toBe(false);
      expect(await links.use('forgotten', now + MINUTE)).toBe(true);
      now += 2 * HOUR;
      await links.use('next', now + MINUTE);
      const kept = await here.database.query(`select link_id from countersign.used_links`);
      expect(kept.map(({ link_id }) => link_id)).toEqual(['next']);
    });
  });
});
