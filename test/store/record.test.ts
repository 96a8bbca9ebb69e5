import { createHash } from 'node:crypto';

import { readKeys, readSigningKey, verifyExport } from '@countersign/receipts';
import canonicalize from 'canonicalize';
import { exportJWK, generateKeyPair } from 'jose';
import { describe, expect, test } from 'vitest';

import { createProofs } from '../../src/record/proof.ts';
import { toContent } from '../../src/store/append.ts';
import { RecordMismatchError, StoreInputError } from '../../src/store/errors.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { KINDS, storeOn } from './databases.ts';
import { entriesOf, entryOf } from './entries.ts';
import { startChild } from './processes.ts';

describe.each(KINDS)('on %s', (kind) => {
  const here = storeOn(kind);

  describe('entries', () => {
    test('get the next places of their tenant, in the order asked', async () => {
      const { record } = here.store;
      const first = await record.append('places', entriesOf('one', 2));
      const second = await record.append('places', [entryOf('two:0'), entryOf('one:1'), entryOf('two:1')]);
      expect(first.map(({ id, sequence }) => [id, sequence])).toEqual([
        ['one:0', 0],
        ['one:1', 1],
      ]);
      expect(second.map(({ id, sequence }) => [id, sequence])).toEqual([
        ['two:0', 2],
        ['one:1', 1],
        ['two:1', 3],
      ]);
    });

    test('are as they were written the first time, however often they are asked for', async () => {
      const { record } = here.store;
      const [first] = await record.append('twice', [entryOf('a', { tool: 'first' })]);
      const [again] = await record.append('twice', [entryOf('a', { tool: 'second' })]);
      const both = await record.append('twice', [
        entryOf('b', { tool: 'one' }),
        entryOf('b', { tool: 'other' }),
      ]);
      expect(again).toEqual(first);
      expect(both[0]).toEqual(both[1]);
      expect(await record.entries('twice', { limit: 10 })).toEqual([first, both[0]]);
    });

    test('of one tenant are none of another', async () => {
      const { record } = here.store;
      await record.append('mine', [entryOf('same', { approvalId: 'appr' })]);
      await record.append('yours', [entryOf('same', { approvalId: 'appr' })]);
      expect(await record.ofApproval('mine', 'appr')).toMatchObject([{ tenant: 'mine', sequence: 0 }]);
      expect(await record.tree('mine')).not.toEqual(await record.tree('yours'));
    });

    test('are read in pages, by approval and by time', async () => {
      const { record } = here.store;
      const at = (hour: number) => `2026-01-31T0${hour}:00:00.000Z`;
      await record.append(
        'read',
        [3, 1, 2, 4, 5].map((hour) =>
          entryOf(`at:${hour}`, { time: at(hour), approvalId: `of:${hour % 2}` }),
        ),
      );
      const ids = (entries: { id: string }[]) => entries.map(({ id }) => id);
      expect(ids(await record.entries('read', { from: 1, limit: 2 }))).toEqual(['at:1', 'at:2']);
      expect(ids(await record.entries('read', { from: 3, to: 4, limit: 9 }))).toEqual(['at:4']);
      expect(ids(await record.ofApproval('read', 'of:1'))).toEqual(['at:3', 'at:1', 'at:5']);
      // What happened at 2 and 3 stands at 2 and 0, with an older one between.
      expect(await record.between('read', { since: at(2), until: at(4) })).toEqual({ from: 0, to: 3 });
      expect(await record.between('read', { since: at(6) })).toEqual({ from: 0, to: 0 });
    });

    test('are not found by a name that no database keeps', async () => {
      expect(await here.store.record.ofApproval('read', 'of:1\0')).toEqual([]);
      expect(await here.store.index.list({ tenant: 'read', tool: 'a\0' })).toMatchObject({ approvals: [] });
    });

    test('that no verifier would read are refused, and say why', async () => {
      const { record } = here.store;
      const refused = record.append('unread', [entryOf('good'), entryOf('bad', { time: 'yesterday' })]);
      await expect(refused).rejects.toThrow(/entry\.time/);
      expect(await record.tree('unread')).toMatchObject({ size: 0 });
    });

    test('asked for at once by many are all written, and one that the database refuses harms none of them', async () => {
      const { record } = here.store;
      await refuseEntry((sql) => here.database.query(sql), kind, 'bad');
      const asked = Array.from({ length: 20 }, (_, index) => record.append('many', [entryOf(`of:${index}`)]));
      await expect(record.append('many', [entryOf('bad')])).rejects.toThrow('refused by a trigger');
      await Promise.all(asked);
      await expectWhole(here.store, 'many', 20);
    });

    test('of two processes that append to one tenant at once have no gap and no double, and the root is right', async () => {
      const children = ['one', 'other'].map((name) =>
        startChild(here.database.url, 'append', 'shared', name, '60'),
      );
      await Promise.all(children.map(({ opened }) => opened));
      for (const child of children) child.go();
      await Promise.all(children.map(({ done }) => done));
      await expectWhole(here.store, 'shared', 120);
    });

    test('of a process that is killed in the middle of a transaction are not there, and the next ones are', async () => {
      const slow = await slowContents((sql) => here.database.query(sql), kind);
      const child = startChild(here.database.url, 'hold', 'killed');
      await child.opened;
      await slow.isHeld();
      await child.kill();
      await slow.remove();
      const { record } = here.store;
      expect(await record.tree('killed')).toMatchObject({ size: 0 });
      await record.append('killed', [entryOf('held:1'), entryOf('held:2')], [toContent({ held: true })]);
      await expectWhole(here.store, 'killed', 2);
    });
  });

  describe('contents', () => {
    test('are kept under their digest until they are erased, which is for good', async () => {
      const { record } = here.store;
      const content = toContent({ note: 'fine\u0000by me', amount: 5 });
      await record.append('contents', [entryOf('a')], [content, toContent(null)]);
      expect(await record.content('contents', content.digest)).toEqual(content);
      expect(await record.content('others', content.digest)).toBeUndefined();
      expect(
        await record.contents('contents', [content.digest, toContent(null).digest, 'sha256:0']),
      ).toHaveLength(2);

      expect(await record.erase('contents', content.digest)).toBe(true);
      await record.append('contents', [entryOf('b')], [content]);
      expect(await record.content('contents', content.digest)).toBeUndefined();
      expect(await record.erase('contents', content.digest)).toBe(false);
    });

    test('under a digest that is not theirs are refused', async () => {
      const wrong = { ...toContent('this'), content: 'that' };
      const refused = here.store.record.append('wrong', [], [wrong]);
      await expect(refused).rejects.toThrow(/not what its digest says/);
    });
  });

  describe('proofs', () => {
    test('of every entry and of every earlier size hold, for trees that fill a power of two and ones that do not', async () => {
      const { record } = here.store;
      for (const size of [1, 2, 3, 4, 5, 7, 8, 9, 15, 17]) {
        await record.append('proofs', entriesOf('entry', size));
        const leaves = await leavesOf(here.store, 'proofs');
        const { root } = await record.tree('proofs');
        expect(root).toBe(digest(rootOf(leaves)));
        for (let at = 0; at < size; at += 1) {
          expect(await record.rootAt('proofs', at)).toBe(digest(rootOf(leaves.slice(0, at))));
          expect((await record.inclusion('proofs', at, size)).map(digest)).toEqual(
            pathOf(at, leaves).map(digest),
          );
          if (at === 0) continue;
          expect((await record.consistency('proofs', at, size)).map(digest)).toEqual(
            proofOf(at, leaves).map(digest),
          );
        }
      }
    });

    test('of a range are the perfect subtrees left and right of it', async () => {
      const { record } = here.store;
      await record.append('range', entriesOf('of', 13));
      const leaves = await leavesOf(here.store, 'range');
      const over = (from: number, to: number) => digest(rootOf(leaves.slice(from, to)));
      const proofOfRange = async (from: number, to: number) => {
        const { left, right } = await record.range('range', from, to, 13);
        return { left: left.map(digest), right: right.map(digest) };
      };
      expect(await proofOfRange(5, 7)).toEqual({
        left: [over(0, 4), over(4, 5)],
        right: [over(7, 8), over(8, 12), over(12, 13)],
      });
      expect(await proofOfRange(0, 13)).toEqual({ left: [], right: [] });
    });

    test.each([
      [
        'a size beyond the record',
        (record: Store['record']) => record.inclusion('asked', 0, 4),
        'size must be a whole number from 0 to 3',
      ],
      [
        'an entry beyond the size',
        (record: Store['record']) => record.inclusion('asked', 2, 2),
        'sequence must be a whole number from 0 to 1',
      ],
      [
        'a tree before a larger one',
        (record: Store['record']) => record.consistency('asked', 3, 2),
        'first must be a whole number from 1 to 2',
      ],
      [
        'an entry of nothing',
        (record: Store['record']) => record.inclusion('nobody', 0, 0),
        'sequence names nothing: the record is empty',
      ],
    ])('of %s are refused', async (_, ask, message) => {
      await here.store.record.append('asked', entriesOf('of', 3));
      const refused = ask(here.store.record);
      await expect(refused).rejects.toBeInstanceOf(StoreInputError);
      await expect(refused).rejects.toThrow(message);
    });
  });

  describe('checkpoints', () => {
    const time = '2026-01-31T12:00:00.000Z';

    test('are kept, and the largest is the latest', async () => {
      const { record } = here.store;
      for (const name of ['one', 'two']) {
        await record.append('checked', [entryOf(name)]);
        const tree = await record.tree('checked');
        await record.saveCheckpoint('checked', { ...tree, time, checkpoint: `signed ${name}` });
        await record.saveCheckpoint('checked', { ...tree, time, checkpoint: `signed ${name} by another` });
      }
      const { root } = await record.tree('checked');
      expect(await record.latestCheckpoint('checked')).toEqual({
        size: 2,
        root,
        time,
        checkpoint: 'signed two',
      });
      expect(await record.latestCheckpoint('unchecked')).toBeNull();
    });

    test('of a record without entries are right, and nothing is kept of them', async () => {
      const { record } = here.store;
      const { privateKey } = await generateKeyPair('EdDSA', { extractable: true });
      const key = await readSigningKey(await exportJWK(privateKey));
      const proofs = createProofs({ record }, { key });
      expect(await proofs.receipt('nothing', 'appr')).toBeNull();
      const lines: string[] = [];
      for await (const line of proofs.exportLines('nothing')) lines.push(line);
      const keys = await readKeys({ keys: [key.publicJwk] });
      expect(await verifyExport(lines, { keys })).toMatchObject({ ok: true, entries: 0 });
      expect(await record.latestCheckpoint('nothing')).toBeNull();
    });

    test('of another record are refused', async () => {
      const { record } = here.store;
      await record.append('other', entriesOf('of', 2));
      const { root } = await record.tree('other');
      for (const [size, message] of [
        [3, 'A checkpoint of "other" is of 3 entries, but the record has 2. Two databases were mixed up'],
        [
          1,
          'The checkpoint of "other" at size 1 has another root than the record. Two databases were mixed up',
        ],
      ] as const) {
        const saved = record.saveCheckpoint('other', { size, root, time, checkpoint: 'signed' });
        await expect(saved).rejects.toThrow(message);
      }
    });

    test('beyond the record, as after a restore of half a database, keep the store from opening', async () => {
      const { record } = here.store;
      await record.append('lost', entriesOf('of', 3));
      await record.saveCheckpoint('lost', { ...(await record.tree('lost')), time, checkpoint: 'signed' });
      await here.database.query(`update countersign.trees set size = 2 where tenant = 'lost'`);
      await expect(record.latestCheckpoint('lost')).rejects.toBeInstanceOf(RecordMismatchError);
      await expect(openStore({ url: here.database.url })).rejects.toThrow(
        'A checkpoint of "lost" is of 3 entries, but the record has 2. Two databases were mixed up, or a part of this one was lost. Name the right database in COUNTERSIGN_DATABASE_URL, or restore a whole backup.',
      );
      await here.database.query(`update countersign.trees set size = 3 where tenant = 'lost'`);
    });
  });
});

