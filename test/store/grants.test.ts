import { describe, expect, test } from 'vitest';

import type { Fact } from '../../src/contracts/recording/fact.ts';
import { boundDigest } from '../../src/contracts/approval/narrower.ts';
import type { Grant } from '../../src/contracts/approval/grant.ts';
import { createRecorder } from '../../src/record/recorder.ts';
import { revokeGrant } from '../../src/record/grants.ts';
import type { IndexChange } from '../../src/store/approvals/rows.ts';
import { KINDS, storeOn } from './databases.ts';

describe.each(KINDS)('on %s', (kind) => {
  const now = Date.UTC(2026, 0, 31, 12);
  const here = storeOn(kind, () => now);
  const iso = (ms: number) => new Date(ms).toISOString();
  const grantOf = (grantId: string, change: Partial<Grant> = {}): Grant => ({
    ...{ grantId, assistant: 'desk', tool: 'refund', conversationId: 'c-1', requestedBy: 'ada' },
    terms: { forMs: 3_600_000, narrowerBy: ['amountCents'], boundTo: 'conversation' },
    ...{ arguments: { orderId: 'A-1', amountCents: 4_200 }, argumentsDigest: `sha256:${'0'.repeat(64)}` },
    ...{ requestedAt: iso(now - 60_000), givenAt: iso(now), until: iso(now + 3_600_000), votes: [] },
    ...change,
  });
  const write = (tenant: string, grant: Grant) => {
    const { grantId: approvalId, tool, argumentsDigest: digest, givenAt: at } = grant;
    const fact: Fact = { is: 'granted', approvalId, tool, digest, at, grant };
    return createRecorder(here.store).write({ tenant, conversationId: grant.conversationId }, [fact]);
  };
  const match = async (tenant: string, nowMs = now, call: Partial<Grant> = {}) => {
    const { terms, ...asked } = grantOf('', call);
    const bound = boundDigest({ ...asked, tenant }, terms);
    const found = await here.store.grants.matching(tenant, { bound, nowMs });
    return found.map(({ grantId }) => grantId);
  };
  const revoke = (tenant: string, grantId: string, id = 'carol') =>
    revokeGrant(here.store, tenant, grantId, { by: { id }, reason: 'enough', nowMs: now + 1_000 });

  test('a grant is found by what is pinned, in its tenant, until it ends', async () => {
    await write('found', grantOf('g-1'));
    expect(await here.store.grants.find('found', 'g-1')).toEqual(grantOf('g-1'));
    expect(await match('found')).toEqual(['g-1']);
    const ordered = (orderId: string) => ({ arguments: { orderId, amountCents: 1 } });
    expect(await match('found', now, ordered('A-1'))).toEqual(['g-1']);
    expect(await match('found', now, ordered('A-2'))).toEqual([]);
    expect(await match('found', now + 3_600_000)).toEqual([]);
    expect(await match('elsewhere')).toEqual([]);
    expect(await here.store.grants.find('elsewhere', 'g-1')).toBeNull();
  });

  test('one that was taken back stays so, with its first reason, and a retry does not give it again', async () => {
    await write('back', grantOf('g-1'));
    const taken = { at: iso(now + 1_000), by: 'carol', reason: 'enough' };
    expect(await revoke('back', 'g-1')).toMatchObject({ revoked: taken });
    expect(await revoke('back', 'g-1', 'mallory')).toMatchObject({ revoked: taken });
    await write('back', grantOf('g-1'));
    expect(await match('back')).toEqual([]);
    expect(await here.store.grants.list('back', { nowMs: now, limit: 9 })).toMatchObject({
      grants: [{ revoked: taken }],
      more: false,
    });
    const told = await here.store.record.ofApproval('back', 'g-1');
    expect(told.map(({ id }) => id)).toEqual(['granted:g-1', 'grant-revoked:g-1']);
    expect(await revoke('back', 'nobody')).toBeNull();
  });

  test('one that is given and taken back in one append stands as taken back', async () => {
    const taken = { at: iso(now + 1_000), by: 'carol', reason: 'enough' };
    const entry = { kind: 'granted', approvalId: 'g-1', time: iso(now) } as const;
    const changes: IndexChange[] = [
      { entryId: 'given', is: 'granted', approvalId: 'g-1', grant: { ...grantOf('g-1'), bound: 'same' } },
      { entryId: 'taken', is: 'grant-revoked', approvalId: 'g-1', ...taken },
    ];
    const entries = changes.map(({ entryId: id }) => ({ ...entry, id }));
    await here.store.record.append('at once', entries, [], { changes });
    expect(await here.store.grants.find('at once', 'g-1')).toEqual({ ...grantOf('g-1'), revoked: taken });
    expect(await here.store.grants.matching('at once', { bound: 'same', nowMs: now })).toEqual([]);
  });

  test('of many who take it back at once one is told of', async () => {
    await write('race', grantOf('g-1'));
    const people = Array.from({ length: 6 }, (_, index) => `person-${index}`);
    const answers = await Promise.all(people.map((id) => revoke('race', 'g-1', id)));
    const entries = await here.store.record.ofApproval('race', 'g-1');
    const [told, ...more] = entries.filter(({ kind: is }) => is === 'grant-revoked');
    expect(more).toEqual([]);
    expect(new Set(answers.map((grant) => grant?.revoked?.by))).toEqual(new Set([told?.person?.id]));
  });

  test('lists have those that hold, the longest first, then those that were taken back, and say when there are more', async () => {
    await write('list', grantOf('short', { until: iso(now + 1_000) }));
    await write('list', grantOf('long'));
    await write('list', grantOf('taken', { until: iso(now + 7_200_000) }));
    await revoke('list', 'taken');
    const list = async (nowMs: number, limit: number) => {
      const { grants, more } = await here.store.grants.list('list', { nowMs, limit });
      return [...grants.map(({ grantId }) => grantId), more];
    };
    expect(await list(now, 3)).toEqual(['long', 'short', 'taken', false]);
    expect(await list(now, 2)).toEqual(['long', 'short', true]);
    expect(await list(now + 1_000, 9)).toEqual(['long', 'taken', false]);
  });

  test('what is erased of an approval takes its grant along', async () => {
    await write('erased', grantOf('g-1'));
    await here.store.index.forgetText('erased', 'g-1');
    expect(await match('erased')).toEqual([]);
    expect(await here.store.grants.find('erased', 'g-1')).toBeNull();
    expect(await here.store.grants.list('erased', { nowMs: 0, limit: 9 })).toEqual({
      grants: [],
      more: false,
    });
    const grants = kind === 'sqlite' ? 'grants' : 'countersign.grants';
    const rows = await here.database.query(`select * from ${grants} where tenant = 'erased'`);
    expect(JSON.stringify(rows)).not.toContain('A-1');
  });

  test('what was erased is not given again by a retry, not even one that had been taken back', async () => {
    for (const tenant of ['retried', 'retried-revoked']) {
      await write(tenant, grantOf('g-1'));
      if (tenant === 'retried-revoked') await revoke(tenant, 'g-1');
      await here.store.index.forgetText(tenant, 'g-1');
      await write(tenant, grantOf('g-1'));
      expect(await match(tenant)).toEqual([]);
      expect(await here.store.grants.find(tenant, 'g-1')).toBeNull();
    }
  });

  test('grants of others, however many, hide none', async () => {
    const later = { until: iso(now + 7_200_000) };
    const other = (index: number): Partial<Grant> =>
      [
        { conversationId: `c-${index}` },
        { requestedBy: `bob-${index}` },
        { startedBy: `key-${index}` },
        { assistant: `desk-${index}` },
      ][index % 4]!;
    for (let index = 100; index < 320; index += 1)
      await write('crowd', grantOf(`other-${index}`, { ...later, ...other(index) }));
    await write('crowd', grantOf('mine'));
    expect(await match('crowd')).toEqual(['mine']);
    expect(await match('crowd', now, { conversationId: 'c-100' })).toEqual(['other-100']);
    // Bound to the requester, the conversation does not count.
    const terms = { ...grantOf('').terms, boundTo: 'requester' as const };
    await write('crowd', grantOf('everywhere', { terms }));
    expect(await match('crowd', now, { terms, conversationId: 'any' })).toEqual(['everywhere']);
    expect(await match('crowd', now, { terms, requestedBy: 'bob-101' })).toEqual([]);
  });
});
