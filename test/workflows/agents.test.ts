import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { seenSessions, sessionsOf, tally } from '../support/agents-seen.ts';
import { createDesk } from '../support/desk.ts';
import { startWorld, TENANT, type World } from '../support/world.ts';

/** Shorter than the delay below, so that an answer can come too late. */
const REQUEST_LIMIT_MS = 1_500;

const desk = createDesk();
let world: World;

beforeAll(async () => {
  world = await startWorld({
    app: desk.app,
    name: 'agents',
    protocol: 'agents',
    requestLimitMs: REQUEST_LIMIT_MS,
  });
});
afterAll(() => world.stop());
beforeEach(async () => {
  desk.effects.length = 0;
  await fetch(new URL('/_simulator/faults', world.provider), { method: 'DELETE' });
});

const ONCE = [{ status: 'completed', messages: 1, results: 1 }];

async function inject(operation: string, fault: object, more: object = {}): Promise<void> {
  await world.control('faults', { match: { operation }, fault, ...more });
}

async function approved(message = 'single', conversationId?: string): Promise<string> {
  const approval = await world.asked(message, conversationId === undefined ? {} : { conversationId });
  await world.decide(approval, {});
  return approval.turnId;
}

describe('a turn', () => {
  test('is held, approved, carried out once and answered', async () => {
    const approval = await world.asked('single');
    expect(approval).toMatchObject({ tool: 'refund', arguments: { orderId: 'A-1', amountCents: 4_200 } });
    await world.decide(approval, {});
    expect(await world.end(approval.turnId)).toMatchObject({
      status: 'completed',
      reply: 'refund: refund is done.',
    });
    const [session, ...others] = await sessionsOf(world, approval.turnId);
    expect(others).toEqual([]);
    expect(tally(session!)).toEqual(ONCE);
    expect(desk.effects).toHaveLength(1);
  });

  test('tells a denial as a call without success', async () => {
    const approval = await world.asked('single');
    await world.decide(approval, { decision: 'deny', note: 'Not today.' });
    expect(await world.end(approval.turnId)).toMatchObject({ status: 'completed' });
    const [session] = await sessionsOf(world, approval.turnId);
    const output = session!.turns[0]!.items.find(({ type }) => type === 'function_call_output');
    expect(output).toMatchObject({ status: 'failed', output: null });
    expect(output!.error).toContain('Not today.');
    expect(desk.effects).toEqual([]);
  });

  test('sends the results of parallel calls each under a key of its own, and the session is never reviewed by OpenAI', async () => {
    const turnId = await world.say('parallel');
    for (const approval of await world.pending(turnId, 2)) await world.decide(approval, {});
    expect(await world.end(turnId)).toMatchObject({ status: 'completed' });
    const [session] = await sessionsOf(world, turnId);
    expect(tally(session!)).toEqual([{ status: 'completed', messages: 1, results: 3 }]);
    const [turn] = session!.turns;
    const calls = turn!.items.flatMap(({ type, call_id }) => (type === 'function_call' ? [call_id] : []));
    const sent = (await world.requests('agentEvents.create')).filter(({ path }) =>
      path.includes(session!.id),
    );
    const keys = sent.map(({ headers }) => headers['idempotency-key']!);
    const [submit] = keys.map((key) => key.split('/').at(3)!);
    expect(submit).toMatch(/^c-.+-1$/);
    expect(keys).toEqual(calls.map((callId) => `${session!.id}/${turn!.id}/${callId}/${submit}`));
    const [created] = await world.requests('agentSessions.create');
    expect(created!.body).toMatchObject({ review: 'none', environment: { type: 'none' } });
  });

  test('follows another one in the same session, also with the same words', async () => {
    const conversationId = 'c-twice';
    const first = await approved('single', conversationId);
    await world.end(first);
    const second = await approved('single', conversationId);
    expect(await world.end(second)).toMatchObject({ status: 'completed' });
    const sessions = await sessionsOf(world, second);
    expect(sessions.map(tally)).toEqual([[...ONCE, ...ONCE]]);
    expect(desk.effects).toHaveLength(2);
  });

  test.each([
    ['failing', 'Run.Failed', 'server_error'],
    ['limited', 'Run.RateLimited', 'rate_limit_exceeded'],
    ['truncated', 'Run.Incomplete', 'max_output_tokens'],
    ['vanishing', 'Run.Cancelled', 'cancelled'],
  ])('that is %s ends as %s, and the conversation goes on', async (message, type, word) => {
    const conversationId = `c-${message}`;
    const turnId = await world.say(message, { conversationId });
    const { failure } = await world.end(turnId);
    expect(failure?.type).toBe(type);
    expect(failure?.message).toContain(word);
    const next = await approved('single', conversationId);
    expect(await world.end(next)).toMatchObject({ status: 'completed' });
    expect((await sessionsOf(world, next)).map(tally)).toEqual([
      [{ status: expect.any(String) as string, messages: 1, results: 0 }, ...ONCE],
    ]);
  });

  test('that could not begin its session leaves no name behind: the next two are turns of one session', async () => {
    const conversationId = 'c-unborn';
    await inject('agentSessions.create', { type: 'status', status: 400 });
    const { failure } = await world.end(await world.say('Hello', { conversationId }));
    expect(failure).toMatchObject({ type: 'Provider.BadRequest' });
    await world.end(await world.say('Hello', { conversationId }));
    const turnId = await world.say('Hello', { conversationId });
    expect(await world.end(turnId)).toMatchObject({ status: 'completed' });
    expect((await sessionsOf(world, turnId)).map(({ turns }) => turns.length)).toEqual([2]);
  });

  test('that is cancelled cancels its turn at the provider', async () => {
    const conversationId = 'c-cancelled';
    const turnId = await world.say('single', { conversationId });
    await world.pending(turnId);
    await world.client.cancelTurn(TENANT, turnId);
    expect(await world.end(turnId)).toMatchObject({ status: 'cancelled' });
    const next = await world.say('Hello', { conversationId });
    expect(await world.end(next)).toMatchObject({ status: 'completed', reply: 'Hello.' });
    const sessions = await sessionsOf(world, next);
    expect(sessions.map(({ turns }) => turns.map(({ status }) => status))).toEqual([
      ['cancelled', 'completed'],
    ]);
  });

  test('parks, and a late approval is told in a turn of the same session', async () => {
    const approval = await world.asked('patient', { assistant: 'parker' });
    expect(approval).toBeDefined();
    await world.decide(approval, {});
    expect(await world.end(approval.turnId)).toMatchObject({ status: 'completed' });
    expect(desk.effects).toHaveLength(1);
  });
});

