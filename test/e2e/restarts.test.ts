import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { DevFile } from '../../src/cli/dev-file.ts';
import { startStack, type Stack } from '../../src/cli/stack.ts';
import { FINAL_TURN_STATUSES, type TurnView } from '../../src/contracts/turn.ts';
import { until } from '../support/until.ts';

/** Everything in processes of its own, with its state on disk. A run lives 25 s: people have 5 s before it is parked. */
let folder: string;
let stack: Stack;
let at: DevFile;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-test-'));
  stack = await startStack({
    folder,
    keepsState: true,
    freePorts: true,
    applicationFile: fileURLToPath(new URL('./parking.config.ts', import.meta.url)),
    runTtlSeconds: 25,
    onProgress: ignore,
    onEvent: ignore,
    onOutput: ignore,
  });
  at = await stack.describe();
});
afterAll(async () => {
  await stack.stop();
  await rm(folder, { recursive: true });
});

function ignore(): void {
  // What the processes say is of interest only when a test fails.
}

/** Asks the gateway, again and again while it or what is behind it is being started. */
async function ask<T>(path: string, body?: unknown): Promise<T> {
  return until(`an answer of ${path}`, async () => {
    const response = await fetch(`${at.gateway}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        authorization: `Bearer ${at.apiKey}`,
        'content-type': 'application/json',
        'idempotency-key': path,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).catch(() => null);
    return response?.ok ? ((await response.json()) as T) : null;
  });
}

async function control(path: string, body?: unknown): Promise<unknown> {
  const response = await fetch(new URL(`/_simulator/${path}`, at.simulator!), {
    method: body === undefined ? 'GET' : 'POST',
    headers: { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return response.json();
}

interface SeenRun {
  status: string;
  metadata: Record<string, string>;
}

async function runsOf(turnId: string): Promise<SeenRun[]> {
  const { runs } = (await control('state')) as { runs: SeenRun[] };
  return runs.filter(({ metadata }) => metadata.countersign_turn === turnId);
}

async function say(conversationId: string): Promise<string> {
  const message = 'Please refund order A-1042, it arrived broken';
  const { turnId } = await ask<TurnView>(`/v1/conversations/${conversationId}/turns`, { message });
  return turnId;
}

const turnWhen = (turnId: string, is: (turn: TurnView) => boolean): Promise<TurnView> =>
  until(`turn ${turnId}`, async () => {
    const turn = await ask<TurnView>(`/v1/turns/${turnId}`);
    return is(turn) ? turn : null;
  });

const isOver = ({ status }: TurnView): boolean => FINAL_TURN_STATUSES.has(status);

async function killAndWait(...names: string[]): Promise<void> {
  const before = (await stack.describe()).pids;
  for (const name of names) stack.kill(name, 'SIGKILL');
  await until(`others in place of ${names.join(', ')}`, async () => {
    const { pids } = await stack.describe();
    return names.every((name) => pids[name] !== undefined && pids[name] !== before[name]) ? true : null;
  });
}

test('a parked approval survives the death of worker, gateway, simulator and Temporal itself', async () => {
  const turnId = await say('parked');
  const { approvals } = await turnWhen(turnId, ({ status }) => status === 'parked');
  await killAndWait('worker', 'gateway', 'simulator', 'temporal');
  const [approval] = approvals;
  const receipt = await ask<{ status: string }>(`/v1/approvals/${approval!.approvalId}/decision`, {
    decision: 'approve',
  });
  expect(['approved', undefined]).toContain(receipt.status); // undefined: kept by signal, no worker was up yet
  const turn = await turnWhen(turnId, isOver);
  expect(turn).toMatchObject({
    status: 'completed',
    approvals: [{ status: 'approved', outcome: 'executed' }],
  });
  const told = await turnWhen(turn.continuations![0]!, isOver);
  expect(told.reply).toContain('Refunded order A-1042.');
  expect(await runsOf(turnId)).toHaveLength(1);
});

describe('a worker killed between an effect and its completion', () => {
  /** The effect happens, its answer is held back: in this moment the worker is killed. */
  async function killDuring(operation: string, act: () => Promise<unknown>): Promise<void> {
    await control('faults', { match: { operation }, fault: { type: 'delay', ms: 5_000, when: 'after' } });
    await act();
    await until(`a ${operation} under way`, async () => {
      const { requests } = (await control('requests')) as {
        requests: { operation: string; status: unknown }[];
      };
      return requests.some((seen) => seen.operation === operation && seen.status === null) ? true : null;
    });
    await killAndWait('worker');
  }

  test('of runs.create: the run is adopted', async () => {
    let turnId = '';
    await killDuring('runs.create', async () => {
      turnId = await say('killed-in-create');
    });
    const { approvals } = await turnWhen(turnId, (turn) => turn.approvals.length > 0);
    await ask(`/v1/approvals/${approvals[0]!.approvalId}/decision`, { decision: 'deny' });
    await turnWhen(turnId, isOver);
    expect(await runsOf(turnId)).toHaveLength(1);
  });

  test('of runs.submit: the outputs are not sent again', async () => {
    const turnId = await say('killed-in-submit');
    const { approvals } = await turnWhen(turnId, (turn) => turn.approvals.length > 0);
    await killDuring('runs.submit', () =>
      ask(`/v1/approvals/${approvals[0]!.approvalId}/decision`, { decision: 'approve' }),
    );
    expect(await turnWhen(turnId, isOver)).toMatchObject({ status: 'completed' });
    expect((await runsOf(turnId)).map(({ status }) => status)).toEqual(['completed']);
  });
});
