import { createHmac, randomUUID } from 'node:crypto';

import { describe, expect, test } from 'vitest';

import type { AskForDecision } from '../../src/client/requests.ts';
import type { Decision } from '../../src/contracts/approval/decision.ts';
import { argumentsDigest } from '../../src/contracts/digest.ts';
import { requestWorkflowId } from '../../src/contracts/ids.ts';
import type { RequestMemo } from '../../src/contracts/request.ts';
import { createWebhookSecret, verify } from '../../src/contracts/webhooks/signature.ts';
import { createDesk } from '../support/desk.ts';
import { startReceiver } from '../support/receiver.ts';
import { until } from '../../src/testing/wait.ts';
import { TENANT, worldFor } from '../support/world.ts';

const ACTION = 'Send the contract to Acme for $48,000 a year';
const MINUTE_MS = 60_000;
const secret = createWebhookSecret();
// Loopback by its address is named; every other host must lead to a public address.
const callbacks = { hosts: ['127.0.0.1', '*'], secret };
const world = worldFor({ app: createDesk().app, name: 'requests', callbacks });

function ask(more: Partial<AskForDecision> = {}) {
  return world.client.askForDecision({
    ...{
      tenant: TENANT,
      requestedBy: 'backoffice',
      action: ACTION,
      urgency: 'high',
      withinMs: 10 * MINUTE_MS,
    },
    ...more,
  });
}

function decide(id: string, decision: Partial<Decision>) {
  return world.client.decide(TENANT, {
    ...{ approvalId: id, decisionId: randomUUID(), decision: 'approve', approver: { id: 'ada' } },
    ...{ decidedAt: new Date().toISOString(), source: 'api' },
    ...decision,
  });
}

const read = (id: string) => world.client.getRequest(TENANT, id);
const handleOf = (id: string) => world.temporal.workflow.getHandle(requestWorkflowId(TENANT, id));

function settled(id: string) {
  return until('the answer', async () => {
    const view = await read(id);
    return view?.status === 'pending' ? null : view;
  });
}

