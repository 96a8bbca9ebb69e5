import { DatabaseSync } from 'node:sqlite';

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';

import { turnWorkflowId } from '../../src/contracts/ids.ts';
import { createApiKey, createGateway } from '../../src/gateway/app.ts';
import { defineTool, requireApproval, type Verdict } from '../../src/index.ts';
import { shownToKept } from '../../src/record/from-temporal.ts';
import { rebuild } from '../../src/record/rebuild.ts';
import { openStore } from '../../src/store/store.ts';
import { startGate, type Gate } from '../../src/testing/gate.ts';
import { until } from '../../src/testing/wait.ts';
import { freshDatabase, type FreshDatabase } from '../store/databases.ts';
import { payBack } from '../support/pay-back.ts';
import { startPostgres, type PostgresServer } from '../support/postgres.ts';

/** Lists come from the store's index. It says what Temporal says, and no list depends on how far Temporal's own index is. */

const ASKS = requireApproval({ within: '30d', onRunDeadline: 'deny', reason: 'Money leaves.' });
let policy: Verdict = ASKS;
const parameters = z.strictObject({ orderId: z.string() });
const refund = defineTool({
  ...{ name: 'refund', description: 'Pays money back.', parameters },
  policy: () => policy,
  present: ({ orderId }) => ({
    ...{ title: `Refund of ${orderId}`, risk: 'high' },
    fields: [{ label: 'Order', value: orderId, kind: 'text' }],
  }),
  execute: ({ orderId }) => `Refunded ${orderId}.`,
});

let gate: Gate;
let database: FreshDatabase;
beforeAll(async () => {
  database = await freshDatabase('sqlite');
  gate = await startGate({ ...payBack(refund), store: database.url, patience: '45s' });
});
afterAll(async () => {
  await gate.close();
  await database.remove();
});
beforeEach(() => {
  policy = ASKS;
});

interface Listed {
  approvalId: string;
  deadline: string | null;
}
interface List {
  approvals: Listed[];
  more: boolean;
}
const ask = async () => {
  const turn = await gate.say('pay back', { user: 'ada' });
  return { turn, card: await turn.asked() };
};
const list = async (query = '?limit=200') => {
  const answer = await gate.gateway.fetch(`/v1/approvals${query}`);
  expect(answer.status).toBe(200);
  return (await answer.json()) as List;
};
const listed = async (approvalId: string) =>
  (await list()).approvals.find((approval) => approval.approvalId === approvalId) ?? null;
const locked = () => {
  const other = new DatabaseSync(database.url.slice('sqlite:'.length));
  other.exec('begin exclusive');
  return { unlock: () => other.close() };
};
/** The list of a gateway that has no store. */
const fromTemporal = (approvalId: string) =>
  until('Temporal lists it', async () => {
    const { key, entry } = createApiKey({ name: 'other', tenant: gate.tenant, scopes: ['approvals:read'] });
    const { app } = createGateway({ client: gate.client, apiKeys: [entry], sessionSecret: 's'.repeat(32) });
    const answer = await app.request('/v1/approvals?limit=200', {
      headers: { authorization: `Bearer ${key}` },
    });
    const { approvals } = (await answer.json()) as List;
    return approvals.find((approval) => approval.approvalId === approvalId) ?? null;
  });

const QUORUM = requireApproval({ within: '30d', onRunDeadline: 'deny', quorum: { approve: 2 } });
test.each<[string, Verdict, (card: Awaited<ReturnType<typeof ask>>['card']) => Promise<unknown>]>([
  ['asked', ASKS, () => Promise.resolve()],
  ['voted for once', QUORUM, (card) => card.approve({ as: 'grace' })],
  ['edited, and waiting for others', QUORUM, (card) => card.edit({ orderId: 'B-2' }, { as: 'grace' })],
  ['parked', requireApproval({ within: '30d' }), () => gate.advance('1d')],
])('the store lists as Temporal does one that is %s', async (_, verdict, then) => {
  policy = verdict;
  const { card } = await ask();
  await then(card);
  const whole = await gate.client.getApproval(gate.tenant, card.approvalId);
  await expect.poll(() => listed(card.approvalId)).toEqual(await fromTemporal(card.approvalId));
  expect(await listed(card.approvalId)).toMatchObject({
    argumentsDigest: whole?.argumentsDigest,
    argumentsPreview: JSON.stringify(whole?.arguments),
  });
});

test('a row has what its tool presents, with its risk, until somebody edits the call', async () => {
  policy = requireApproval({ within: '30d', onRunDeadline: 'deny', quorum: { approve: 2, deny: 1 } });
  const { card } = await ask();
  const row = () => gate.store!.index.one(gate.tenant, card.approvalId);
  const presented = { by: 'tool', title: 'Refund of A-1', risk: 'high', fields: [{ value: 'A-1' }] };
  expect(await row()).toMatchObject({ risk: 'high', card: { shown: presented } });
  await card.edit({ orderId: 'A-2' }, { as: 'grace' });
  await expect.poll(async () => (await row())?.card.argumentsPreview).toBe('{"orderId":"A-2"}');
  expect((await row())?.card.shown).toBeUndefined();
});

