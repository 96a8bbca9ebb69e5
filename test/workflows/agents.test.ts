import { beforeEach, describe, expect, test } from 'vitest';

import { seenSessions, sessionsOf, tally } from '../support/agents-seen.ts';
import { deskFor, TENANT, worldFor } from '../support/world.ts';

const desk = deskFor();
const world = worldFor({ app: desk.app, name: 'agents', protocol: 'agents' });
beforeEach(async () => {
  await fetch(new URL('/_simulator/faults', world.provider), { method: 'DELETE' });
});

const ONCE = [{ status: 'completed', messages: 1, results: 1 }];
/** In a session that has had a message without calls. */
const AFTER_ANOTHER = [[{ status: 'completed', messages: 1, results: 0 }, ...ONCE]];

/** The id of a turn that was completed once its call was approved. */
async function approved(conversationId?: string): Promise<string> {
  const turn = await world.decided('single', {}, conversationId === undefined ? {} : { conversationId });
  expect(turn).toMatchObject({ status: 'completed' });
  return turn.turnId;
}

describe('a turn', () => {
  test('tells a denial as a call without success', async () => {
    const { status, turnId } = await world.decided('single', { decision: 'deny', note: 'Not today.' });
    expect(status).toBe('completed');
    const [session] = await sessionsOf(world, turnId);
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

  test.each([
    ['failing', 'Run.Failed', 'server_error'],
    ['limited', 'Run.RateLimited', 'rate_limit_exceeded'],
    ['truncated', 'Run.Incomplete', 'max_output_tokens'],
    ['vanishing', 'Run.Cancelled', 'cancelled'],
  ])('that is %s ends as %s, and the conversation goes on', async (message, type, word) => {
    const conversationId = `c-${message}`;
    const { failure } = await world.ended(message, { conversationId });
    expect(failure?.type).toBe(type);
    expect(failure?.message).toContain(word);
    const next = await approved(conversationId);
    expect((await sessionsOf(world, next)).map(tally)).toEqual([
      [{ status: expect.any(String) as string, messages: 1, results: 0 }, ...ONCE],
    ]);
  });

  test('that could not begin its session leaves no name behind: the next two are turns of one session', async () => {
    const conversationId = 'c-unborn';
    await world.fault('agentSessions.create', { type: 'status', status: 400 });
    const { failure } = await world.ended('Hello', { conversationId });
    expect(failure).toMatchObject({ type: 'Provider.BadRequest' });
    await world.ended('Hello', { conversationId });
    const turnId = await world.say('Hello', { conversationId });
    expect(await world.end(turnId)).toMatchObject({ status: 'completed' });
    expect((await sessionsOf(world, turnId)).map(({ turns }) => turns.length)).toEqual([2]);
  });
});

describe('the second message of a session happens once', () => {
  const reset = ['the connection is reset after the effect', { type: 'drop_after', how: 'reset' }] as const;
  const refused = ['the answer is 500', { type: 'status', status: 500, when: 'before' }] as const;
  test.each(
    ['agentTurns.list', 'agentSessions.update', 'agentEvents.create'].flatMap((operation) =>
      [reset, refused].map(([how, fault]) => [operation, how, fault] as const),
    ),
  )('though at %s %s', async (operation, _, fault) => {
    const conversationId = `c-${operation}-${fault.type}`;
    await world.ended('Hello', { conversationId });
    await world.fault(operation, fault);
    const turnId = await approved(conversationId);
    expect((await sessionsOf(world, turnId)).map(tally)).toEqual(AFTER_ANOTHER);
    expect(desk.effects).toHaveLength(1);
  });
});

describe('an effect that shows late', () => {
  test('of a message does not begin a second turn', async () => {
    const conversationId = 'c-late-message';
    await world.ended('Hello', { conversationId });
    await world.fault('agentEvents.create', { type: 'lag', ms: 2_000 });
    const turnId = await approved(conversationId);
    expect((await sessionsOf(world, turnId)).map(tally)).toEqual(AFTER_ANOTHER);
  });

  test('of a result does not ask for the same call again', async () => {
    const first = await world.asked('rounds');
    await world.fault('agentEvents.create', { type: 'lag', ms: 2_000 });
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
    await world.fault('agentEvents.create', { type: 'lag', ms: 1_500 });
    await world.client.cancelTurn(TENANT, turnId);
    expect(await world.end(turnId)).toMatchObject({ status: 'cancelled' });
    expect((await sessionsOf(world, turnId)).map(({ turns }) => turns[0]!.status)).toEqual(['cancelled']);
  });

  test('of a creation whose answer was lost leaves an orphan, of which nothing is carried out', async () => {
    await world.fault('agentSessions.create', { type: 'lag', ms: 60_000, answer: 'lost' });
    const turnId = await approved();
    expect((await sessionsOf(world, turnId)).map(tally)).toEqual([
      [{ status: 'waiting', messages: 1, results: 0 }],
      ONCE,
    ]);
    expect(desk.effects).toHaveLength(1);
  });
});

test('a turn of ours that was left waiting in the session is cancelled before the next message', async () => {
  const conversationId = 'c-left';
  await world.ended('Hello', { conversationId });
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
    ['the session', 'agentSessions.retrieve', { id: 'resp_1', object: 'response', status: 'completed' }],
    ['a turn', 'agentTurns.list', { object: 'list', data: [{ id: 'run_1', object: 'thread.run' }] }],
  ])('%s: the turn fails and names the field', async (_, operation, body) => {
    await world.fault(operation, { type: 'malformed', text: JSON.stringify(body) });
    const { failure } = await world.ended('single');
    expect(failure).toMatchObject({ type: 'Provider.UnexpectedAnswer' });
    expect(failure!.message).toContain('object: ');
    expect(failure!.message).toContain('COUNTERSIGN_PROVIDER');
  });

  test.each(['computer_use_approval_request', 'environment_connection', 'mcp_approval_request'])(
    'the required action %s ends the turn, is named, and leaves the session usable',
    async (type) => {
      const conversationId = `c-${type}`;
      await world.ended('Hello', { conversationId });
      const [session] = (await seenSessions(world)).slice(-1);
      const asking = { object: 'agent.session', status: 'requires_action', required_actions: [{ type }] };
      const text = JSON.stringify({ ...session, ...asking });
      // The look before the message, then the one at its turn.
      await world.fault('agentSessions.retrieve', { type: 'malformed', text }, { skip: 1 });
      const { failure } = await world.ended('slowly', { conversationId });
      expect(failure).toMatchObject({ type: 'Run.Failed' });
      expect(failure!.message).toContain(type);
      expect(await world.ended('Hello', { conversationId })).toMatchObject({ status: 'completed' });
    },
  );
});
