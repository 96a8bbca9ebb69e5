import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { FINAL_TURN_STATUSES, type TurnView } from '../../src/contracts/turn.ts';
import { startTestStack, type TestStack } from '../support/test-stack.ts';
import { until } from '../../src/testing/wait.ts';

/** With the state on disk. A run lives 25 s: people have 5 s before it is parked. */
let running: TestStack;

beforeAll(async () => {
  running = await startTestStack({
    keepsState: true,
    applicationFile: fileURLToPath(new URL('./parking.config.ts', import.meta.url)),
    runTtlSeconds: 25,
  });
});
afterAll(() => running.stop());

const ask = <T>(path: string, body?: unknown): Promise<T> => running.ask<T>(path, body);
const control: TestStack['control'] = (...request) => running.control(...request);
const killAndWait: TestStack['killAndWait'] = (...names) => running.killAndWait(...names);

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
