import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import type { Protocol } from '../../src/contracts/run.ts';
import { defineApp, defineAssistant, requireApproval } from '../../src/index.ts';
import { startProxy, type Answered } from '../support/proxy.ts';
import { repeatCalls } from '../support/repeat-calls.ts';
import { resetTurn } from '../support/reset.ts';
import { sameCallIds } from '../support/same-call-ids.ts';
import { SCENARIO } from '../support/scenario.ts';
import { deskFor, startWorld, worldFor, type World } from '../support/world.ts';

/** Servers that call every call `call_0`: within a round, and again in the next one. */

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
const desk = deskFor();

describe('past the edge that keeps ids apart, the gate starts no call twice in a round', () => {
  const doubled = worldFor({ app: desk.app, name: 'doubled calls', through: repeatCalls });

  test.each([
    ['ungated, idempotent', 'ungated', 'lookup', 0],
    ['ungated, at-most-once', 'rushed', 'rushed', 0],
    ['gated, idempotent', 'single', 'refund', 1],
    ['gated, at-most-once', 'wiping', 'wipe', 1],
  ])('%s: one effect, and one question where there is one', async (_kind, message, tool, questions) => {
    const turnId = await doubled.say(message);
    const turn = await approveEach(doubled, turnId, Array<object>(questions).fill({}));
    expect(turn).toMatchObject({ status: 'completed', reply: `${tool}: ${tool} is done.` });
    expect(turn.approvals.map(({ outcome }) => outcome)).toEqual(Array(questions).fill('executed'));
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

const shop = { serverLabel: 'shop', serverUrl: 'https://shop.example/mcp', policy: requireApproval() };
const shipped = (orderId: string) => ({
  ...call('ship', orderId),
  mcp: { serverLabel: 'shop', output: `${orderId} is shipped.` },
});
const elsewhere = {
  ...scenario,
  rules: [
    {
      when: ['two ships'],
      rounds: [{ calls: [shipped('A-1')] }, { calls: [shipped('A-2')] }],
      reply: 'Gone.',
    },
    {
      when: ['shiploads'],
      rounds: [{ calls: [shipped('A-1'), shipped('A-2')] }],
      reply: { perOutput: [{ say: '{{output}}' }] },
    },
    ...scenario.rules,
  ],
};
const tools = [...desk.app.assistants[0]!.tools];
const about = { model: 'gpt-test', instructions: 'Help.', tools };
const app = defineApp({
  assistants: [
    defineAssistant({ name: 'desk', ...about, mcp: [shop] }),
    defineAssistant({ name: 'chained', ...about, responses: { state: 'previous_response' } }),
  ],
});

/** A world whose worker speaks this protocol with a server that counts its calls anew in each answer. */
async function startElsewhere(protocol: Protocol) {
  const proxy = await startProxy(sameCallIds());
  const world = await startWorld({
    ...{ app: protocol === 'responses' ? app : desk.app, name: `call ids ${protocol}`, protocol },
    ...{ simulator: { scenario: elsewhere }, baseURL: proxy.url },
  });
  proxy.standBefore(world.provider);
  const keys = new Set<string>();
  proxy.add(({ key, path }, forward) => {
    if (key === undefined || !path.endsWith('/events')) return undefined;
    // To such a server the same key and the same id are the same result again, and have no second effect.
    if (keys.has(key)) return Promise.resolve({ status: 202, body: {} });
    return forward().then((answer) => {
      if (answer.status < 300) keys.add(key);
      return answer;
    });
  });
  return { proxy, world };
}

/** Approves what is asked, one by one, and resolves with the turn at its end. */
async function approveEach(world: World, turnId: string, fields: object[]) {
  for (const field of fields) {
    const [approval] = await world.pending(turnId);
    expect(approval!.arguments).toMatchObject(field);
    await world.decide(approval!, {});
  }
  return world.end(turnId);
}

describe.each([
  ['assistants', 'desk', 1],
  ['responses', 'desk', 2],
  ['responses', 'chained', 2],
  ['agents', 'desk', 1],
] as const)('over %s, %s', (protocol, assistant, times) => {
  let there: Awaited<ReturnType<typeof startElsewhere>>;
  beforeAll(async () => {
    there = await startElsewhere(protocol);
  });
  afterAll(async () => {
    await there.world.stop();
    await there.proxy.close();
  });

  test('another call of the same id in the next round has an approval and a key of its own', async () => {
    const turnId = await there.world.say('rounds', { assistant });
    const turn = await approveEach(there.world, turnId, [{ amountCents: 100 }, { amountCents: 200 }]);
    expect(turn).toMatchObject({ status: 'completed' });
    expect(new Set(turn.approvals.map(({ approvalId }) => approvalId)).size).toBe(2);
    expect(new Set(desk.effects.map(({ key }) => key)).size).toBe(3);
    expect(desk.effects.map(({ tool }) => tool)).toEqual(['lookup', 'refund', 'refund']);
  });

  test('the same call twice in a round is asked about and carried out once', async () => {
    const turn = await approveEach(there.world, await there.world.say('doubled', { assistant }), [{}]);
    expect(turn).toMatchObject({ status: 'completed', approvals: [{ outcome: 'executed' }] });
    expect(desk.effects).toHaveLength(1);
  });

  test('the same call of the same id in the next round is carried out again only where each round has an id', async () => {
    const turn = await there.world.ended('repeated', { assistant });
    expect(turn).toMatchObject({ status: 'completed' });
    expect(turn.reply).toContain('rushed is done.');
    expect(desk.effects).toHaveLength(times);
  });

  test('different calls of one id in a round are not carried out, and the model is told why', async () => {
    const turn = await there.world.ended('different', { assistant });
    expect(turn.reply).toContain('Not executed: 2 different calls bear the same id');
    expect(desk.effects).toEqual([]);
  });
});

describe('over responses', () => {
  let there: Awaited<ReturnType<typeof startElsewhere>>;
  beforeAll(async () => {
    there = await startElsewhere('responses');
  });
  afterAll(async () => {
    await there.world.stop();
    await there.proxy.close();
  });
  beforeEach(() => there.proxy.clear());

  test('another request of an MCP server with the same id has an approval of its own', async () => {
    const turnId = await there.world.say('two ships');
    const turn = await approveEach(there.world, turnId, [{ orderId: 'A-1' }, { orderId: 'A-2' }]);
    expect(turn).toMatchObject({
      ...{ status: 'completed', approvals: [{ outcome: 'executed' }, { outcome: 'executed' }] },
    });
    expect(new Set(turn.approvals.map(({ approvalId }) => approvalId)).size).toBe(2);
  });

  test('different requests of an MCP server with one id are asked of nobody', async () => {
    const turn = await there.world.ended('shiploads');
    expect(turn).toMatchObject({ status: 'completed', approvals: [] });
  });

  /** The submit of this round, 1 the first: its answer is lost, or it does not arrive. */
  function fail(round: number, hasArrived: boolean): void {
    let submits = 0;
    there.proxy.add((asked, forward) => {
      if (asked.method !== 'POST' || !asked.path.endsWith('/responses')) return undefined;
      submits += 1;
      const lost = { status: 503, body: {} };
      if (submits !== round + 1) return undefined;
      return hasArrived ? forward().then(() => lost) : Promise.resolve(lost);
    });
  }

  test.each([
    ['did not arrive', false],
    ['was lost on its way back', true],
  ])(
    'a submit of the second round that %s runs no call again, and answers none wrongly',
    async (_, arrived) => {
      fail(2, arrived);
      const turnId = await there.world.say('rounds');
      const [approval] = await there.world.pending(turnId);
      await there.world.decide(approval!, {});
      const turn = await there.world.end(turnId);
      expect(turn).toMatchObject({ status: 'failed', failure: { type: 'Provider.UnexpectedAnswer' } });
      expect(turn.failure!.message).toContain('"call_0"');
      expect(desk.effects.map(({ tool }) => tool)).toEqual(['lookup', 'refund']);
    },
  );

  test('a call without an id is not carried out, and the conversation goes on', async () => {
    const conversationId = 'c-nameless';
    const withoutIds = ({ status, body }: Answered) => ({
      ...{
        status,
        body: JSON.parse(JSON.stringify(body).replaceAll('"call_id":"call_0"', '"call_id":null')) as unknown,
      },
    });
    there.proxy.add((asked, forward) => (asked.method === 'GET' ? forward().then(withoutIds) : undefined));
    const turn = await there.world.ended('rushed', { conversationId });
    expect(turn.failure?.message ?? turn.reply).not.toContain('is no response');
    expect(desk.effects).toEqual([]);
    there.proxy.clear();
    const next = await there.world.ended('hi', { conversationId });
    expect(next).toMatchObject({ status: 'completed', reply: 'Hello.' });
  });
});

test('over chat, a model that is asked again after a reset gives another call the same id: it needs an approval of its own', async () => {
  const { proxy, world: chat } = await startElsewhere('chat');
  try {
    let answers = 0;
    proxy.add((asked, forward) => {
      if (!asked.path.endsWith('/chat/completions')) return undefined;
      return forward().then(({ status, body }) => {
        if (JSON.stringify(body).includes('tool_calls')) answers += 1;
        const text = JSON.stringify(body).replace('4200', answers > 1 ? '9900' : '4200');
        return { status, body: JSON.parse(text) as unknown };
      });
    });
    const turnId = await chat.say('single');
    const before = await approveEach(chat, turnId, [{ amountCents: 4_200 }]);
    await resetTurn(chat, turnId, 'createRun');
    const [asked] = await chat.pending(turnId);
    expect(asked!.arguments).toMatchObject({ amountCents: 9_900 });
    expect(asked!.approvalId).not.toBe(before.approvals[0]!.approvalId);
    expect(desk.effects).toHaveLength(1);
    await chat.decide(asked!, {});
    expect(await chat.end(turnId)).toMatchObject({ status: 'completed' });
    expect(desk.effects.map(({ args }) => args)).toMatchObject([
      { amountCents: 4_200 },
      { amountCents: 9_900 },
    ]);
    expect(new Set(desk.effects.map(({ key }) => key)).size).toBe(2);
  } finally {
    await chat.stop();
    await proxy.close();
  }
});
