import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { Context } from '@temporalio/activity';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';

import { allow, defineTool, requireApproval, TerminalError } from '../../src/index.ts';
import type { ToolContext, ToolOptions } from '../../src/define/tool.ts';
import { until } from '../../src/testing/wait.ts';
import { appWith } from '../support/app.ts';
import { TENANT, worldFor } from '../support/world.ts';

/** How a tool call ends, and what is told of it when nobody can say. */

const parameters = z.strictObject({ orderId: z.string() });
/** What each tool has begun to do, by the call's key. */
const begun: { tool: string; key: string }[] = [];
const begunBy = (tool: string) => begun.filter((had) => had.tool === tool);

/** What the tool `odd` throws or returns next. */
let odd: () => unknown = () => undefined;
/** What `audited` is answered with when it is asked about an earlier attempt. */
let answer: () => unknown = () => ({ done: false });

const untilStopped = ({ signal }: ToolContext) =>
  new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error));
  });

function tool(
  name: string,
  execute: ToolOptions<typeof parameters>['execute'],
  more: Partial<ToolOptions<typeof parameters>> = {},
) {
  return defineTool({
    ...{ name, description: 'A tool of these tests.', parameters, policy: allow() },
    execute: (args, context) => {
      begun.push({ tool: name, key: context.idempotencyKey });
      return execute(args, context);
    },
    ...more,
  });
}

const lost = () => {
  throw new Error('The answer was lost.');
};
/** When the attempt of a tool that hears no signal was said to live, and whether the tool has gone on to its end. */
const deafness = { beatsAt: [] as number[], hasEnded: false };
async function deaf(): Promise<void> {
  const attempt = Context.current();
  const heartbeat = attempt.heartbeat.bind(attempt);
  Object.assign(attempt, {
    heartbeat: (details: unknown) => {
      deafness.beatsAt.push(Date.now());
      heartbeat(details);
    },
  });
  await sleep(4_500);
  deafness.hasEnded = true;
}
const twice = { effect: 'idempotent', maximumAttempts: 2 } as const;
const removed = tool(
  'removed',
  () => {
    tools.splice(tools.indexOf(removed), 1);
    return lost();
  },
  twice,
);
const tools = [
  tool('odd', () => odd()),
  tool('slow', (_, context) => untilStopped(context), { policy: requireApproval() }),
  tool('slow_final', (_, context) => untilStopped(context), { policy: requireApproval(), onError: 'fail' }),
  tool(
    'slow_said',
    async (_, context) => {
      await untilStopped(context).catch(() => undefined);
      throw new TerminalError('Nothing was sent.');
    },
    { policy: requireApproval() },
  ),
  tool('again', (_, context) => (begunBy('again').length === 1 ? untilStopped(context) : 'Done again.'), {
    ...{ effect: 'idempotent', maximumAttempts: 1 },
  }),
  tool('audited', lost, {
    ...{ effect: 'reconcilable', maximumAttempts: 2 },
    reconcile: () => answer() as { done: false },
  }),
  removed,
  tool('deaf', deaf, { timeout: '1s' }),
];
const scenario = {
  rules: tools.map(({ name }) => ({
    ...{ when: [name], rounds: [{ calls: [{ tool: name, arguments: { orderId: 'A-1' } }] }] },
    reply: { perOutput: [{ say: '{{output}}' }] },
  })),
};
const app = appWith(tools);
const world = worldFor({ app, name: 'tool ends', simulator: { scenario } });

async function beginApproved(name: string): Promise<string> {
  const approval = await world.asked(name);
  await world.decide(approval, {});
  await until(`the start of ${name}`, () => begun.some(({ key }) => key === approval.approvalId));
  return approval.turnId;
}

const thrown = (value: unknown) => () => {
  throw value;
};
const hostile = new Proxy(new Error('hidden'), {
  get: () => thrown(new Error('get'))(),
  getPrototypeOf: () => thrown(new Error('prototype'))(),
});
const circular = new Error('It goes round.');
circular.cause = circular;