/** Recomputes everything from the entries alone. */
async function expectWhole(store: Store, tenant: string, size: number): Promise<void> {
  const entries = await store.record.entries(tenant, { limit: size * 2 });
  expect(entries.map(({ sequence }) => sequence)).toEqual(Array.from({ length: size }, (_, index) => index));
  expect(new Set(entries.map(({ id }) => id)).size).toBe(size);
  expect(await store.record.tree(tenant)).toEqual({
    size,
    root: digest(rootOf(await leavesOf(store, tenant))),
  });
}

async function leavesOf(store: Store, tenant: string): Promise<Buffer[]> {
  const entries = await store.record.entries(tenant, { limit: 1_000 });
  return entries.map((entry) => hash(0, Buffer.from(canonicalize(entry) ?? '')));
}

/** RFC 9162, section 2.1, word by word and over leaves alone. */
function rootOf(leaves: readonly Buffer[]): Buffer {
  const [only] = leaves;
  if (only === undefined) return createHash('sha256').digest();
  if (leaves.length === 1) return only;
  const k = split(leaves.length);
  return hash(1, rootOf(leaves.slice(0, k)), rootOf(leaves.slice(k)));
}

function pathOf(m: number, leaves: readonly Buffer[]): Buffer[] {
  if (leaves.length === 1) return [];
  const k = split(leaves.length);
  return m < k
    ? [...pathOf(m, leaves.slice(0, k)), rootOf(leaves.slice(k))]
    : [...pathOf(m - k, leaves.slice(k)), rootOf(leaves.slice(0, k))];
}

