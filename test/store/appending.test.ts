import { Kysely } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { toCard } from '../../src/contracts/approval/listed.ts';
import { createAppend, toContent } from '../../src/store/append.ts';
import type { IndexChange, IndexedApproval } from '../../src/store/approvals/rows.ts';
import { openPostgresPool, postgresDialect } from '../../src/store/postgres.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import type { Tables } from '../../src/store/tables.ts';
import { sampleApproval } from '../gateway/support.ts';
import { KINDS, storeOn } from './databases.ts';
import { entryOf } from './entries.ts';

const AT = '2026-01-31T12:00:00.000Z';
const CARD = toCard(sampleApproval());
const READER = { id: 'eve', groups: [] };
const ROUNDS = 150;

describe.each(KINDS)('on %s, while a vote is written', (kind) => {
  const here = storeOn(kind);
  let other: Store;
  beforeAll(async () => {
    other = await openStore({ url: here.database.url });
  });
  afterAll(() => other.close());

  test.each<{ what: string; does: (id: string, tenant: string) => Promise<unknown>; leaves: object }>([
    {
      what: 'an erasure is not undone',
      does: (id, tenant) => other.index.forgetText(tenant, id),
      leaves: { text: '', card: { argumentsPreview: '{}', voted: [{ by: 'ada' }] }, reason: undefined },
    },
    {
      what: 'a rebuild is not mixed with what was there before',
      does: (id, tenant) => other.index.put([asked(tenant, id, 'rebuilt')]),
      leaves: { text: 'rebuilt', reason: 'rebuilt' },
    },
    {
      what: 'an end that a list found is kept',
      does: (id, tenant) => other.index.settle(tenant, id, { status: 'denied', resolvedAt: AT }),
      leaves: { status: 'denied', card: { voted: [{ by: 'ada' }] }, waits: [] },
    },
    {
      what: 'the vote of somebody else counts as well',
      does: (id, tenant) =>
        other.record.append(tenant, [entryOf(`${id}:bob`)], [], { changes: [voted(id, 'bob')] }),
      leaves: { card: { voted: expect.toSatisfy((all: unknown[]) => all.length === 2) as unknown } },
    },
  ])('$what', async ({ what, does, leaves }) => {
    const { record, index } = here.store;
    for (let round = 0; round < ROUNDS; round += 1) {
      const id = `a-${round}`;
      await index.put([asked(what, id, 'before')]);
      const vote = () => record.append(what, [entryOf(`${id}:ada`)], [], { changes: [voted(id, 'ada')] });
      const both = [vote, () => does(id, what)];
      await Promise.all((round % 2 === 0 ? both : both.toReversed()).map((one) => one()));
      const row = await index.one(what, id);
      const { approvals } = await index.list({ tenant: what, limit: 1, mine: READER, conversation: id });
      const waits = approvals.map(({ approvalId }) => approvalId);
      expect({ ...row, reason: row?.card.reason, text: row?.text, waits }).toMatchObject(leaves);
    }
  });

  test('what is erased stays erased, and what is not is there', async () => {
    const { record } = here.store;
    for (let round = 0; round < ROUNDS; round += 1) {
      const content = toContent({ round });
      const [, isErased] = await Promise.all([
        record.append('erased', [entryOf(`one:${round}`)], [content]),
        other.record.erase('erased', content.digest),
        other.record.append('erased', [entryOf(`two:${round}`)], [content]),
      ]);
      expect(await record.isErased('erased', content.digest)).toBe(isErased);
      expect(await record.content('erased', content.digest)).toEqual(isErased ? undefined : content);
    }
    const { size } = await record.tree('erased');
    const entries = await record.entries('erased', { limit: 1_000 });
    expect([size, ...entries.map(({ sequence }) => sequence)]).toEqual([
      2 * ROUNDS,
      ...Array.from({ length: 2 * ROUNDS }, (_, index) => index),
    ]);
  });
});

describe.each(KINDS)('on %s, what is told again changes nothing:', (kind) => {
  const here = storeOn(kind);

  test.each<{
    what: string;
    again: (id: string) => IndexChange;
    meanwhile: (tell: (change: IndexChange) => Promise<unknown>, tenant: string) => Promise<unknown>;
    leaves: object;
  }>([
    {
      what: 'an edit, after a later vote',
      again: edited,
      meanwhile: (tell) => tell(voted('a', 'ada')),
      leaves: { text: 'five', card: { voted: [{ by: 'carol' }, { by: 'ada' }] } },
    },
    {
      what: 'an edit, after a later edit',
      again: edited,
      meanwhile: (tell) =>
        tell({ ...edited('a'), ...{ entryId: 'later', arguments: { amount: 6 }, textOf: () => 'six' } }),
      leaves: { text: 'six', card: { argumentsPreview: '{"amount":6}' } },
    },
    {
      what: 'an edit, after an erasure',
      again: edited,
      meanwhile: (_, tenant) => here.store.index.forgetText(tenant, 'a'),
      leaves: { text: '', card: { argumentsPreview: '{}' } },
    },
    {
      what: 'a question, after its end',
      again: (id) => askedOf('a question, after its end', id, 'again'),
      meanwhile: (tell) => tell(settled('a')),
      leaves: { text: '', status: 'approved' },
    },
    {
      what: 'an end, after an erasure',
      again: settled,
      meanwhile: (_, tenant) => here.store.index.forgetText(tenant, 'a'),
      leaves: { text: '', status: 'approved', resolvedAt: AT },
    },
  ])('$what', async ({ what, again, meanwhile, leaves }) => {
    const { record, index } = here.store;
    const tell = (change: IndexChange) =>
      record.append(what, [entryOf(change.entryId)], [], { changes: [change] });
    await tell(askedOf(what, 'a'));
    await tell(again('a'));
    await meanwhile(tell, what);
    const before = await index.one(what, 'a');
    expect(before).toMatchObject(leaves);
    await tell(again('a'));
    expect(await index.one(what, 'a')).toEqual(before);
  });

  test('an edit, in one breath with a later vote', async () => {
    const { record, index } = here.store;
    const changes = [askedOf('breath', 'a'), edited('a'), voted('a', 'ada'), edited('a')];
    await Promise.all(
      changes.map((change) => record.append('breath', [entryOf(change.entryId)], [], { changes: [change] })),
    );
    expect(await index.one('breath', 'a')).toMatchObject({
      card: { voted: [{ by: 'carol' }, { by: 'ada' }] },
    });
  });
});

