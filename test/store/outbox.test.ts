import { describe, expect, onTestFinished, test } from 'vitest';

import type { NewNews, OutboxRow } from '../../src/store/outbox.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { KINDS, storeOn } from './databases.ts';

const SECOND = 1_000;

describe.each(KINDS)('on %s', (kind) => {
  let now = Date.UTC(2026, 0, 31);
  const clock = () => now;
  const here = storeOn(kind, clock);
  const news = (approvalId: string, ...is: string[]): NewNews[] =>
    is.map((name) => ({ approvalId, entryId: `${name}:${approvalId}`, about: { is: name } }));
  const put = (...all: NewNews[]) => here.store.outbox.put('acme', all, { afterMs: 0 });
  const take = (store: Store = here.store, limit = 50) => store.outbox.take({ forMs: 10 * SECOND, limit });
  const ids = (rows: readonly OutboxRow[]) => rows.map(({ entryId }) => entryId);
  const empty = async () => {
    for (;;) {
      now += 60 * SECOND;
      const rows = await take();
      if (rows.length === 0) break;
      await here.store.outbox.done(rows.map(({ number }) => number));
    }
    expect(await here.store.outbox.waiting()).toEqual({ count: 0, oldestMs: null });
  };

  test('what is put in is taken in the order in which it happened, and gone when it is done', async () => {
    await put(...news('a', 'requested'), ...news('b', 'requested'));
    expect((await here.store.outbox.waiting()).count).toBe(2);
    const rows = await take();
    expect(rows).toMatchObject([
      { tenant: 'acme', approvalId: 'a', entryId: 'requested:a', about: { is: 'requested' }, attempts: 1 },
      { approvalId: 'b', entryId: 'requested:b' },
    ]);
    await here.store.outbox.done(rows.map(({ number }) => number));
    await here.store.outbox.done(rows.map(({ number }) => number));
    await empty();
  });

  test('of one approval only the first is taken, so nobody hears of an end before its beginning', async () => {
    await put(...news('a', 'requested', 'voted', 'settled'), ...news('b', 'requested'));
    const first = await take();
    expect(ids(first)).toEqual(['requested:a', 'requested:b']);
    // Not even while the first is under way, or put back.
    expect(await take()).toEqual([]);
    await here.store.outbox.putBack(first[0]!.number, { afterMs: 5 * SECOND });
    await here.store.outbox.done([first[1]!.number]);
    expect(await take()).toEqual([]);
    now += 5 * SECOND;
    const again = await take();
    expect(again).toMatchObject([{ entryId: 'requested:a', attempts: 2 }]);
    await here.store.outbox.done([again[0]!.number]);
    expect(ids(await take())).toEqual(['voted:a']);
    await empty();
  });

  test('two tenants with an approval of one name do not wait for each other', async () => {
    await put(...news('same', 'requested'));
    await here.store.outbox.put('umbrella', news('same', 'requested'), { afterMs: 0 });
    expect((await take()).map(({ tenant }) => tenant)).toEqual(['acme', 'umbrella']);
    await empty();
  });

  test('each row is taken by one of many dispatchers', async () => {
    const other = await openStore({ url: here.database.url, clock });
    onTestFinished(() => other.close());
    const names = Array.from({ length: 60 }, (_, index) => `many-${index}`);
    await put(...names.flatMap((name) => news(name, 'requested')));
    const taken: string[] = [];
    while (taken.length < names.length) {
      const rounds = await Promise.all([here.store, other, here.store, other].map((one) => take(one, 20)));
      taken.push(...ids(rounds.flat()));
      if (rounds.every((rows) => rows.length === 0)) break;
    }
    expect(taken.toSorted()).toEqual(names.map((name) => `requested:${name}`).toSorted());
    await empty();
  });

  test('what a dispatcher took and died with is taken again when its time is up', async () => {
    await put(...news('left', 'requested'));
    expect(await take()).toHaveLength(1);
    now += 10 * SECOND - 1;
    expect(await take()).toEqual([]);
    now += 1;
    expect(await take()).toMatchObject([{ entryId: 'requested:left', attempts: 2 }]);
    await empty();
  });

  test('what is put in for later is not taken before', async () => {
    await here.store.outbox.put('acme', news('later', 'requested'), { afterMs: SECOND });
    expect(await take()).toEqual([]);
    now += SECOND;
    expect(await take()).toHaveLength(1);
    await empty();
  });
});
