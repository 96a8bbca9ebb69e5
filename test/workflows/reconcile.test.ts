import { describe, expect, test } from 'vitest';

import { deskFor, TENANT, worldFor } from '../support/world.ts';

/** Shorter than the delays below, so that an answer can come too late. */
const REQUEST_LIMIT_MS = 1_500;

const desk = deskFor();
const world = worldFor({ app: desk.app, name: 'reconcile', requestLimitMs: REQUEST_LIMIT_MS });

const PAGE = `<html>${'x'.repeat(600_000)}</html>`;

const FAULTS = {
  'the connection drops before the effect': { type: 'drop_before' },
  'the connection drops after the effect': { type: 'drop_after' },
  'the answer comes too late': { type: 'delay', ms: 2_500, when: 'after' },
  'the answer is 409': { type: 'status', status: 409 },
  'the answer is 429 with Retry-After': { type: 'status', status: 429, headers: { 'retry-after': '1' } },
  'the answer is 429 with Retry-After: 0': { type: 'status', status: 429, headers: { 'retry-after': '0' } },
  'the answer is 502 with a page of 600 kB': {
    ...{ type: 'malformed', status: 502, text: PAGE, contentType: 'text/html', when: 'after' },
  },
  'the answer is 500 before the effect': { type: 'status', status: 500, when: 'before' },
  'the answer is 500 after the effect': { type: 'status', status: 500, when: 'after' },
} as const;

/** Cancels a turn that waits for a person. */
async function cancelled(fault: object): Promise<string> {
  const { turnId } = await world.asked('single');
  await world.fault('runs.cancel', fault);
  await world.client.cancelTurn(TENANT, turnId);
  expect(await world.end(turnId)).toMatchObject({ status: 'cancelled' });
  return turnId;
}

/** What contract.test.ts does not say of every protocol. */
const OF_THIS_ONE = Object.entries(FAULTS).filter(([name]) => /409|Retry-After: 0|502/.test(name));

describe.each(['runs.create', 'runs.submit'])('%s happens once', (operation) => {
  test.each(OF_THIS_ONE)('though %s', async (_, fault) => {
    await world.fault(operation, fault);
    const turn = await world.decided('single');
    expect(turn).toMatchObject({ status: 'completed', reply: 'refund: refund is done.' });
    expect(await world.seen(turn.turnId)).toEqual({ runs: 1, submits: 1, statuses: ['completed'] });
    expect(desk.effects).toHaveLength(1);
  });
});

describe.each(['threads.create', 'runs.retrieve', 'messages.list', 'assistants.list'])(
  '%s is tried again',
  (operation) => {
    test.each(['the connection drops after the effect', 'the answer is 500 before the effect'] as const)(
      'though %s',
      async (name) => {
        await world.fault(operation, FAULTS[name]);
        const turn = await world.decided('single');
        expect(turn.status).toBe('completed');
        expect(await world.seen(turn.turnId)).toEqual({ runs: 1, submits: 1, statuses: ['completed'] });
      },
    );
  },
);

describe('runs.cancel', () => {
  test.each(Object.entries(FAULTS))('leads to a cancelled run though %s', async (_, fault) => {
    expect((await world.seen(await cancelled(fault))).statuses).toEqual(['cancelled']);
  });

  test('takes the terminal status it finds, and a run that is gone for cancelled', async () => {
    for (const status of [400, 404]) await cancelled({ type: 'status', status, when: 'after' });
  });
});

test('a run that ends before it has its outputs is followed by one that carries what was decided and done', async () => {
  const approval = await world.asked('single');
  const { run } = (await world.read(approval.turnId))!;
  await world.control(`runs/${run!.runId}/expire`, {});
  await world.decide(approval, { note: 'still right' });
  const turn = await world.end(approval.turnId);
  expect(turn.status).toBe('completed');
  expect(turn.run?.runId).not.toBe(run!.runId);
  expect(turn.approvals).toMatchObject([{ status: 'approved', outcome: 'executed' }]);
  expect(desk.effects).toHaveLength(1);
  const carried = (await world.requests('runs.create')).filter(({ path }) => path.includes(run!.threadId));
  expect(carried).toHaveLength(2);
  expect(JSON.stringify(carried[1]!.body)).toContain('refund: refund is done.');
});