test('a request over HTTP is listed though no worker is up', async () => {
  await gate.kill('worker', { restart: false });
  const body = JSON.stringify({ action: 'Delete the table', approver: 'the DBA' });
  const { id } = (await (await gate.gateway.fetch('/decisions', { body })).json()) as { id: string };
  const found = await listed(id);
  await gate.restart('worker');
  expect(found).toEqual(await fromTemporal(id));
});

test('a request of a client that knows of no store is listed once a worker has seen it', async () => {
  const asks = { tenant: gate.tenant, action: 'Drop it', urgency: 'low', requestedBy: 'a program' } as const;
  const { id } = await gate.client.askForDecision({ ...asks, withinMs: 3_600_000 });
  const found = await until('it is listed', () => listed(id));
  expect(found).toEqual(await fromTemporal(id));
});

test('one that is decided leaves the list with its record entry, and whole ones are read where they are true', async () => {
  const { turn, card } = await ask();
  expect(await listed(card.approvalId)).not.toBeNull();
  const { approvals } = await list('?expand=arguments&limit=20');
  expect(approvals.find(({ approvalId }) => approvalId === card.approvalId)).toEqual(
    await gate.client.getApproval(gate.tenant, card.approvalId),
  );
  await card.approve({ as: 'grace' });
  await turn.reply();
  expect(await listed(card.approvalId)).toBeNull();
});

test('the nearest deadline comes first, and more says that the limit left some out', async () => {
  await ask();
  policy = requireApproval({ within: '5m', onRunDeadline: 'deny' });
  const { card } = await ask();
  const { approvals, more } = await list('?tool=refund&limit=1');
  expect([approvals.map(({ approvalId }) => approvalId), more]).toEqual([[card.approvalId], true]);
  expect(await list('?tool=nothing')).toEqual({ approvals: [], more: false, next: null });
});

describe('a store that is down', () => {
  let server: PostgresServer;
  let without: Gate;
  beforeAll(async () => {
    server = await startPostgres();
    const { url } = await freshDatabase('postgres', server.url);
    without = await startGate({ ...payBack(refund), store: url, patience: '45s' });
  });
  afterAll(async () => {
    await without.close();
    await server.remove();
  });

  test('lists say 503 and when to come again, a card opens, and a decision counts', async () => {
    const fetch = (path: string, init?: RequestInit) => without.gateway.fetch(path, init);
    const turn = await without.say('pay back', { user: 'ada' });
    const { approvalId, approval } = await turn.asked();
    await server.stop();
    for (const query of ['', '?expand=arguments']) {
      const answer = await fetch(`/v1/approvals${query}`);
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
      expect(await answer.json()).toMatchObject({ type: 'urn:countersign:problem:store-unavailable' });
    }
    const inbox = await fetch('/inbox', { headers: { cookie: 'countersign_session=x' } });
    expect([inbox.status, inbox.headers.get('retry-after')]).toEqual([503, '5']);
    expect(await inbox.text()).toContain('What waits for a decision is kept elsewhere, and goes on waiting.');
    const path = `/v1/approvals/${approvalId}`;
    expect((await fetch(path)).status).toBe(200);
    const body = JSON.stringify({ decision: 'approve', argumentsDigest: approval.argumentsDigest });
    expect((await fetch(`${path}/decision`, { body })).status).toBe(200);
    await server.start();
    await turn.reply();
    expect(await (await fetch('/v1/approvals')).json()).toEqual({ approvals: [], more: false, next: null });
  });
});

test('a question that was asked while the store could not be used is listed as soon as it can', async () => {
  const { unlock } = locked();
  const { card } = await ask().finally(unlock);
  await until('it is listed', () => listed(card.approvalId));
});

test('a question of a turn that an operator terminated leaves the list when it is read', async () => {
  const { turn, card } = await ask();
  await gate.temporal.workflow.getHandle(turnWorkflowId(gate.tenant, turn.turnId)).terminate();
  expect(await listed(card.approvalId)).not.toBeNull();
  expect(await (await gate.gateway.fetch(`/v1/approvals/${card.approvalId}`)).json()).toMatchObject({
    status: 'cancelled',
  });
  await expect.poll(() => listed(card.approvalId)).toBeNull();
});

test('an index that was lost is written again from Temporal, without what an operator has terminated', async () => {
  policy = QUORUM;
  const { card } = await ask();
  await card.edit({ orderId: 'C-3' }, { as: 'grace' });
  const gone = await ask();
  await gate.temporal.workflow.getHandle(turnWorkflowId(gate.tenant, gone.turn.turnId)).terminate();
  const expected = await until('the edit is listed', async () => {
    const found = await fromTemporal(card.approvalId);
    return JSON.stringify(found).includes('C-3') ? found : null;
  });
  const other = await freshDatabase('sqlite');
  const store = await openStore({ url: other.url });
  try {
    const pending = await until('the rebuild has both', async () => {
      await rebuild(store, shownToKept(gate.client.eachApproval(gate.tenant)));
      const ended = await store.index.one(gate.tenant, gone.card.approvalId);
      return ended?.status === 'cancelled' ? store.index.one(gate.tenant, card.approvalId) : null;
    });
    const { beginning: _beginning, shown: _shown, ...listedCard } = pending.card;
    expect(listedCard).toEqual(expected);
  } finally {
    await store.close();
    await other.remove();
  }
});