describe('a tool that throws', () => {
  test.each([
    ['an object without a prototype', Object.create(null), 'It threw something without a message.'],
    ['a proxy that throws at every touch', hostile, 'It threw something without a message.'],
    ['nothing', undefined, 'undefined'],
    ['a symbol', Symbol('why'), 'Symbol(why)'],
    [
      'an error whose message is no text',
      Object.assign(new Error(''), { message: 42 }),
      'It threw something without a message.',
    ],
    ['an error that is its own cause', circular, 'It goes round.'],
  ])('%s has failed, and the model is told', async (_, value, words) => {
    odd = thrown(value);
    const turn = await world.ended('odd');
    expect(turn).toMatchObject({ status: 'completed', reply: `The tool "odd" failed: ${words}` });
  });

  test('has done its work when only its result cannot be shown', async () => {
    odd = () => ({ toJSON: thrown(Object.create(null)) });
    const before = begunBy('odd').length;
    const turn = await world.ended('odd');
    expect(turn.reply).toContain('Done. What the tool returned cannot be shown');
    expect(begunBy('odd')).toHaveLength(before + 1);
  });
});

describe('a tool that is told to stop', () => {
  test.each(['slow', 'slow_final'])('by the cancel of its turn (%s) has an unknown outcome', async (name) => {
    const turnId = await beginApproved(name);
    await world.client.cancelTurn(TENANT, turnId);
    expect(await world.end(turnId)).toMatchObject({
      ...{ status: 'cancelled', approvals: [{ status: 'approved', outcome: 'unknown' }] },
    });
  });

  test('and says itself that it failed, has failed', async () => {
    const turnId = await beginApproved('slow_said');
    await world.client.cancelTurn(TENANT, turnId);
    expect(await world.end(turnId)).toMatchObject({
      ...{ status: 'cancelled', approvals: [{ status: 'approved', outcome: 'failed' }] },
    });
  });

  test('by the shutdown of its worker has an unknown outcome when it may run once', async () => {
    const turnId = await beginApproved('slow');
    await world.stopWorker();
    await world.startWorker();
    const turn = await world.end(turnId);
    expect(turn).toMatchObject({ status: 'completed', approvals: [{ outcome: 'unknown' }] });
    expect(turn.reply).toContain('The outcome of "slow" is unknown');
  });

  test('by the shutdown of its worker is tried again with the same key, also when it was its last attempt', async () => {
    const turnId = await world.say('again');
    await until('its start', () => begunBy('again').length > 0);
    await world.stopWorker();
    await world.startWorker();
    expect(await world.end(turnId)).toMatchObject({ status: 'completed', reply: 'Done again.' });
    expect(new Set(begunBy('again').map(({ key }) => key)).size).toBe(1);
  });
});

test('a tool that hears nothing of its limit is given up, and its attempt is not said to live any more', async () => {
  const startedAt = Date.now();
  const turn = await world.ended('deaf');
  const endedAt = Date.now();
  expect(turn.reply).toContain('The outcome of "deaf" is unknown');
  expect(endedAt - startedAt).toBeLessThan(4_000);
  await until('the end of the tool', () => deafness.hasEnded);
  expect(deafness.beatsAt.filter((at) => at > endedAt)).toEqual([]);
});

describe('a second attempt', () => {
  test.each([
    ['throws', thrown(new Error('The books are closed.'))],
    ['answers nothing', () => undefined],
    ['answers something else', () => ({ done: 'perhaps' })],
  ])('whose reconcile %s runs nothing: the outcome is unknown', async (_, said) => {
    answer = said;
    const before = begunBy('audited').length;
    const turn = await world.ended(`audited ${randomUUID()}`);
    expect(turn.status).toBe('completed');
    expect(turn.reply).toContain('The outcome of "audited" is unknown');
    expect(begunBy('audited')).toHaveLength(before + 1);
  });

  test('in a build without the tool does not say that nothing was executed', async () => {
    const turn = await world.ended('removed');
    expect(turn.status).toBe('completed');
    expect(turn.reply).toContain('The outcome of "removed" is unknown');
  });
});