const FAULTS = {
  'the connection drops before the effect': { type: 'drop_before' },
  'the connection is reset after the effect': { type: 'drop_after', how: 'reset' },
  'the answer comes too late': { type: 'delay', ms: 2_500, when: 'after' },
  'the answer is 429 with Retry-After': { type: 'status', status: 429, headers: { 'retry-after': '1' } },
  'the answer is 500 before the effect': { type: 'status', status: 500, when: 'before' },
  'the answer is 500 after the effect': { type: 'status', status: 500, when: 'after' },
} as const;

describe.each([
  ['the creation of the session', 'agentSessions.create'],
  ['the result of the tool', 'agentEvents.create'],
])('%s happens once', (_, operation) => {
  test.each(Object.entries(FAULTS))('though %s', async (_name, fault) => {
    await inject(operation, fault);
    const turnId = await approved();
    expect(await world.end(turnId)).toMatchObject({ status: 'completed', reply: 'refund: refund is done.' });
    expect((await sessionsOf(world, turnId)).map(tally)).toEqual([ONCE]);
    expect(desk.effects).toHaveLength(1);
  });
});

describe('the second message of a session happens once', () => {
  const lost = ['the connection is reset after the effect', 'the answer is 500 before the effect'] as const;
  test.each(
    ['agentTurns.list', 'agentSessions.update', 'agentEvents.create'].flatMap((operation) =>
      lost.map((name) => [operation, name] as const),
    ),
  )('though at %s %s', async (operation, name) => {
    const conversationId = `c-${operation}-${name}`.replaceAll(/[^\w-]/g, '_');
    await world.end(await world.say('Hello', { conversationId }));
    await inject(operation, FAULTS[name]);
    const turnId = await approved('single', conversationId);
    expect(await world.end(turnId)).toMatchObject({ status: 'completed' });
    expect((await sessionsOf(world, turnId)).map(tally)).toEqual([
      [{ status: 'completed', messages: 1, results: 0 }, ...ONCE],
    ]);
    expect(desk.effects).toHaveLength(1);
  });
});