describe('a request', () => {
  test('stands in the inbox, bound to the digest of what was asked, until it is approved', async () => {
    const context = { calls: 3 };
    const { id, expires_at, created_at } = await ask({ context, approver: 'sarah@company.com' });
    expect(Date.parse(expires_at) - Date.parse(created_at)).toBe(10 * MINUTE_MS);
    const card = await until('the card in the list', async () => {
      const { approvals } = await world.client.listPending(TENANT, 50, { tool: 'request' });
      return approvals.find(({ approvalId }) => approvalId === id) ?? null;
    });
    const shown = { action: ACTION, context };
    expect(card).toMatchObject({ arguments: shown, requestedBy: 'backoffice', deadline: expires_at });
    expect(card).toMatchObject({ reason: 'Urgency: high.', meantFor: 'sarah@company.com' });
    expect(card.argumentsDigest).toBe(argumentsDigest({ tool: 'request', arguments: shown, tenant: TENANT }));
    expect(await read(id)).toMatchObject({ status: 'pending', resolved_at: null, resolved_by: null });

    expect(await decide(id, { argumentsDigest: 'sha256:other' })).toMatchObject({
      outcome: 'refused',
      reason: 'digest_mismatch',
    });
    const { argumentsDigest: seen } = card;
    expect(await decide(id, { note: 'Go ahead.', argumentsDigest: seen })).toMatchObject({
      outcome: 'applied',
      status: 'approved',
    });
    expect(await settled(id)).toMatchObject({
      ...{ id, action: ACTION, context, urgency: 'high', approver: 'sarah@company.com' },
      ...{ status: 'approved', response_notes: 'Go ahead.', resolved_by: 'ada', expires_at, created_at },
      resolved_at: expect.any(String) as string,
    });
    expect(await world.client.getApproval(TENANT, id)).not.toHaveProperty('outcome');
    expect(await world.client.getApproval('globex', id)).toBeNull();
    expect(await world.client.getRequest('globex', id)).toBeNull();
  });

  test('its key’s rule holds: two people, none of them the key, and no answer by one alone', async () => {
    const rule = { quorum: { approve: 2, deny: 1 }, notRequester: true as const };
    const { id } = await ask({ approvers: ['release'], rule });
    const as = (who: string, more: Partial<Decision> = {}) =>
      decide(id, { approver: { id: who, groups: ['release'] }, ...more });
    expect(await as('backoffice')).toMatchObject({ outcome: 'refused', reason: 'requester' });
    expect(await decide(id, {})).toMatchObject({ outcome: 'refused', reason: 'not_an_approver' });
    expect(await as('ada', { decision: 'respond', response: 'Yes, do.' })).toMatchObject({
      ...{ outcome: 'refused', reason: 'not_possible' },
      problems: [{ field: 'decision', message: expect.stringContaining('quorum must approve') as string }],
    });
    const action = 'Send it for $40,000';
    expect(await as('ada', { decision: 'edit', arguments: { action } })).toMatchObject({
      ...{ outcome: 'voted', missing: { approvals: 1 } },
    });
    expect(await read(id)).toMatchObject({ status: 'pending', resolved_by: null });
    const seen = (await world.client.getApproval(TENANT, id))!.argumentsDigest;
    expect(await as('bob', { argumentsDigest: seen })).toMatchObject({ outcome: 'applied' });
    // Whoever asked must learn that it is not what they asked for, though the last one only approved.
    expect(await settled(id)).toMatchObject({
      ...{ status: 'modified', response_notes: `Changed action: ${action}`, resolved_by: 'bob' },
    });
  });

  test('a key with a laxer rule cannot ask ahead under an Idempotency-Key', async () => {
    const idempotencyKey = randomUUID();
    await ask({ idempotencyKey });
    const strict = { idempotencyKey, rule: { quorum: { approve: 2, deny: 1 } } };
    await expect(ask(strict)).rejects.toThrow(/used before with another body/);
  });

  test.each<[string, Partial<Decision>, object]>([
    ['denied', { decision: 'deny', note: 'Too dear.' }, { status: 'denied', response_notes: 'Too dear.' }],
    [
      'answered instead',
      { decision: 'respond', response: 'Ask for $40,000.' },
      { status: 'modified', response_notes: 'Ask for $40,000.' },
    ],
    [
      'approved with another action',
      { decision: 'edit', note: 'Cheaper.', arguments: { action: 'Send it for $40,000' } },
      { status: 'modified', response_notes: 'Cheaper.\nChanged action: Send it for $40,000', action: ACTION },
    ],
  ])('is %s', async (_how, decision, expected) => {
    const { id } = await ask();
    expect(await decide(id, decision)).toMatchObject({ outcome: 'applied' });
    expect(await settled(id)).toMatchObject(expected);
  });

  test('keeps what was asked beside what a person made of it', async () => {
    const { id, created_at: at } = await ask();
    await decide(id, { decision: 'edit', arguments: { action: 'Send it for $40,000' } });
    const { resolved_at } = await settled(id);
    expect(await world.client.getApproval(TENANT, id)).toMatchObject({
      arguments: { action: 'Send it for $40,000' },
      proposals: [
        { by: { kind: 'requester', id: 'backoffice' }, at, arguments: { action: ACTION } },
        { by: { kind: 'person', id: 'ada' }, at: resolved_at, arguments: { action: 'Send it for $40,000' } },
      ],
    });
  });

  test('stays pending when an edit says nothing that could be done', async () => {
    const { id } = await ask();
    expect(await decide(id, { decision: 'edit', arguments: { context: 'only' } })).toMatchObject({
      outcome: 'refused',
      reason: 'invalid_arguments',
      problems: [{ field: 'action' }],
    });
    expect(await read(id)).toMatchObject({ status: 'pending' });
    await decide(id, { decision: 'deny' });
  });

  test('expires when nobody decides, and nobody can decide it afterwards', async () => {
    const { id, expires_at } = await ask({ withinMs: 1_500 });
    const view = await settled(id);
    expect(view).toMatchObject({ status: 'expired', response_notes: null, resolved_by: null });
    expect(Date.parse(view.resolved_at ?? '')).toBeGreaterThanOrEqual(Date.parse(expires_at));
    expect(await decide(id, {})).toMatchObject({ outcome: 'expired' });
  });

  test('the first decision wins: the same one is a duplicate, another one a conflict', async () => {
    const { id } = await ask();
    const decisions = ['one', 'two'].map((decisionId) => decide(id, { decisionId }));
    const outcomes = (await Promise.all(decisions)).map((receipt) => receipt?.outcome).sort();
    expect(outcomes).toEqual(['applied', 'conflict']);
    const winner = (await world.client.getApproval(TENANT, id))?.decision?.decisionId ?? '';
    expect(await decide(id, { decisionId: winner })).toMatchObject({ outcome: 'duplicate' });
    expect(await decide(id, { decision: 'deny' })).toMatchObject({
      outcome: 'conflict',
      winner: { decisionId: winner },
    });
  });

  test.each<[string, Partial<AskForDecision>]>([
    ['action', { action: 'Send it for $4,800 a year' }],
    ['context', { context: { calls: 4 } }],
    ['approver', { approver: 'sarah@company.com' }],
    ['time', { withinMs: 5 * MINUTE_MS }],
    ['callback', { callbackUrl: 'http://127.0.0.1:9/' }],
  ])('the same idempotency key with another %s is refused, and names the remedy', async (_what, other) => {
    const idempotencyKey = randomUUID();
    const context = { calls: 3, of: 'Acme' };
    const first = await ask({ idempotencyKey, context });
    await expect(ask({ idempotencyKey, context, ...other })).rejects.toThrow(
      /used before with another body.*use a new key/,
    );
    // The order of fields is no difference.
    expect(await ask({ idempotencyKey, context: { of: 'Acme', calls: 3 } })).toMatchObject({ id: first.id });
    await decide(first.id, { decision: 'edit', arguments: { action: 'Something else' } });
    await settled(first.id);
    expect(await ask({ idempotencyKey, context })).toMatchObject({ id: first.id, status: 'modified' });
  });

  test('is decided by a signal as a person types it', async () => {
    const { id } = await ask();
    await handleOf(id).signal('decide', { approvalId: id, decision: 'approve', approver: { id: 'op' } });
    expect(await settled(id)).toMatchObject({ status: 'approved', resolved_by: 'op' });
  });

  test('that is cancelled or terminated by an operator is expired', async () => {
    const [cancelled, terminated] = [await ask(), await ask()];
    await handleOf(cancelled.id).cancel();
    await handleOf(terminated.id).terminate();
    expect(await settled(cancelled.id)).toMatchObject({ status: 'expired' });
    expect(await settled(terminated.id)).toMatchObject({ status: 'expired' });
    expect(await decide(terminated.id, {})).toMatchObject({ outcome: 'cancelled' });
  });
});

