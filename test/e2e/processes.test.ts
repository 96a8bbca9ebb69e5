import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { Approval } from '../../src/contracts/approval/approval.ts';
import { FINAL_TURN_STATUSES, type TurnView } from '../../src/contracts/turn.ts';
import { signWebhook } from '../support/sign-webhook.ts';
import { startTestStack, type TestStack } from '../support/test-stack.ts';
import { until } from '../../src/testing/wait.ts';

let running: TestStack;

beforeAll(async () => {
  running = await startTestStack();
});
afterAll(() => running.stop());

const call: TestStack['call'] = (...request) => running.call(...request);

async function startTurn(conversationId: string): Promise<string> {
  const message = 'Please refund order A-1042, it arrived broken';
  const response = await call(`/v1/conversations/${conversationId}/turns`, {
    message,
    context: { user: 'ada' },
  });
  expect(response.status).toBe(202);
  return ((await response.json()) as TurnView).turnId;
}

async function pending(turnId: string): Promise<Approval> {
  return until('the approval', async () => {
    const turn = (await (await call(`/v1/turns/${turnId}?wait=5`)).json()) as TurnView;
    return turn.approvals.find(({ status }) => status === 'pending') ?? null;
  });
}

async function end(turnId: string): Promise<TurnView> {
  return until('the end of the turn', async () => {
    const response = await call(`/v1/turns/${turnId}?wait=5`).catch(() => null);
    const turn = response?.ok ? ((await response.json()) as TurnView) : null;
    return turn && FINAL_TURN_STATUSES.has(turn.status) ? turn : null;
  });
}

const approve = ({ approvalId, argumentsDigest }: Approval, headers?: Record<string, string>) =>
  call(`/v1/approvals/${approvalId}/decision`, { decision: 'approve', argumentsDigest }, headers);

/** Nobody comes in its place. */
async function killWorker(): Promise<void> {
  running.stack.kill('worker', 'SIGKILL', { restart: false });
  await until('the worker’s end', async () =>
    'worker' in (await running.stack.describe()).pids ? null : true,
  );
}

/** What the provider saw of a turn: the oracle nobody of ours can talk into anything. */
async function seenByProvider(turnId: string): Promise<{ creates: number; submits: number }> {
  const response = await fetch(new URL('/_simulator/requests', running.at.simulator!));
  const { requests } = (await response.json()) as {
    requests: { operation: string; path: string; body: unknown; status: unknown }[];
  };
  const creates = requests.filter(
    (seen) => seen.operation === 'runs.create' && JSON.stringify(seen.body).includes(turnId),
  );
  const thread = creates[0]?.path.split('/')[3] ?? '-';
  const submits = requests.filter(
    (seen) => seen.operation === 'runs.submit' && seen.path.includes(thread) && seen.status === 200,
  );
  return { creates: creates.length, submits: submits.length };
}

describe('over HTTP, with everything in its own process', () => {
  test('a service starts a turn, a person approves, the refund happens', async () => {
    const turnId = await startTurn('plain');
    const approval = await pending(turnId);
    const response = await approve(approval);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ outcome: 'applied', status: 'approved' });
    const turn = await end(turnId);
    expect(turn).toMatchObject({
      status: 'completed',
      reply: expect.stringContaining('Refunded 42.00 EUR') as string,
    });
    expect(await seenByProvider(turnId)).toEqual({ creates: 1, submits: 1 });
  });

  test('a signed webhook decides; sent again it is a duplicate; forged it is refused', async () => {
    const turnId = await startTurn('webhook');
    const { approvalId } = await pending(turnId);
    const body = { approvalId, approver: { id: 'grace' }, decision: 'deny', note: 'Too late.' };
    const send = async (secret: string): Promise<Response> => {
      const signed = signWebhook({ secret, id: 'msg_1', body: JSON.stringify(body) });
      return fetch(`${running.at.gateway}/v1/webhooks/dev`, {
        method: 'POST',
        headers: signed.headers,
        body: signed.body,
      });
    };
    const other = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
    expect((await send(other)).status).toBe(401);
    expect(await (await send(running.at.webhookSecret)).json()).toMatchObject({
      outcome: 'applied',
      status: 'denied',
    });
    expect(await (await send(running.at.webhookSecret)).json()).toMatchObject({ outcome: 'duplicate' });
    const turn = await end(turnId);
    expect(turn.approvals[0]?.decision).toMatchObject({ approver: { id: 'grace' }, source: 'webhook:dev' });
  });

  test('the same Idempotency-Key is the same turn and the same decision', async () => {
    const start = async (): Promise<string> => {
      const response = await call(
        '/v1/conversations/keyed/turns',
        { message: 'Please refund order A-1042' },
        { 'idempotency-key': 'order-7' },
      );
      return ((await response.json()) as TurnView).turnId;
    };
    const turnId = await start();
    expect(await start()).toBe(turnId);
    const approval = await pending(turnId);
    const key = { 'idempotency-key': 'decision-7' };
    expect(await (await approve(approval, key)).json()).toMatchObject({ outcome: 'applied' });
    expect(await (await approve(approval, key)).json()).toMatchObject({ outcome: 'duplicate' });
    expect((await approve(approval)).status).toBe(409);
    await end(turnId);
    expect(await seenByProvider(turnId)).toEqual({ creates: 1, submits: 1 });
  });
});

describe('a process that is killed with SIGKILL loses nothing and does nothing twice', () => {
  test('the worker, while an approval is pending; the decision comes while no worker is up', async () => {
    const turnId = await startTurn('worker-killed');
    const approval = await pending(turnId);
    await killWorker();
    expect((await approve(approval)).status).toBe(202);
    // Reads need no worker.
    expect(await (await call(`/v1/approvals/${approval.approvalId}`)).json()).toMatchObject({
      status: 'pending',
    });
    await running.stack.restart('worker');
    const turn = await end(turnId);
    expect(turn).toMatchObject({ status: 'completed' });
    expect(turn.approvals).toMatchObject([{ status: 'approved', outcome: 'executed' }]);
    expect(await seenByProvider(turnId)).toEqual({ creates: 1, submits: 1 });
  });

  test('a turn asked for while no worker is up is queued, and runs once one is back', async () => {
    await killWorker();
    const turnId = await startTurn('nobody-there');
    expect(await (await call(`/v1/turns/${turnId}`)).json()).toMatchObject({ status: 'queued' });
    await running.stack.restart('worker');
    await approve(await pending(turnId));
    await end(turnId);
    expect(await seenByProvider(turnId)).toEqual({ creates: 1, submits: 1 });
  });

  test('the gateway, right after it answered a decision', async () => {
    const turnId = await startTurn('gateway-killed');
    const approval = await pending(turnId);
    expect((await approve(approval, { 'idempotency-key': 'once' })).status).toBe(200);
    running.stack.kill('gateway', 'SIGKILL');
    const turn = await end(turnId);
    expect(turn).toMatchObject({ status: 'completed' });
    expect(await (await approve(approval, { 'idempotency-key': 'once' })).json()).toMatchObject({
      outcome: 'duplicate',
    });
    expect(await seenByProvider(turnId)).toEqual({ creates: 1, submits: 1 });
  });
});