describe('an append to PostgreSQL', () => {
  const here = storeOn('postgres');

  test('takes two statements: one looks, one writes', async () => {
    await using own = appendOn(here.database.url);
    await own.append('counted', [entryOf('one')]);
    own.statements.splice(0);
    await own.append('counted', [entryOf('two')], [toContent('two')], {
      news: [{ entryId: 'two', approvalId: 'a', about: {} }],
      changes: [askedOf('counted', 'a'), voted('a', 'ada')],
    });
    expect(own.statements.splice(0)).toHaveLength(2);
  });

  test('neither waits nor fails because the tree of another tenant is locked', async () => {
    await using own = appendOn(here.database.url);
    await own.append('locked', [entryOf('one')]);
    const lock = new pg.Client({ connectionString: here.database.url });
    await lock.connect();
    try {
      await lock.query(`begin; select from countersign.trees where tenant = 'locked' for update`);
      const late = own.append('locked', [entryOf('two')]).catch((error: unknown) => error);
      const free = [own.append('free', [entryOf('one')]), own.append('free', [entryOf('two')])];
      const written = await Promise.race([late, Promise.all(free)]);
      expect(written).toMatchObject([[{ tenant: 'free', sequence: 0 }], [{ tenant: 'free', sequence: 1 }]]);
      expect(await own.append('free', [entryOf('three')])).toMatchObject([{ sequence: 2 }]);
      await lock.query('rollback');
      expect(await late).toMatchObject([{ tenant: 'locked', sequence: 1 }]);
    } finally {
      await lock.end();
    }
  });

  test('writes what no other text would survive', async () => {
    const { record, index, outbox } = here.store;
    const odd = 'a "b" \\ {c} \\u0000 \u0000 \ud800 NULL € \\x41';
    const content = toContent({ odd: odd.toWellFormed() });
    const about = { odd: odd.toWellFormed() };
    await record.append('odd', [entryOf('one')], [content], {
      news: [{ entryId: 'one', approvalId: 'a', about }],
      changes: [askedOf('odd', 'a', odd)],
    });
    const kept = odd.replaceAll('\0', ' ').toWellFormed();
    expect(await record.content('odd', content.digest)).toEqual(content);
    expect(await index.one('odd', 'a')).toMatchObject({ text: kept, card: { reason: odd } });
    const news = await outbox.take({ forMs: 1, limit: 9 });
    expect(news.filter(({ tenant }) => tenant === 'odd')).toMatchObject([{ about }]);
    expect((await record.entries('odd', { limit: 9 })).map(({ id }) => id)).toEqual(['one']);
  });
});

function asked(tenant: string, approvalId: string, text: string): IndexedApproval {
  return {
    ...{ tenant, approvalId, turnId: null, conversationId: approvalId, tool: 'refund', text, risk: null },
    ...{
      requestedAt: AT,
      deadline: null,
      resolvedAt: null,
      requestedBy: null,
      status: 'pending',
      approvers: [],
    },
    card: { ...CARD, reason: text },
  };
}

function voted(approvalId: string, by: string): IndexChange {
  const { argumentsDigest } = CARD;
  const vote = { by, decision: 'approve', at: AT } as const;
  return { entryId: `${approvalId}:${by}`, is: 'voted', approvalId, argumentsDigest, vote };
}

function askedOf(tenant: string, approvalId: string, text = ''): IndexChange {
  return { entryId: `${approvalId}:asked`, is: 'asked', row: asked(tenant, approvalId, text) };
}

function edited(approvalId: string): IndexChange {
  return {
    ...{ entryId: `${approvalId}:edited`, is: 'edited', approvalId, approvers: [], rule: undefined },
    ...{ arguments: { amount: 5 }, argumentsDigest: CARD.argumentsDigest, textOf: () => 'five' },
    vote: { by: 'carol', decision: 'edit', at: AT },
  };
}

function settled(approvalId: string): IndexChange {
  const entryId = `${approvalId}:settled`;
  return { entryId, is: 'settled', approvalId, status: 'approved', resolvedAt: AT };
}

/** An append of its own, and what its database is asked. */
function appendOn(url: string) {
  const statements: string[] = [];
  const pool = openPostgresPool(url);
  pool.on('connect', (client) => {
    const query = client.query.bind(client) as (...given: unknown[]) => unknown;
    client.query = ((...given: [{ text: string }]) => {
      statements.push(given[0].text);
      return query(...given);
    }) as typeof client.query;
  });
  const db = new Kysely<Tables>({ dialect: postgresDialect(pool, 'test') }).withSchema('countersign');
  const append = createAppend({ db, kind: 'postgres', clock: Date.now });
  return { append, statements, [Symbol.asyncDispose]: () => db.destroy() };
}
