import { describe, expect, test } from 'vitest';

import { makePlan, RUN_TO, type PlanOptions } from '../../fault/plan.ts';
import { factsOf, POINT_NAMES, POINTS, VICTIMS } from '../../fault/points.ts';
import { createRandom } from '../../fault/random.ts';
import { gatedToolsOf, messageOf, ROUNDS, SCENARIO, type Shape } from '../../fault/shapes.ts';
import { createSimulator } from '@countersign/openai-simulator';

const full: PlanOptions = {
  seed: 1,
  strikes: 'all',
  calmTurns: 30,
  randomKills: 8,
  disturbances: 40,
  spreadMs: 240_000,
  parkedTurns: 5,
};

describe('a plan', () => {
  test('follows from its seed alone', () => {
    expect(makePlan(full)).toEqual(makePlan(full));
    expect(makePlan(full)).not.toEqual(makePlan({ ...full, seed: 2 }));
  });

  test('has every point with every victim once, each in a turn of its own that comes by', () => {
    const { turns } = makePlan(full);
    const strikes = turns.flatMap(({ shape, strike }) => (strike ? [{ shape, ...strike }] : []));
    const pairs = new Set(strikes.map(({ point, victim }) => `${point} ${victim}`));
    expect(pairs.size).toBe(POINT_NAMES.length * VICTIMS.length);
    expect(strikes).toHaveLength(pairs.size);
    for (const { point, shape } of strikes) expect(factsOf(point).shapes).toContain(shape);
  });

  test('has every point once when it is as long as their list', () => {
    const { turns } = makePlan({ ...full, strikes: POINT_NAMES.length });
    const points = turns.flatMap(({ strike }) => (strike ? [strike.point] : []));
    expect(points.toSorted()).toEqual(POINT_NAMES.toSorted());
  });

  test('has enough points, and for ten seeds enough turns and kills', () => {
    const { turns } = makePlan(full);
    expect(POINT_NAMES.length).toBeGreaterThanOrEqual(16);
    expect(10 * turns.length).toBeGreaterThanOrEqual(1_000);
    expect(10 * turns.filter(({ strike }) => strike).length).toBeGreaterThanOrEqual(480);
  });

  test('names every conversation and order once, and gates every turn', () => {
    const { turns } = makePlan(full);
    expect(new Set(turns.map(({ conversationId }) => conversationId)).size).toBe(turns.length);
    expect(new Set(turns.map(({ orderId }) => orderId)).size).toBe(turns.length);
    for (const { shape } of turns) expect(gatedToolsOf(shape)).not.toHaveLength(0);
  });

  test('lets the tool run in every turn that is struck at its tool', () => {
    for (const { strike, decisions } of makePlan(full).turns) {
      if (!strike || !RUN_TO.test(strike.point)) continue;
      for (const { rivals } of Object.values(decisions)) {
        expect(rivals.map(({ kind }) => kind).every((kind) => kind === 'approve' || kind === 'edit')).toBe(
          true,
        );
      }
    }
  });
});

test('a loss that comes before a strike is one of the points', () => {
  for (const point of POINT_NAMES) {
    const { afterLoss } = factsOf(point);
    if (afterLoss !== undefined) expect(POINTS).toHaveProperty([afterLoss]);
  }
});

test('chance stays within its bounds and can be repeated', () => {
  const random = createRandom(7);
  const drawn = Array.from({ length: 1_000 }, () => random.whole(3, 9));
  expect(Math.min(...drawn)).toBe(3);
  expect(Math.max(...drawn)).toBe(9);
  expect(random.shuffled([1, 2, 3, 4]).toSorted()).toEqual([1, 2, 3, 4]);
  const again = createRandom(7);
  expect(Array.from({ length: 1_000 }, () => again.whole(3, 9))).toEqual(drawn);
});

test.each(Object.keys(ROUNDS) as Shape[])('the simulator can play the shape "%s"', async (shape) => {
  const simulator = createSimulator({ scenario: SCENARIO, latency: { startMs: 0, thinkMs: 0 } });
  const ask = async (path: string, body?: unknown): Promise<Run> => {
    const headers = {
      authorization: 'Bearer key',
      'openai-beta': 'assistants=v2',
      'content-type': 'application/json',
    };
    const sent = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
    return (await simulator.request(`/v1/${path}`, { headers, ...sent })).json() as Promise<Run>;
  };
  const assistant = await ask('assistants', { model: 'gpt-test' });
  const content = messageOf({ shape, orderId: 'A-1-2', amountCents: 300 });
  const thread = await ask('threads', { messages: [{ role: 'user', content }] });
  const { id } = await ask(`threads/${thread.id}/runs`, { assistant_id: assistant.id });
  const seen: string[][] = [];
  for (;;) {
    const run = await ask(`threads/${thread.id}/runs/${id}`);
    const calls = run.required_action?.submit_tool_outputs.tool_calls;
    if (calls === undefined) break;
    seen.push(calls.map(({ function: called }) => called.name));
    expect(JSON.parse(calls[0]!.function.arguments)).toEqual({ orderId: 'A-1-2', amountCents: 300 });
    const tool_outputs = calls.map((call) => ({ tool_call_id: call.id, output: 'done' }));
    await ask(`threads/${thread.id}/runs/${id}/submit_tool_outputs`, { tool_outputs });
  }
  expect(seen).toEqual(ROUNDS[shape]);
});

interface Run {
  id: string;
  required_action?: {
    submit_tool_outputs: { tool_calls: { id: string; function: { name: string; arguments: string } }[] };
  } | null;
}