describe('the answer is sent to the callback', () => {
  test('once, as it can be read, and signed', async () => {
    const receiver = await startReceiver();
    const { id } = await ask({ callbackUrl: receiver.url });
    await decide(id, { note: 'Go ahead.' });
    await handleOf(id).result();
    expect(receiver.received).toHaveLength(1);
    const [{ headers, body, path }] = receiver.received as [(typeof receiver.received)[0]];
    expect(path).toBe('/answers');
    expect(JSON.parse(body)).toEqual(await read(id));
    const given = new Headers(Object.entries(headers).map(([name, value]) => [name, String(value)]));
    const delivered = { headers: given, body: Buffer.from(body), secrets: [secret], nowMs: Date.now() };
    expect(verify(delivered)).toEqual({ ok: true, id });
    // Once more without our own code, as a receiver in another language would.
    const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
    const signed = `${id}.${String(headers['webhook-timestamp'])}.${body}`;
    const expected = createHmac('sha256', key).update(signed).digest('base64');
    expect(headers['webhook-signature']).toBe(`v1,${expected}`);
    await receiver.close();
  });

  test.each<[string, Partial<AskForDecision>]>([
    ['an operator cancels it', {}],
    ['nobody decides', { withinMs: 1_000 }],
  ])('also when %s: then it is expired', async (_, more) => {
    const receiver = await startReceiver();
    const { id } = await ask({ callbackUrl: receiver.url, ...more });
    const isCancelled = more.withinMs === undefined;
    if (isCancelled) await handleOf(id).cancel();
    const result = handleOf(id).result();
    await (isCancelled ? expect(result).rejects.toThrow() : result);
    const expired = { id, status: 'expired', resolved_by: null };
    expect(receiver.received.map(({ body }) => JSON.parse(body) as unknown)).toMatchObject([expired]);
    expect(await read(id)).toMatchObject({ status: 'expired' });
    await receiver.close();
  });

  test('to its end, though an operator cancels while it is being sent: it was settled before', async () => {
    const receiver = await startReceiver({ status: 503, headers: { 'retry-after': '3' } });
    const { id } = await ask({ callbackUrl: receiver.url });
    await decide(id, {});
    await until('the first attempt', () => receiver.received[0]);
    await handleOf(id).cancel();
    expect(await handleOf(id).result()).toMatchObject({ status: 'approved', callback: 'delivered' });
    expect(receiver.received).toHaveLength(2);
    expect(JSON.parse(receiver.received[1]!.body)).toMatchObject({ id, status: 'approved' });
    expect(await read(id)).toMatchObject({ status: 'approved', resolved_by: 'ada' });
    await receiver.close();
  });

  test('again after an error, not before Retry-After, under the same id; late decisions are told so meanwhile', async () => {
    const receiver = await startReceiver({ status: 500 }, { status: 503, headers: { 'retry-after': '4' } });
    const { id } = await ask({ callbackUrl: receiver.url });
    await decide(id, {});
    await until('the second attempt', () => receiver.received[1]);
    expect(await decide(id, { decision: 'deny' })).toMatchObject({ outcome: 'conflict' });
    await handleOf(id).result();
    const [first, second, third, ...others] = receiver.received;
    expect(others).toEqual([]);
    const ids = receiver.received.map(({ headers }) => headers['webhook-id']);
    expect(new Set(ids)).toEqual(new Set([id]));
    expect(second!.atMs - first!.atMs).toBeLessThan(4_000);
    expect(third!.atMs - second!.atMs).toBeGreaterThanOrEqual(4_000);
    await receiver.close();
  });

  test('no more after 410', async () => {
    const receiver = await startReceiver({ status: 410 });
    const { id } = await ask({ callbackUrl: receiver.url });
    await decide(id, {});
    expect(await handleOf(id).result()).toMatchObject({ status: 'approved', callback: 'undelivered' });
    expect(receiver.received).toHaveLength(1);
    await receiver.close();
  });

  test('not to where a redirect leads', async () => {
    const elsewhere = await startReceiver();
    const receiver = await startReceiver({ status: 307, headers: { location: elsewhere.url } });
    const { id } = await ask({ callbackUrl: receiver.url });
    await decide(id, {});
    expect(await handleOf(id).result()).toMatchObject({ callback: 'delivered' });
    expect(receiver.received).toHaveLength(2);
    expect(elsewhere.received).toEqual([]);
    await Promise.all([receiver.close(), elsewhere.close()]);
  });

  test.each(['http://localhost:PORT/', 'http://[::1]:PORT/'])(
    'not to %s, which only a pattern lists',
    async (url) => {
      const receiver = await startReceiver();
      const { id } = await ask({ callbackUrl: url.replace('PORT', String(receiver.port)) });
      await decide(id, {});
      const message = await until('the refusal', async () => {
        const { raw } = await handleOf(id).describe();
        return raw.pendingActivities?.[0]?.lastFailure?.message ?? null;
      });
      expect(message).toContain('not public');
      expect(receiver.received).toEqual([]);
      const memo = (await handleOf(id).describe()).memo as { countersign: RequestMemo };
      expect(memo.countersign).toMatchObject({ status: 'approved', callback: 'delivering' });
      await handleOf(id).terminate();
      expect(await read(id)).toMatchObject({ status: 'approved' });
      await receiver.close();
    },
  );
});

test('with no worker up a request is asked, listed and decided; the decision counts when one is back', async () => {
  await world.stopWorker();
  const { id } = await ask();
  expect(await read(id)).toMatchObject({ status: 'pending' });
  await until('the card in the list', async () => {
    const { approvals } = await world.client.listPending(TENANT, 200);
    return approvals.find(({ approvalId }) => approvalId === id) ?? null;
  });
  expect(await decide(id, { decision: 'deny', note: 'No.' })).toMatchObject({ outcome: 'accepted' });
  expect(await read(id)).toMatchObject({ status: 'pending' });
  await world.startWorker();
  expect(await settled(id)).toMatchObject({ status: 'denied', response_notes: 'No.' });
});