describe('an effect that shows late', () => {
  test('of a message does not begin a second turn', async () => {
    const conversationId = 'c-late-message';
    await world.end(await world.say('Hello', { conversationId }));
    await inject('agentEvents.create', { type: 'lag', ms: 2_000 });
    const turnId = await approved('single', conversationId);
    expect(await world.end(turnId)).toMatchObject({ status: 'completed' });
    expect((await sessionsOf(world, turnId)).map(tally)).toEqual([
      [{ status: 'completed', messages: 1, results: 0 }, ...ONCE],
    ]);
  });

  test('of a result does not ask for the same call again', async () => {
    const first = await world.asked('rounds');
    await inject('agentEvents.create', { type: 'lag', ms: 2_000 });
    await world.decide(first, {});
    const [second] = await world.pending(first.turnId);
    expect(second!.approvalId).not.toBe(first.approvalId);
    await world.decide(second!, {});
    expect(await world.end(first.turnId)).toMatchObject({ status: 'completed' });
    expect((await sessionsOf(world, first.turnId)).map(tally)).toEqual([
      [{ status: 'completed', messages: 1, results: 3 }],
    ]);
    expect(desk.effects.map(({ tool }) => tool)).toEqual(['lookup', 'refund', 'refund']);
  });

  test('of a cancel is waited for', async () => {
    const turnId = await world.say('single');
    await world.pending(turnId);
    await inject('agentEvents.create', { type: 'lag', ms: 1_500 });
    await world.client.cancelTurn(TENANT, turnId);
    expect(await world.end(turnId)).toMatchObject({ status: 'cancelled' });
    expect((await sessionsOf(world, turnId)).map(({ turns }) => turns[0]!.status)).toEqual(['cancelled']);
  });

  test('of a creation whose answer was lost leaves an orphan, of which nothing is carried out', async () => {
    await inject('agentSessions.create', { type: 'lag', ms: 60_000, answer: 'lost' });
    const turnId = await approved();
    expect(await world.end(turnId)).toMatchObject({ status: 'completed' });
    expect((await sessionsOf(world, turnId)).map(tally)).toEqual([
      [{ status: 'waiting', messages: 1, results: 0 }],
      ONCE,
    ]);
    expect(desk.effects).toHaveLength(1);
  });
});

test('a turn of ours that was left waiting in the session is cancelled before the next message', async () => {
  const conversationId = 'c-left';
  await world.end(await world.say('Hello', { conversationId }));
  const [session] = (await seenSessions(world)).slice(-1);
  const say = {
    type: 'agent.session.input.message',
    input: [{ role: 'user', content: [{ type: 'input_text', text: 'single' }] }],
  };
  await fetch(`${world.provider}/agents/sessions/${session!.id}/events`, {
    method: 'POST',
    headers: { authorization: 'Bearer any', 'openai-beta': 'agents=v1', 'content-type': 'application/json' },
    body: JSON.stringify({ events: [say] }),
  });
  await expect.poll(async () => (await seenSessions(world)).at(-1)!.status).toBe('requires_action');
  const turnId = await world.say('Hello', { conversationId });
  expect(await world.end(turnId)).toMatchObject({ status: 'completed' });
  const [after] = await sessionsOf(world, turnId);
  expect(after!.turns.map(({ status }) => status)).toEqual(['completed', 'cancelled', 'completed']);
});

describe('an answer that does not fit', () => {
  test.each([
    ['the session created', 'agentSessions.create', { object: 'thread', id: 'thread_1' }, 'object'],
    [
      'the session',
      'agentSessions.retrieve',
      { id: 'resp_1', object: 'response', status: 'completed' },
      'object',
    ],
    [
      'a turn',
      'agentTurns.list',
      { object: 'list', data: [{ id: 'run_1', object: 'thread.run' }] },
      'object',
    ],
  ])('%s: the turn fails and names the field', async (_, operation, body, field) => {
    await inject(operation, { type: 'malformed', text: JSON.stringify(body) });
    const { failure } = await world.end(await world.say('single'));
    expect(failure).toMatchObject({ type: 'Provider.UnexpectedAnswer' });
    expect(failure!.message).toContain(`${field}: `);
    expect(failure!.message).toContain('COUNTERSIGN_PROVIDER');
  });

  test.each(['computer_use_approval_request', 'environment_connection', 'mcp_approval_request'])(
    'the required action %s ends the turn, is named, and leaves the session usable',
    async (type) => {
      const conversationId = `c-${type}`;
      await world.end(await world.say('Hello', { conversationId }));
      const [session] = (await seenSessions(world)).slice(-1);
      const body = {
        ...session,
        object: 'agent.session',
        status: 'requires_action',
        required_actions: [{ type }],
      };
      // The look before the message, then the one at its turn.
      await inject('agentSessions.retrieve', { type: 'malformed', text: JSON.stringify(body) }, { skip: 1 });
      const turnId = await world.say('slowly', { conversationId });
      const { failure } = await world.end(turnId);
      expect(failure).toMatchObject({ type: 'Run.Failed' });
      expect(failure!.message).toContain(type);
      const next = await world.say('Hello', { conversationId });
      expect(await world.end(next)).toMatchObject({ status: 'completed' });
    },
  );
});

test('a key that is revoked in mid-turn ends the turn with its name', async () => {
  const approval = await world.asked('single');
  const error = {
    message: 'Incorrect API key provided.',
    type: 'invalid_request_error',
    code: 'invalid_api_key',
  };
  await inject('agent*.*', { type: 'status', status: 401, body: { error } }, { times: 100 });
  await world.decide(approval, {});
  const { failure } = await world.end(approval.turnId);
  expect(failure).toMatchObject({ type: 'Provider.Unauthorized' });
  expect(failure!.message).toContain('OPENAI_API_KEY');
});
