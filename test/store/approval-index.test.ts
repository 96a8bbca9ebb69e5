import { describe, expect, test } from 'vitest';

import { toCard, type ApprovalCard } from '../../src/contracts/approval/listed.ts';
import type { ApprovalQuery } from '../../src/store/approvals/approval-index.ts';
import type { Reader } from '../../src/store/approvals/audience.ts';
import type { Rule } from '../../src/contracts/approval/rule.ts';
import type { IndexChange, IndexedApproval } from '../../src/store/approvals/rows.ts';
import { sampleApproval } from '../gateway/support.ts';
import { StoreInputError } from '../../src/store/errors.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { KINDS, storeOn } from './databases.ts';
import { entryOf } from './entries.ts';

describe.each(KINDS)('on %s', (kind) => {
  let now = Date.parse(at(0));
  const here = storeOn(kind, () => now);

  test('a row comes back as it was written', async () => {
    const row = approval('whole', 'a', {
      turnId: null,
      conversationId: null,
      deadline: null,
      requestedBy: 'ada',
      approvers: ['finance', 'it'],
      text: 'Refund 50 €\nto Zoë',
    });
    await here.store.index.put([row]);
    expect(await here.store.index.one('whole', 'a')).toEqual(row);
    expect(await here.store.index.one('other', 'a')).toBeNull();
    expect(await here.store.index.remove('whole', 'a')).toBe(true);
    expect(await here.store.index.remove('whole', 'a')).toBe(false);
    expect(await here.store.index.one('whole', 'a')).toBeNull();
  });

  test('lists have the nearest deadline first, and none last, or what was asked last', async () => {
    await here.store.index.put([
      approval('sorted', 'never', { deadline: null, requestedAt: at(4) }),
      approval('sorted', 'late', { deadline: at(9), requestedAt: at(3) }),
      approval('sorted', 'soon', { deadline: at(7), requestedAt: at(1) }),
      approval('sorted', 'done', {
        deadline: at(8),
        requestedAt: at(2),
        status: 'approved',
        resolvedAt: at(3),
      }),
    ]);
    const list = (query: Partial<ApprovalQuery>) => idsOf(here.store, { tenant: 'sorted', ...query });
    expect(await list({})).toEqual(['soon', 'done', 'late', 'never']);
    expect(await list({ sort: 'newest' })).toEqual(['never', 'late', 'done', 'soon']);
    expect(await list({ status: 'pending' })).toEqual(['soon', 'late', 'never']);
    expect(await list({ status: ['approved', 'denied'] })).toEqual(['done']);
    expect(await list({ status: [] })).toEqual([]);
  });

  test.each(['deadline', 'newest'] as const)(
    'pages by %s have every row once, though many are equal',
    async (sort) => {
      const tenant = `pages-${sort}`;
      const rows = Array.from({ length: 23 }, (_, index) =>
        approval(tenant, `a-${index}`, {
          deadline: index % 3 === 0 ? null : at(index % 2),
          requestedAt: at(index % 2),
          status: index % 4 === 0 ? 'denied' : 'pending',
        }),
      );
      await here.store.index.put(rows);
      const seen: string[] = [];
      let cursor: string | null = null;
      do {
        const query: ApprovalQuery = { tenant, sort, limit: 5, ...(cursor !== null && { cursor }) };
        const page = await here.store.index.list(query);
        expect(page.approvals.length).toBe(Math.min(5, 23 - seen.length));
        seen.push(...page.approvals.map(({ approvalId }) => approvalId));
        cursor = page.next;
      } while (cursor !== null);
      expect(seen.toSorted()).toEqual(rows.map(({ approvalId }) => approvalId).toSorted());
      expect(await idsOf(here.store, { tenant, sort, limit: 23 })).toEqual(seen);
    },
  );

  test('a search finds the beginnings of words, whatever their case, all of which must be there', async () => {
    await here.store.index.put([
      approval('found', 'one', { tool: 'refund', text: 'Refund order-4711 of Zoë’s, $50.00; a_b 100%' }),
      approval('found', 'two', { tool: 'refund', text: 'REFUND order-4712 für Straße' }),
      approval('found', 'three', { tool: 'deploy', text: 'deploy 退款 on Friday' }),
      approval('elsewhere', 'four', { text: 'Refund order-4711' }),
    ]);
    const found = (q: string, query: Partial<ApprovalQuery> = {}) =>
      idsOf(here.store, { tenant: 'found', sort: 'newest', q, ...query }).then((ids) => ids.toSorted());
    const expected: [q: string, ids: string[]][] = [
      ['refund', ['one', 'two']],
      ['ReFu', ['one', 'two']],
      ['4711', ['one']],
      ['order-471', ['one', 'two']],
      ['4711 order', ['one']],
      ['fund', []],
      ['zoë', ['one']],
      ['straße', ['two']],
      ['退', ['three']],
      ['50', ['one']],
      ['100%', ['one']],
      ['a_b', ['one']],
      ['refund friday', []],
      [`' or "x" * & | ! ( ) :* \\`, []],
      ['NOT refund', []],
      ['- %', []],
      ['  ', ['one', 'three', 'two']],
    ];
    for (const [q, ids] of expected) expect([q, await found(q)]).toEqual([q, ids]);
    expect(await found('refund', { tool: 'deploy' })).toEqual([]);
    expect(await found('order', { tool: 'refund' })).toEqual(['one', 'two']);
  });

  test('a search finds what a row says now, and no longer what it said', async () => {
    const { index } = here.store;
    await index.put([approval('changed', 'a', { text: 'before' })]);
    await index.put([approval('changed', 'a', { text: 'after' })]);
    expect(await idsOf(here.store, { tenant: 'changed', q: 'before' })).toEqual([]);
    expect(await idsOf(here.store, { tenant: 'changed', q: 'after' })).toEqual(['a']);
    await index.remove('changed', 'a');
    await index.put([approval('changed', 'b', { text: 'other' })]);
    expect(await idsOf(here.store, { tenant: 'changed', q: 'after' })).toEqual([]);
  });

  test('a list has what a reader may decide now, and has not voted for', async () => {
    const { index, record } = here.store;
    const hour = 3_600_000;
    const ruled = (rule: Rule, more: Partial<ApprovalCard> = {}) => ({ card: { ...CARD, ...more, rule } });
    await index.put([
      approval('mine', 'anybody'),
      approval('mine', 'finance', { approvers: ['finance', 'audit'], deadline: at(1) }),
      approval('mine', 'it', { approvers: ['it'] }),
      approval('mine', 'later', {
        approvers: ['it'],
        ...ruled({ alsoAfter: [{ afterMs: hour, groups: ['finance'] }] }),
      }),
      approval('mine', 'named', ruled({ person: 'grace' })),
      // The rule takes these for one person, however they are written.
      approval('mine', 'asked-it', ruled({ notRequester: true }, { requestedBy: 'Grace ' })),
      approval('mine', 'began-it', ruled({ notRequester: true }, { startedBy: 'handover:GRACE' })),
      approval('mine', 'over', { status: 'approved', resolvedAt: at(1) }),
      approval('mine', 'other-tenant', { tenant: 'other' }),
    ]);
    const grace = { id: 'grace', groups: ['finance', 'audit', 'finance'] };
    const mine = (reader: Reader, query: Partial<ApprovalQuery> = {}) =>
      idsOf(here.store, { tenant: 'mine', mine: reader, ...query }).then((ids) => ids.toSorted());
    now = Date.parse(at(0));
    expect(await mine(grace)).toEqual(['anybody', 'finance', 'named']);
    expect(await mine({ id: 'ada', groups: ['it'] })).toEqual([
      ...['anybody', 'asked-it', 'began-it', 'it', 'later'],
    ]);
    now += hour;
    expect(await mine(grace)).toEqual(['anybody', 'finance', 'later', 'named']);
    expect(await mine(grace, { conversation: 'order-4711', limit: 1 })).toEqual(['finance']);
    expect(await mine(grace, { status: 'approved' })).toEqual([]);
    const vote: IndexChange = {
      ...{ entryId: 'voted', is: 'voted', approvalId: 'finance', argumentsDigest: CARD.argumentsDigest },
      vote: { by: 'GRACE', decision: 'approve', at: at(2) },
    };
    const again: IndexChange = { ...vote, entryId: 'voted again' };
    const fallen: IndexChange = {
      ...vote,
      entryId: 'fallen',
      approvalId: 'anybody',
      argumentsDigest: 'sha256:before',
    };
    await record.append('mine', [], [], { changes: [vote, again, fallen] });
    expect(await mine(grace)).toEqual(['anybody', 'later', 'named']);
    expect(await index.one('mine', 'finance')).toMatchObject({ card: { voted: [vote.vote] } });
    await index.settle('mine', 'named', { status: 'denied', resolvedAt: at(2) });
    await index.remove('mine', 'later');
    expect(await mine(grace)).toEqual(['anybody']);
    // More groups than one statement may ask for.
    const groups = Array.from({ length: 250 }, (_, number) => `g-${number}`);
    expect(await mine({ id: 'ada', groups: [...groups, 'audit'] })).toContain('finance');
  });

  test('a list has what its filters name, all of which must hold', async () => {
    const asked = (id: string, fields: Partial<IndexedApproval>) => approval('by', id, fields);
    await here.store.index.put([
      asked('a', { requestedBy: 'ada', conversationId: 'c-1', risk: 'high', text: 'one' }),
      asked('b', { requestedBy: 'ada', conversationId: 'c-2', tool: 'deploy', text: 'two' }),
      asked('c', { requestedBy: 'bob', conversationId: 'c-2', risk: 'high', approvers: ['it'] }),
      asked('d', { conversationId: null, status: 'denied', resolvedAt: at(1), risk: 'low' }),
    ]);
    const expected: [query: Partial<ApprovalQuery>, ids: string[]][] = [
      [{ requester: 'ada' }, ['a', 'b']],
      [{ requester: 'ad' }, []],
      [{ conversation: 'c-2' }, ['b', 'c']],
      [{ risk: 'high' }, ['a', 'c']],
      [{ risk: 'low', status: 'pending' }, []],
      [{ requester: 'ada', risk: 'high', conversation: 'c-1', tool: 'refund_order', q: 'one' }, ['a']],
      [{ requester: 'ada', tool: 'deploy', sort: 'newest' }, ['b']],
      [{ risk: 'high', mine: { id: 'eve', groups: [] } }, ['a']],
      [{ conversation: 'c-2', mine: { id: 'eve', groups: ['it'] }, tool: 'refund_order' }, ['c']],
      [{ q: 'two', mine: { id: 'eve', groups: [] } }, ['b']],
    ];
    for (const [query, ids] of expected)
      expect([query, (await idsOf(here.store, { tenant: 'by', ...query })).toSorted()]).toEqual([query, ids]);
  });

  test('an approval is settled once, and never becomes pending again, in whichever order that is told', async () => {
    const { index } = here.store;
    const pending = approval('settled', 'a');
    expect(await index.settle('settled', 'a', { status: 'approved', resolvedAt: at(5) })).toBe(false);
    await index.put([pending]);
    expect(await index.settle('settled', 'a', { status: 'approved', resolvedAt: at(5) })).toBe(true);
    expect(await index.settle('settled', 'a', { status: 'denied', resolvedAt: at(6) })).toBe(false);
    await index.put([pending]);
    const end = { status: 'approved', resolvedAt: at(5) } as const;
    const settled = { ...pending, ...end, card: { ...CARD, ...end } };
    expect(await index.one('settled', 'a')).toEqual(settled);
    // Temporal is right where the two differ, as when the index is rebuilt.
    await index.put([{ ...pending, status: 'denied', resolvedAt: at(6) }]);
    expect(await index.one('settled', 'a')).toMatchObject({ status: 'denied', resolvedAt: at(6) });
  });

  test('rows are written again while others are told of, and none waits in vain', async () => {
    const other = await openStore({ url: here.database.url });
    const rows = Array.from({ length: 300 }, (_, index) => approval('again', `a-${index}`));
    const tell = (round: number) => {
      const changes = rows
        .slice(0, 50)
        .toReversed()
        .map(({ approvalId }): IndexChange => ({
          ...{ entryId: `parked:${round}:${approvalId}`, is: 'parked', approvalId, parkedAt: at(1) },
        }));
      return other.record.append('again', [entryOf(`parked:${round}`)], [], { changes });
    };
    for (let round = 0; round < 10; round += 1) {
      const again = here.store.index.put(rows);
      const reversed = other.index.put(rows.toReversed());
      await Promise.all([again, reversed, tell(round), here.store.index.forgetText('again', 'a-9')]);
    }
    await other.close();
    expect(await idsOf(here.store, { tenant: 'again', limit: 400 })).toHaveLength(300);
  });

  test('what entries change in lists is written with them, and told again changes nothing', async () => {
    const { record, index } = here.store;
    const askedOf = (id: string, fields: Partial<IndexedApproval> = {}): IndexChange => ({
      ...{ entryId: `asked:${id}`, is: 'asked', row: approval('told', id, fields) },
    });
    const asked = ['a', 'b', 'c'].map((id) => askedOf(id));
    const settled = (approvalId: string, status: 'approved' | 'denied', minute: number): IndexChange => ({
      ...{ entryId: `settled:${approvalId}:${minute}`, is: 'settled', approvalId, status },
      resolvedAt: at(minute),
    });
    const edited: IndexChange = {
      ...{ entryId: 'edited:c', is: 'edited', approvalId: 'c' },
      ...{ arguments: { amount: 5 }, argumentsDigest: 'sha256:5' },
      ...{ approvers: ['it'], rule: undefined, textOf: () => 'five' },
      vote: { by: 'grace', decision: 'edit', at: at(3) },
    };
    const changes = [
      ...asked,
      settled('a', 'approved', 1),
      settled('b', 'denied', 2),
      settled('a', 'denied', 3),
      edited,
    ];
    await record.append('told', [entryOf('one')], [], { changes });
    await record.append('told', [entryOf('one')], [], { changes: [...asked, settled('b', 'approved', 4)] });
    expect(await index.one('told', 'a')).toMatchObject({ status: 'approved', resolvedAt: at(1) });
    expect(await index.one('told', 'b')).toMatchObject({ status: 'denied', resolvedAt: at(2) });
    expect(await index.one('told', 'c')).toMatchObject({
      ...{ status: 'pending', approvers: ['it'], text: 'five' },
      card: { argumentsDigest: 'sha256:5', argumentsPreview: '{"amount":5}' },
    });
    // How the tool showed them goes with the arguments that were edited, or erased.
    const shown = async (id: string) => (await index.one('told', id))?.card.shown?.title;
    expect([await shown('b'), await shown('c')]).toEqual(['Refund of order A-4711', undefined]);
    await index.forgetText('told', 'b');
    expect(await shown('b')).toBeUndefined();
    await index.forgetText('told', 'c');
    expect(await index.one('told', 'c')).toMatchObject({
      ...{ status: 'pending', text: '' },
      card: { argumentsPreview: '{}', beginning: { fields: [], left: 0 } },
    });
    const unread = [entryOf('bad', { time: 'yesterday' })];
    await expect(record.append('told', unread, [], { changes: [askedOf('d')] })).rejects.toThrow();
    const beyond = askedOf('e', { requestedAt: 'yesterday' });
    await expect(record.append('told', [entryOf('two')], [], { changes: [beyond] })).rejects.toBeInstanceOf(
      StoreInputError,
    );
    expect(await record.tree('told')).toMatchObject({ size: 1 });
  });

  test('a row that is given twice in one call is as it was given last', async () => {
    await here.store.index.put([
      approval('doubled', 'a', { text: 'one' }),
      approval('doubled', 'a', { text: 'two' }),
    ]);
    expect(await here.store.index.one('doubled', 'a')).toMatchObject({ text: 'two' });
  });

  test.each([
    ['a limit of 0', { limit: 0 }, 'limit must be a whole number from 1 to 1000'],
    ['a limit above 1,000', { limit: 1_001 }, 'limit must be a whole number from 1 to 1000'],
    [
      'a cursor of nobody',
      { cursor: 'x' },
      'cursor must be one that the page before gave, of the same sort "deadline"',
    ],
    [
      'a cursor that is JSON',
      { cursor: btoa('["deadline","1","x"]') },
      'cursor must be one that the page before gave',
    ],
    [
      'a cursor of another sort',
      { cursor: btoa('["newest",1,"x"]') },
      'cursor must be one that the page before gave',
    ],
  ])('%s is refused, and what is allowed is said', async (_, query, message) => {
    const listed = here.store.index.list({ tenant: 'acme', ...query });
    await expect(listed).rejects.toBeInstanceOf(StoreInputError);
    await expect(listed).rejects.toThrow(message);
  });
});

function at(minute: number): string {
  return new Date(Date.UTC(2026, 0, 31) + minute * 60_000).toISOString();
}

const CARD = toCard(
  sampleApproval({
    presented: {
      by: 'tool',
      title: 'Refund of order A-4711',
      fields: [{ label: 'Amount', value: '129', kind: 'text' }],
    },
  }),
);

function approval(
  tenant: string,
  approvalId: string,
  fields: Partial<IndexedApproval> = {},
): IndexedApproval {
  return {
    tenant,
    approvalId,
    turnId: 'order-4711.k3f9w2m7c5q8',
    conversationId: 'order-4711',
    tool: 'refund_order',
    status: 'pending',
    requestedAt: at(0),
    deadline: at(60),
    resolvedAt: null,
    requestedBy: null,
    approvers: [],
    text: '',
    card: CARD,
    risk: null,
    ...fields,
  };
}

async function idsOf(store: Store, query: ApprovalQuery): Promise<string[]> {
  const { approvals } = await store.index.list(query);
  return approvals.map(({ approvalId }) => approvalId);
}
