import { describe, expect, onTestFinished, test } from 'vitest';

import type { NewNotice, Notice } from '../../src/store/notices/rows.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { KINDS, storeOn } from './databases.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const FOR = { perHour: 20, forMs: MINUTE };

describe.each(KINDS)('on %s', (kind) => {
  let now = Date.UTC(2026, 0, 31);
  const clock = () => now;
  const here = storeOn(kind, clock);

  /** A notice of an approval of this name to grace. Its key is the approval's name and its rung. */
  const notice = (approvalId: string, more: Partial<NewNotice> = {}): NewNotice => ({
    ...{ key: `${approvalId}:${more.rung ?? 0}`, approvalId, conversationId: null, personId: 'grace' },
    ...{ rung: 0, kind: 'ask', ways: [{ channel: 'mail', address: 'grace@acme.example' }], dueMs: now },
    ...more,
  });
  const plan = (tenant: string, ...all: NewNotice[]) => here.store.notices.plan(tenant, all);
  const take = async (tenant: string, key: string, { store = here.store, perHour = FOR.perHour } = {}) => {
    const taken = await store.notices.take(tenant, key, { ...FOR, perHour });
    return taken.state === 'taken'
      ? { ...taken, notices: taken.notices.map((one) => one.key).toSorted() }
      : taken;
  };
  /** What is in a message, as whoever took it last has it. */
  const mine = (tenant: string, messageId: string) => here.store.notices.ofMessage(tenant, messageId);
  const send = async (tenant: string, key: string) => {
    expect(await take(tenant, key)).toMatchObject({ state: 'taken' });
    await here.store.notices.sent(tenant, await mine(tenant, key), { at: key }, null);
  };
  const states = async (tenant: string, ...approvals: string[]) => {
    const all = await Promise.all(approvals.map((id) => here.store.notices.ofApproval(tenant, id)));
    return Object.fromEntries(all.flat().map(({ key, state }) => [key, state]));
  };
  const twoStores = async (): Promise<Store[]> => {
    const other = await openStore({ url: here.database.url, clock });
    onTestFinished(() => other.close());
    return [here.store, other];
  };

  test('what is planned twice is planned once, and stays as it was', async () => {
    await plan('once', notice('a'));
    await plan('once', notice('a', { dueMs: now + HOUR }), notice('b'));
    expect(await here.store.notices.ofApproval('once', 'a')).toMatchObject([
      { key: 'a:0', state: 'planned', dueMs: now, attempts: 0, messageId: null, sentAt: null },
    ]);
    await send('once', 'a:0');
    await plan('once', notice('a'));
    expect(await states('once', 'a', 'b')).toEqual({ 'a:0': 'sent', 'b:0': 'planned' });
  });

  test('a notice is taken when it is due, and once it is sent it is over', async () => {
    await plan('due', notice('a', { dueMs: now + MINUTE }));
    expect(await take('due', 'a:0')).toEqual({ state: 'waits', untilMs: now + MINUTE });
    now += MINUTE;
    expect(await take('due', 'a:0')).toMatchObject({ state: 'taken', notices: ['a:0'], isRepeated: false });
    await here.store.notices.sent('due', await mine('due', 'a:0'), { at: 1 }, null);
    expect(await here.store.notices.ofMessage('due', 'a:0')).toMatchObject([
      { state: 'sent', reference: { at: 1 }, sentAt: new Date(now).toISOString(), attempts: 1 },
    ]);
    expect(await take('due', 'a:0')).toEqual({ state: 'over' });
    expect(await take('due', 'nothing')).toEqual({ state: 'over' });
  });

  test('one message tells of one question or conversation, by one channel, to one person', async () => {
    const slack = [{ channel: 'slack', address: 'U0GRACE' }];
    await plan(
      'together',
      notice('a', { conversationId: 'c' }),
      notice('b', { conversationId: 'c' }),
      notice('b', { rung: 1, kind: 'remind', conversationId: 'c' }),
      notice('late', { conversationId: 'c', dueMs: now + 1 }),
      notice('by-slack', { conversationId: 'c', ways: slack }),
      notice('to-linus', { conversationId: 'c', personId: 'linus' }),
      notice('elsewhere', { conversationId: 'd' }),
      notice('alone'),
      notice('alone', { rung: 1, kind: 'remind' }),
    );
    expect(await take('together', 'b:0')).toEqual({
      ...{ state: 'taken', notices: ['a:0', 'b:0', 'b:1'], isRepeated: false, wasClaimed: false },
      isDigest: false,
    });
    expect(await take('together', 'alone:1')).toMatchObject({
      notices: ['alone:0', 'alone:1'],
      isDigest: false,
    });
    await here.store.notices.sent('together', await mine('together', 'b:0'), 1, null);
    expect(await states('together', 'a', 'b', 'late')).toEqual({
      ...{ 'a:0': 'sent', 'b:0': 'sent', 'b:1': 'sent', 'late:0': 'planned' },
    });
  });

  test('what is more than a person gets in an hour is held, and comes together later', async () => {
    for (const id of ['a', 'b']) {
      await plan('held', notice(id));
      await send('held', `${id}:0`);
      now += MINUTE;
    }
    await plan('held', notice('c'), notice('d'), notice('e', { conversationId: 'x' }));
    const few = { perHour: 2 };
    const untilMs = now - 2 * MINUTE + HOUR;
    for (const key of ['c:0', 'd:0', 'e:0'])
      expect(await take('held', key, few)).toEqual({ state: 'waits', untilMs });
    expect(await states('held', 'c', 'd', 'e')).toEqual({ 'c:0': 'held', 'd:0': 'held', 'e:0': 'held' });
    now = untilMs;
    expect(await take('held', 'd:0', few)).toEqual({
      ...{ state: 'taken', notices: ['c:0', 'd:0', 'e:0'], isRepeated: false, wasClaimed: false },
      isDigest: true,
    });
  });

  test.each<{ what: string; counts: boolean; becomes: (tenant: string) => Promise<unknown> }>([
    {
      ...{ what: 'nobody knows to have arrived', counts: true },
      becomes: async (tenant) =>
        here.store.notices.unknown(tenant, await mine(tenant, 'a:0'), 'Not confirmed.'),
    },
    {
      ...{ what: 'arrived, and could not be told its end', counts: true },
      async becomes(tenant) {
        await here.store.notices.sent(tenant, await mine(tenant, 'a:0'), 1, null);
        await here.store.notices.endFailed(tenant, ['a:0'], 'Answered 550.');
      },
    },
    {
      ...{ what: 'failed', counts: false },
      becomes: async (tenant) =>
        here.store.notices.failed(tenant, await mine(tenant, 'a:0'), 'Answered 550.'),
    },
    {
      ...{ what: 'was refused, and is tried again', counts: false },
      async becomes(tenant) {
        const more = { error: '', afterMs: MINUTE, mayHaveArrived: false };
        await here.store.notices.again(tenant, await mine(tenant, 'a:0'), more);
      },
    },
  ])(
    'what $what counts towards what a person gets in an hour: $counts',
    async ({ what, counts, becomes }) => {
      await plan(what, notice('a'), notice('b'));
      await take(what, 'a:0');
      const untilMs = now + HOUR;
      await becomes(what);
      const next = () => take(what, 'b:0', { perHour: 1 });
      if (counts) {
        expect(await next()).toEqual({ state: 'waits', untilMs });
        now = untilMs;
      }
      expect(await next()).toMatchObject({ state: 'taken' });
    },
  );

  test('however many ask at once, a person gets no more than allowed', async () => {
    const stores = await twoStores();
    const names = Array.from({ length: 16 }, (_, index) => `n${index}`);
    await plan('burst', ...names.map((name) => notice(name)));
    const all = await Promise.all(
      names.map((name, at) => take('burst', `${name}:0`, { store: stores[at % 2]!, perHour: 3 })),
    );
    expect(all.filter(({ state }) => state === 'taken')).toHaveLength(3);
    expect(all.filter(({ state }) => state === 'waits')).toHaveLength(13);
  });

  test('of two who take at the same moment one gets it', async () => {
    const stores = await twoStores();
    for (let round = 0; round < 10; round += 1) {
      const [one, other] = [`p${round}`, `q${round}`];
      const conversationId = `c${round}`;
      await plan('at-once', notice(one, { conversationId }), notice(other, { conversationId }));
      const taken = await Promise.all(
        [one, other].map((name, at) => take('at-once', `${name}:0`, { store: stores[at]!, perHour: 100 })),
      );
      expect(taken.map(({ state }) => state).toSorted()).toEqual(['taken', 'waits']);
    }
  });

  test('an attempt that died is repeated by whoever began it at once, and by others when its time is up', async () => {
    const conversationId = 'c';
    await plan('died', notice('a', { conversationId }), notice('b', { conversationId }));
    await take('died', 'a:0');
    const both = { state: 'taken', notices: ['a:0', 'b:0'], isRepeated: true, wasClaimed: true };
    expect(await take('died', 'b:0')).toMatchObject({ state: 'waits' });
    expect(await take('died', 'a:0')).toMatchObject(both);
    now += MINUTE;
    expect(await take('died', 'b:0')).toMatchObject(both);
    // Now it is the other one's: the first must not send it, too.
    expect(await take('died', 'a:0')).toEqual({ state: 'waits', untilMs: now + 2_000 });
    expect(await take('died', 'b:0')).toMatchObject(both);
    expect(await here.store.notices.ofMessage('died', 'a:0')).toHaveLength(2);
  });

  test('what was left half sent is repeated by one of those who come for it', async () => {
    const stores = await twoStores();
    for (let round = 0; round < 10; round += 1) {
      const names = [0, 1, 2, 3].map((index) => `${round}-${index}`);
      const conversationId = `c${round}`;
      await plan('left', ...names.map((name) => notice(name, { conversationId })));
      await take('left', `${names[0]!}:0`, { perHour: 100 });
      now += MINUTE;
      const taken = await Promise.all(
        names.map((name, at) => take('left', `${name}:0`, { store: stores[at % 2]!, perHour: 100 })),
      );
      expect(taken.filter(({ state }) => state === 'taken')).toHaveLength(1);
    }
  });

  test('what was refused is planned again, and may go along with something else then', async () => {
    await plan('refused', notice('a', { conversationId: 'c' }));
    await take('refused', 'a:0');
    const more = { error: 'Answered 451.', afterMs: MINUTE, mayHaveArrived: false };
    expect(await here.store.notices.again('refused', await mine('refused', 'a:0'), more)).toBe(now + MINUTE);
    expect(await here.store.notices.ofApproval('refused', 'a')).toMatchObject([
      { state: 'planned', error: 'Answered 451.', dueMs: now + MINUTE, attempts: 1 },
    ]);
    expect(await take('refused', 'a:0')).toEqual({ state: 'waits', untilMs: now + MINUTE });
    await plan('refused', notice('b', { conversationId: 'c', dueMs: now + MINUTE }));
    now += MINUTE;
    expect(await take('refused', 'b:0')).toMatchObject({ notices: ['a:0', 'b:0'], isRepeated: false });
    await here.store.notices.sent('refused', await mine('refused', 'b:0'), 1, null);
    expect(await here.store.notices.ofApproval('refused', 'a')).toMatchObject([
      { state: 'sent', error: null },
    ]);
  });

  test('what may have arrived is repeated as the same message, and never sooner than it was put off', async () => {
    const conversationId = 'c';
    await plan('unknown', notice('a', { conversationId }), notice('b', { conversationId }));
    await take('unknown', 'a:0');
    const more = { error: 'Not confirmed.', afterMs: HOUR, mayHaveArrived: true };
    const untilMs = await here.store.notices.again('unknown', await mine('unknown', 'a:0'), more);
    await plan('unknown', notice('c', { conversationId }));
    for (const key of ['a:0', 'b:0']) expect(await take('unknown', key)).toEqual({ state: 'waits', untilMs });
    expect(await take('unknown', 'c:0')).toMatchObject({ notices: ['c:0'] });
    now = untilMs;
    expect(await take('unknown', 'b:0')).toMatchObject({
      ...{ notices: ['a:0', 'b:0'], isRepeated: true, wasClaimed: false },
    });
  });

  test.each([
    ['what was not begun', false, { state: 'planned' }],
    ['what may have arrived', true, { state: 'sending' }],
  ])('%s is put back as it was, by nobody but who has it', async (_what, mayHaveArrived, becomes) => {
    const { notices } = here.store;
    const tenant = `put back ${String(mayHaveArrived)}`;
    await plan(tenant, notice('a'));
    const first = await notices.take(tenant, 'a:0', FOR);
    if (first.state !== 'taken') throw new Error(first.state);
    const second = await notices.take(tenant, 'a:0', FOR);
    if (second.state !== 'taken') throw new Error(second.state);
    await notices.putBack(tenant, first.notices, { mayHaveArrived, isDigest: false });
    expect(await notices.ofApproval(tenant, 'a')).toMatchObject([{ state: 'sending', attempts: 2 }]);
    await notices.putBack(tenant, second.notices, { mayHaveArrived, isDigest: false });
    expect(await notices.ofApproval(tenant, 'a')).toMatchObject([{ ...becomes, attempts: 1 }]);
    expect(await take(tenant, 'a:0')).toMatchObject({
      ...{ state: 'taken', isRepeated: mayHaveArrived, wasClaimed: false },
    });
  });

  test.each<[string, (notices: Store['notices'], tenant: string, taken: Notice[]) => Promise<unknown>]>([
    ['has failed', (notices, tenant, taken) => notices.failed(tenant, taken, 'Answered 550.')],
    ['may have arrived', (notices, tenant, taken) => notices.unknown(tenant, taken, 'Not confirmed.')],
    ['is to be tried another way', (notices, tenant, taken) => notices.changeWays(tenant, taken, [])],
    ['is over', (notices, tenant, taken) => notices.leaveOut(tenant, taken)],
    [
      'is to be tried again',
      (notices, tenant, taken) =>
        notices.again(tenant, taken, { error: 'Answered 451.', afterMs: MINUTE, mayHaveArrived: false }),
    ],
  ])('an attempt that outlived its time and says that it %s takes it from nobody', async (what, says) => {
    const { notices } = here.store;
    await plan(what, notice('a'));
    const first = await notices.take(what, 'a:0', FOR);
    const second = await notices.take(what, 'a:0', FOR);
    if (first.state !== 'taken' || second.state !== 'taken') throw new Error('Somebody has it.');
    await says(notices, what, first.notices);
    expect(await notices.stillSends(what, second.notices, FOR)).toBe(true);
    await says(notices, what, second.notices);
    expect(await notices.stillSends(what, second.notices, FOR)).toBe(false);
  });

  test('what fails for good is over, and another way is tried first from then on', async () => {
    const ways = ['slack', 'mail'].map((channel) => ({ channel, address: 'x' }));
    await plan('fails', notice('a', { ways }));
    await take('fails', 'a:0');
    await here.store.notices.changeWays('fails', await mine('fails', 'a:0'), ways.slice(1));
    expect(await here.store.notices.ofApproval('fails', 'a')).toMatchObject([
      { state: 'planned', ways: [{ channel: 'mail' }] },
    ]);
    await take('fails', 'a:0');
    await here.store.notices.failed('fails', await mine('fails', 'a:0'), 'Answered 550.');
    expect(await take('fails', 'a:0')).toEqual({ state: 'over' });
    expect(await here.store.notices.ofApproval('fails', 'a')).toMatchObject([
      { state: 'failed', error: 'Answered 550.' },
    ]);
  });

  test('an end drops what is not sent, and names each message that must tell of it, once', async () => {
    const { notices } = here.store;
    await plan('ends', notice('a'), notice('a', { rung: 1, dueMs: now + HOUR }));
    await plan(
      'ends',
      notice('a', { rung: 2, personId: 'linus' }),
      notice('a', { rung: 3, personId: 'mia' }),
    );
    await send('ends', 'a:0');
    await take('ends', 'a:2');
    const more = { error: 'Not confirmed.', afterMs: HOUR, mayHaveArrived: true };
    await notices.again('ends', await mine('ends', 'a:2'), more);
    await take('ends', 'a:3');
    await notices.failed('ends', await mine('ends', 'a:3'), 'Answered 550.');
    const { told, busy } = await notices.end('ends', 'a');
    // Nobody knows whether the one to linus has arrived: if it has, he must hear of the end.
    expect([told.map(({ key }) => key), busy]).toEqual([['a:0', 'a:2'], []]);
    expect(await states('ends', 'a')).toEqual({
      ...{ 'a:0': 'sent', 'a:1': 'dropped', 'a:2': 'sending', 'a:3': 'failed' },
    });
    await notices.ended('ends', ['a:0']);
    expect((await notices.end('ends', 'a')).told.map(({ key }) => key)).toEqual(['a:2']);
    await notices.ended('ends', ['a:2']);
    expect(await notices.end('ends', 'a')).toEqual({ told: [], busy: [] });
    expect(await states('ends', 'a')).toMatchObject({ 'a:0': 'sent', 'a:2': 'unknown' });
  });

  test('an end waits for a message that is being sent along with another question', async () => {
    const { notices } = here.store;
    const conversationId = 'c';
    await plan('busy', notice('a', { conversationId }), notice('b', { conversationId }));
    await take('busy', 'a:0');
    expect(await notices.end('busy', 'b')).toMatchObject({ told: [], busy: [{ key: 'b:0' }] });
    // Its own attempt may have died, and what it has sent arrives all the same.
    expect(await notices.end('busy', 'a')).toMatchObject({ told: [], busy: [{ key: 'a:0' }] });
    await notices.sent('busy', await mine('busy', 'a:0'), 1, null);
    expect(await notices.end('busy', 'b')).toMatchObject({
      ...{ told: [{ key: 'b:0', state: 'sent' }], busy: [] },
    });
  });

  test('an end waits for an attempt that died no longer than it had the message', async () => {
    const { notices } = here.store;
    await plan('dead', notice('a'));
    await take('dead', 'a:0');
    now += FOR.forMs - 1;
    expect(await notices.end('dead', 'a')).toMatchObject({ told: [], busy: [{ key: 'a:0' }] });
    now += 1;
    expect(await notices.end('dead', 'a')).toMatchObject({ told: [{ key: 'a:0' }], busy: [] });
  });

  test('whoever has stalled while sending learns that the message is not theirs any more', async () => {
    const { notices } = here.store;
    const conversationId = 'c';
    await plan('stalled', notice('a', { conversationId }), notice('b', { conversationId }));
    const begin = async (key: string) => {
      const taken = await notices.take('stalled', key, FOR);
      if (taken.state !== 'taken') throw new Error(taken.state);
      return () => notices.stillSends('stalled', taken.notices, { forMs: MINUTE });
    };
    const first = await begin('a:0');
    now += MINUTE - 1;
    expect(await first()).toBe(true);
    now += MINUTE - 1;
    expect(await first()).toBe(true);
    now += MINUTE;
    expect(await first()).toBe(false);
    const other = await begin('b:0');
    expect(await Promise.all([first(), other()])).toEqual([false, true]);
    now += MINUTE;
    const again = await begin('b:0');
    expect(await Promise.all([first(), other(), again()])).toEqual([false, false, true]);
    // One of its questions has told its end meanwhile.
    await notices.ended('stalled', ['a:0']);
    expect(await again()).toBe(false);
    await notices.sent('stalled', await mine('stalled', 'a:0'), 1, null);
    expect(await again()).toBe(false);
  });

  test('an end leaves nothing to be sent, also when it is put back in that moment', async () => {
    const { notices } = here.store;
    const conversationId = 'c';
    await plan('put-back', notice('a', { conversationId }), notice('b', { conversationId }));
    await take('put-back', 'a:0');
    const taken = await mine('put-back', 'a:0');
    const more = { error: 'Answered 451.', afterMs: HOUR, mayHaveArrived: false };
    const [{ busy }] = await Promise.all([
      notices.end('put-back', 'b'),
      notices.again('put-back', taken, more),
    ]);
    if (busy.length > 0) await notices.end('put-back', 'b');
    expect(await states('put-back', 'b')).toEqual({ 'b:0': 'dropped' });
  });

  test('what is over when a message is written is left out of it, and nothing else', async () => {
    const conversationId = 'c';
    await plan('left-out', notice('a', { conversationId }), notice('b', { conversationId }));
    await take('left-out', 'a:0');
    const taken = await mine('left-out', 'a:0');
    const over = taken.filter(({ key }) => key === 'b:0');
    await here.store.notices.leaveOut('left-out', over);
    await here.store.notices.sent('left-out', taken, 1, null);
    await here.store.notices.leaveOut('left-out', taken);
    expect(await states('left-out', 'a', 'b')).toEqual({ 'a:0': 'sent', 'b:0': 'dropped' });
  });

  test('a message is changed by one at a time, until they end it or their time is up', async () => {
    const { notices } = here.store;
    await plan('changed', notice('a'));
    await take('changed', 'a:0');
    const begin = (by: string) => notices.beginChange('changed', 'a:0', { by, forMs: 30_000 });
    const shown = async () => (await notices.ofMessage('changed', 'a:0')).map((one) => one.shown);
    expect(await begin('x')).toBe(false);
    await notices.sent('changed', await mine('changed', 'a:0'), 1, 'first');
    expect(await shown()).toEqual(['first']);
    expect(await Promise.all(['x', 'y'].map(begin))).toEqual(expect.arrayContaining([true, false]));
    expect(await shown()).toEqual([null]);
    for (const by of ['x', 'y']) await notices.endChange('changed', 'a:0', { by, shown: 'second' });
    expect(await shown()).toEqual(['second']);
    expect(await begin('z')).toBe(true);
    now += 30_000;
    expect(await begin('x')).toBe(true);
    await notices.endChange('changed', 'a:0', { by: 'z', shown: 'third' });
    expect(await shown()).toEqual([null]);
  });

  test('whoever has stalled while changing a message learns that it is not theirs any more', async () => {
    const { notices } = here.store;
    await plan('lost', notice('a'));
    await send('lost', 'a:0');
    const [begin, changes] = (['beginChange', 'stillChanges'] as const).map(
      (what) => (by: string) => notices[what]('lost', 'a:0', { by, forMs: 30_000 }),
    );
    await begin!('x');
    now += 29_999;
    expect(await Promise.all(['x', 'y'].map(changes!))).toEqual([true, false]);
    now += 29_999;
    expect(await changes!('x')).toBe(true);
    now += 30_000;
    expect(await changes!('x')).toBe(false);
    await begin!('y');
    expect(await Promise.all(['x', 'y'].map(changes!))).toEqual([false, true]);
  });

  test('what has not arrived is counted by channel and state', async () => {
    const before = await here.store.notices.undelivered();
    const count = (all: typeof before) =>
      all.find(({ channel, state }) => channel === 'mail' && state === 'planned')?.count ?? 0;
    await plan('counted', notice('a'), notice('b'));
    expect(count(await here.store.notices.undelivered())).toBe(count(before) + 2);
  });
});