function proofOf(m: number, leaves: readonly Buffer[], isWhole = true): Buffer[] {
  if (m === leaves.length) return isWhole ? [] : [rootOf(leaves)];
  const k = split(leaves.length);
  return m <= k
    ? [...proofOf(m, leaves.slice(0, k), isWhole), rootOf(leaves.slice(k))]
    : [...proofOf(m - k, leaves.slice(k), false), rootOf(leaves.slice(0, k))];
}

function split(count: number): number {
  return 2 ** Math.floor(Math.log2(count - 1));
}

function hash(first: number, ...rest: Buffer[]): Buffer {
  return createHash('sha256')
    .update(Buffer.concat([Buffer.of(first), ...rest]))
    .digest();
}

function digest(bytes: Uint8Array): string {
  return `sha256:${Buffer.from(bytes).toString('hex')}`;
}

async function refuseEntry(query: (sql: string) => Promise<unknown[]>, kind: string, id: string) {
  if (kind === 'sqlite') {
    await query(
      `create trigger refuse before insert on entries when new.id = '${id}' begin select raise(abort, 'refused by a trigger'); end`,
    );
    return;
  }
  await query(
    `create function refuse() returns trigger language plpgsql as 'begin raise exception ''refused by a trigger''; end'`,
  );
  await query(
    `create trigger refuse before insert on countersign.entries for each row when (new.id = '${id}') execute function refuse()`,
  );
}

