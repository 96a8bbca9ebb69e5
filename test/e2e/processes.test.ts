import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { RETRIES } from '../../src/client/retries.ts';
import { demoApplicationFile } from '../../src/cli/demo/app.ts';
import type { DevFile } from '../../src/cli/files/dev-file.ts';
import { startStack, type Stack } from '../../src/cli/stack.ts';
import type { Approval } from '../../src/contracts/approval/approval.ts';
import { turnWorkflowId } from '../../src/contracts/ids.ts';
import { FINAL_TURN_STATUSES, type TurnView } from '../../src/contracts/turn.ts';
import { until } from '../../src/testing/wait.ts';
import { park } from '../../src/workflows/messages.ts';
import { testFolder } from '../support/folder.ts';

/** Everything as it runs for real, each a process of its own, with its state on disk. */
let stack: Stack;
let at: DevFile;

beforeAll(async () => {
  const ignore = () => undefined;
  stack = await startStack({
    ...{ folder: testFolder(), keepsState: true, applicationFile: demoApplicationFile, runTtlSeconds: 600 },
    ...{ onProgress: ignore, onEvent: ignore, onOutput: ignore },
  });
  at = await stack.describe();
});
afterAll(() => stack.stop());

/** One request to the gateway; GET, or POST when there is a body. */
function call(path: string, body?: unknown, key: string = path): Promise<Response> {
  const headers = {
    ...{ authorization: `Bearer ${at.apiKey}`, 'content-type': 'application/json' },
    ...(body !== undefined && { 'idempotency-key': key }),
  };
  const post = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
  return fetch(`${at.gateway}${path}`, { headers, ...post });
}

/** Asks again and again while the gateway, or what is behind it, is being started. */
const ask = <T>(path: string, body?: unknown): Promise<T> =>
  until(`an answer of ${path}`, async () => {
    const response = await call(path, body).catch(() => null);
    return response?.ok ? ((await response.json()) as T) : null;
  });

async function say(conversationId: string): Promise<string> {
  const message = 'Please refund order A-1042, it arrived broken';
  return (await ask<TurnView>(`/v1/conversations/${conversationId}/turns`, { message })).turnId;
}

const turnWhen = (turnId: string, is: (turn: TurnView) => boolean): Promise<TurnView> =>
  until(`turn ${turnId}`, async () => {
    const turn = await ask<TurnView>(`/v1/turns/${turnId}?wait=5`);
    return is(turn) ? turn : null;
  });
const ended = (turnId: string) => turnWhen(turnId, ({ status }) => FINAL_TURN_STATUSES.has(status));

async function pending(turnId: string): Promise<Approval> {
  const { approvals } = await turnWhen(turnId, (turn) => turn.approvals[0]?.status === 'pending');
  return approvals[0]!;
}

const approve = ({ approvalId, argumentsDigest }: Approval) =>
  call(`/v1/approvals/${approvalId}/decision`, { decision: 'approve', argumentsDigest });

interface Created {
  metadata?: Record<string, string>;
}

/** What the provider saw of a turn: the oracle nobody of ours can talk into anything. */
async function seenByProvider(turnId: string): Promise<{ creates: number; submits: number }> {
  const response = await fetch(new URL('/_simulator/requests', at.simulator!));
  const { requests } = (await response.json()) as {
    requests: { operation: string; path: string; body: Created | null; status: unknown }[];
  };
  const creates = requests.filter(
    ({ operation, body }) => operation === 'runs.create' && body?.metadata?.countersign_turn === turnId,
  );
  const thread = creates[0]?.path.split('/')[3] ?? '-';
  const submits = requests.filter(
    (seen) => seen.operation === 'runs.submit' && seen.path.includes(thread) && seen.status === 200,
  );
  return { creates: creates.length, submits: submits.length };
}

describe('a process that is killed with SIGKILL loses nothing and does nothing twice', () => {
  test('the worker, while an approval is pending; the decision comes while no worker is up', async () => {
    const turnId = await say('worker-killed');
    const approval = await pending(turnId);
    stack.kill('worker', 'SIGKILL', { restart: false });
    await until('the worker’s end', async () => ('worker' in (await stack.describe()).pids ? null : true));
    expect((await approve(approval)).status).toBe(202);
    // Reads need no worker, and a turn that is asked for now waits for one.
    const read = await ask<Approval>(`/v1/approvals/${approval.approvalId}`);
    expect(read).toMatchObject({ status: 'pending' });
    const next = await say('nobody-there');
    expect(await ask<TurnView>(`/v1/turns/${next}`)).toMatchObject({ status: 'queued' });
    await stack.restart('worker');
    expect(await ended(turnId)).toMatchObject({
      status: 'completed',
      approvals: [{ status: 'approved', outcome: 'executed' }],
    });
    await approve(await pending(next));
    await ended(next);
    for (const each of [turnId, next]) expect(await seenByProvider(each)).toEqual({ creates: 1, submits: 1 });
  });

  test('the gateway, right after it answered a decision', async () => {
    const turnId = await say('gateway-killed');
    const approval = await pending(turnId);
    expect(await (await approve(approval)).json()).toMatchObject({ outcome: 'applied' });
    stack.kill('gateway', 'SIGKILL');
    expect(await ended(turnId)).toMatchObject({ status: 'completed' });
    expect(await (await approve(approval)).json()).toMatchObject({ outcome: 'duplicate' });
    expect(await seenByProvider(turnId)).toEqual({ creates: 1, submits: 1 });
  });
});

test('a parked approval survives the death of worker, gateway, simulator and Temporal itself', async () => {
  const turnId = await say('parked');
  const { approvalId } = await pending(turnId);
  const connection = await Connection.connect({ address: at.temporal, interceptors: RETRIES });
  await new Client({ connection }).workflow.getHandle(turnWorkflowId('dev', turnId)).signal(park);
  await connection.close();
  await turnWhen(turnId, ({ status }) => status === 'parked');
  const before = (await stack.describe()).pids;
  const killed = Object.keys(before).filter((name) => name !== 'main');
  expect(killed.sort()).toEqual(['gateway', 'simulator', 'temporal', 'worker']);
  for (const name of killed) stack.kill(name, 'SIGKILL');
  await until('others in their place', async () => {
    const { pids } = await stack.describe();
    return killed.every((name) => pids[name] !== undefined && pids[name] !== before[name]);
  });
  const decision = { decision: 'approve' };
  const receipt = await ask<{ status: string }>(`/v1/approvals/${approvalId}/decision`, decision);
  expect(['approved', undefined]).toContain(receipt.status); // undefined: kept by signal, no worker was up yet
  const turn = await ended(turnId);
  expect(turn).toMatchObject({
    status: 'completed',
    approvals: [{ status: 'approved', outcome: 'executed' }],
  });
  const told = await ended(turn.continuations![0]!);
  expect(told.reply).toContain('Refunded 42.00 EUR for order A-1042.');
  expect(await seenByProvider(turnId)).toMatchObject({ creates: 1 });
});
