import { startSimulator, type RunningSimulator } from '@countersign/openai-simulator';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { createDesk } from '../support/desk.ts';
import { repeatCalls } from '../support/repeat-calls.ts';
import { startSameIds } from '../support/same-ids.ts';
import { SCENARIO } from '../support/scenario.ts';
import { startWorld, type World } from '../support/world.ts';

/** A server that calls every call `call_0`: within a round, and again in the next one. */

const call = (tool: string, orderId: string) => ({ tool, arguments: { orderId } });
const scenario = {
  ...SCENARIO,
  rules: [
    { when: ['doubled'], rounds: [{ calls: [call('wipe', 'A-1'), call('wipe', 'A-1')] }], reply: 'Once.' },
    {
      when: ['different'],
      rounds: [{ calls: [call('rushed', 'A-1'), call('rushed', 'A-2')] }],
      reply: { perOutput: [{ say: '{{output}}' }] },
    },
    {
      when: ['repeated'],
      rounds: [{ calls: [call('rushed', 'A-1')] }, { calls: [call('rushed', 'A-1')] }],
      reply: { perOutput: [{ say: '{{output}}' }] },
    },
    ...SCENARIO.rules,
  ],
};
const desk = createDesk();
let simulator: RunningSimulator;
let names: Awaited<ReturnType<typeof startSameIds>>;
let world: World;

beforeAll(async () => {
  simulator = await startSimulator({ scenario });
  names = await startSameIds(simulator.url);
  world = await startWorld({ app: desk.app, name: 'call ids', baseURL: names.url });
});
afterAll(async () => {
  await world.stop();
  await names.close();
  await simulator.close();
});
beforeEach(() => {
  desk.effects.length = 0;
});

test('the same call twice in a round is asked about and carried out once', async () => {
  const turnId = await world.say('doubled');
  const [approval] = await world.pending(turnId, 1);
  await world.decide(approval!, {});
  expect(await world.end(turnId)).toMatchObject({
    status: 'completed',
    approvals: [{ outcome: 'executed' }],
  });
  expect(desk.effects).toHaveLength(1);
});

test('different calls of one id in a round are not carried out, and the model is told why', async () => {
  const turn = await world.end(await world.say('different'));
  expect(turn.status).toBe('completed');
  expect(turn.reply).toContain('Not executed: 2 different calls bear the same id');
  expect(desk.effects).toEqual([]);
});

test('another call of the same id in the next round has an approval and a key of its own', async () => {
  const turnId = await world.say('rounds');
  for (const amountCents of [100, 200]) {
    const [approval] = await world.pending(turnId);
    expect(approval!.arguments).toMatchObject({ amountCents });
    await world.decide(approval!, {});
  }
  const turn = await world.end(turnId);
  expect(turn).toMatchObject({ status: 'completed' });
  expect(new Set(turn.approvals.map(({ approvalId }) => approvalId)).size).toBe(2);
  expect(new Set(desk.effects.map(({ key }) => key)).size).toBe(3);
});

test('the same call of the same id in the next round is answered again and not carried out again', async () => {
  const turn = await world.end(await world.say('repeated'));
  expect(turn.status).toBe('completed');
  expect(turn.reply).toContain('rushed is done.');
  expect(desk.effects).toHaveLength(1);
});

describe('past the edge that keeps ids apart, the gate starts no call twice in a round', () => {
  let doubled: World;
  beforeAll(async () => {
    doubled = await startWorld({ app: desk.app, name: 'doubled calls', through: repeatCalls });
  });
  afterAll(() => doubled.stop());

  test.each([
    ['ungated, idempotent', 'ungated', 'lookup'],
    ['ungated, at-most-once', 'rushed', 'rushed'],
  ])('%s', async (_kind, message, tool) => {
    const turn = await doubled.end(await doubled.say(message));
    expect(turn).toMatchObject({ status: 'completed', reply: `${tool}: ${tool} is done.` });
    expect(desk.effects).toHaveLength(1);
  });

  test.each([
    ['gated, idempotent', 'single', 'refund'],
    ['gated, at-most-once', 'wiping', 'wipe'],
  ])('%s: one question, one decision, one effect', async (_kind, message, tool) => {
    const turnId = await doubled.say(message);
    const [approval] = await doubled.pending(turnId, 1);
    await doubled.decide(approval!, {});
    const turn = await doubled.end(turnId);
    expect(turn).toMatchObject({ status: 'completed', reply: `${tool}: ${tool} is done.` });
    expect(turn.approvals).toMatchObject([{ approvalId: approval!.approvalId, outcome: 'executed' }]);
    expect(desk.effects).toHaveLength(1);
  });

  test('several at once: each is asked about once', async () => {
    const turnId = await doubled.say('parallel');
    const [first, second] = await doubled.pending(turnId, 2);
    await doubled.decide(first!, {});
    await doubled.decide(second!, { decision: 'deny' });
    const turn = await doubled.end(turnId);
    expect(turn.approvals.map(({ status }) => status)).toEqual(['approved', 'denied']);
    expect(desk.effects.map(({ tool }) => tool).sort()).toEqual(['lookup', 'refund']);
  });
});