/** Lets each content take for ever to be written, so that a transaction can be found in its middle. */
async function slowContents(query: (sql: string) => Promise<unknown[]>, kind: string) {
  if (kind === 'postgres') {
    await query(
      `create function slow() returns trigger language plpgsql as 'begin perform pg_sleep(600); return new; end'`,
    );
    await query(
      `create trigger slow before insert on countersign.contents for each row execute function slow()`,
    );
    return {
      isHeld: () =>
        expect
          .poll(() => query(`select 1 from pg_stat_activity where wait_event = 'PgSleep'`))
          .toHaveLength(1),
      async remove() {
        // The server notices that its client is gone when it writes to it; an operator's proxies and kernels differ in when.
        await query(`select pg_terminate_backend(pid) from pg_stat_activity where wait_event = 'PgSleep'`);
        await query(`drop trigger slow on countersign.contents`);
      },
    };
  }
  await query(`create trigger slow before insert on contents begin
    select count(*) from (with recursive n(x) as (select 1 union all select x + 1 from n limit 100000000000) select x from n);
  end`);
  return {
    // Nobody else may write while it does.
    isHeld: () => expect.poll(() => query('begin immediate').then(() => 'free', String)).toMatch(/locked/),
    remove: () => query('drop trigger slow'),
  };
}
