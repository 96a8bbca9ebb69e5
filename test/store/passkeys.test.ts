import { describe, expect, test } from 'vitest';

import { KINDS, storeOn } from './databases.ts';

describe.each(KINDS)('on %s', (kind) => {
  let now = Date.UTC(2026, 0, 31);
  const here = storeOn(kind, () => now);
  const passkey = (credentialId: string, personId = 'ada') => ({
    ...{ credentialId, personId, name: 'a key', counter: 0, transports: ['usb', 'nfc'] },
    publicKey: new Uint8Array([165, 1, 2, 255]),
  });

  test('a passkey is what was registered, once in its tenant', async () => {
    const { passkeys } = here.store;
    expect(await passkeys.add('acme', passkey('a'))).toBe(true);
    expect(await passkeys.add('acme', passkey('a', 'eve'))).toBe(false);
    expect(await passkeys.add('globex', passkey('a', 'eve'))).toBe(true);
    now += 1;
    await passkeys.add('acme', passkey('b', 'bob'));
    const mine = { ...passkey('a'), createdAt: '2026-01-31T00:00:00.000Z', usedAt: null };
    expect(await passkeys.list('acme', 'ada')).toEqual([mine]);
    expect((await passkeys.list('acme')).map(({ personId }) => personId)).toEqual(['ada', 'bob']);
  });

  test('a use counts when it says a higher number than the last one, for one of many at once', async () => {
    const { passkeys } = here.store;
    await passkeys.add('uses', passkey('a'));
    const always = [await passkeys.use('uses', 'a', 0), await passkeys.use('uses', 'a', 0)];
    expect(always).toEqual([true, true]); // an authenticator that does not count
    const many = await Promise.all(Array.from({ length: 8 }, () => passkeys.use('uses', 'a', 3)));
    expect(many.filter(Boolean)).toHaveLength(1);
    expect([await passkeys.use('uses', 'a', 2), await passkeys.use('uses', 'a', 0)]).toEqual([false, false]);
    expect(await passkeys.use('uses', 'a', 4)).toBe(true);
    expect(await passkeys.list('uses')).toMatchObject([{ counter: 4, usedAt: new Date(now).toISOString() }]);
  });

  test('one that was taken away cannot be used', async () => {
    const { passkeys } = here.store;
    await passkeys.add('gone', passkey('a'));
    expect(await passkeys.remove('gone', 'a')).toBe(true);
    expect([await passkeys.remove('gone', 'a'), await passkeys.use('gone', 'a', 9)]).toEqual([false, false]);
  });
});
