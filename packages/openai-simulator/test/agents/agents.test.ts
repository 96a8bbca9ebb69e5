import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import { begin, callsOf, resultsFor, saidIn, say, turnsOf, until } from '../support/agents-bench.ts';
import { connect, share } from '../support/responses-bench.ts';

const { client } = await share();

test("OpenAI's own client drives a refund: create, read the action, send the result, read the answer", async () => {
  const { sessions } = client.beta.agents;
  const created = await begin(client, 'Please refund order A-1042, it arrived broken', { key: 'turn-1' });
  expect(created).toMatchObject({ object: 'agent.session', metadata: { key: 'turn-1' } });
  expect(created).not.toHaveProperty('review');

  const waiting = await until(client, created.id, 'requires_action');
  const [call] = callsOf(waiting);
  expect(call).toMatchObject({
    name: 'refund_order',
    arguments: { orderId: 'A-1042', amountCents: 4200, reason: 'it arrived broken' },
  });
  const [turn] = await turnsOf(client, created.id);
  expect(turn).toMatchObject({ id: call!.turn_id, status: 'waiting', subagent_id: null, error: null });

  await sessions.events.create(created.id, {
    events: resultsFor(waiting, { success: true, output: '{"refunded":true,"amountCents":4200}' }),
    'Idempotency-Key': 'result-1',
  });
  const idle = await until(client, created.id, 'idle');
  expect(idle.required_actions).toEqual([]);
  const done = await sessions.turns.retrieve(turn!.id, { session_id: created.id });
  expect(done).toMatchObject({ status: 'completed', error: null });
  expect(done.usage!.total_tokens).toBeGreaterThan(0);
  expect(await saidIn(client, created.id, turn!.id)).toEqual(['Order A-1042 has been refunded: 42.00.']);

  const items = await sessions.items.list(created.id, { order: 'asc' });
  expect(items.data.map(({ type }) => type)).toEqual([
    'message',
    'function_call',
    'function_call_output',
    'message',
  ]);
});

test('a refusal is success: false, and the model reads its error', async () => {
  const { id } = await begin(client, 'Please refund order A-1042');
  const waiting = await until(client, id, 'requires_action');
  const error = 'Denied by ada. It was not carried out.';
  await client.beta.agents.sessions.events.create(id, {
    events: resultsFor(waiting, { success: false, error }),
  });
  await until(client, id, 'idle');
  expect(await saidIn(client, id, callsOf(waiting)[0]!.turn_id)).toEqual([
    `I did not refund order A-1042. ${error}`,
  ]);
  const { data } = await client.beta.agents.sessions.items.list(id);
  expect(data.find(({ type }) => type === 'function_call_output')).toMatchObject({
    status: 'failed',
    error,
    output: null,
  });
});

test('results that no call waits for are refused, in the words the client knows; nothing of their batch happens', async () => {
  const { events } = client.beta.agents.sessions;
  const { id } = await begin(client, 'Please refund order A-1');
  const waiting = await until(client, id, 'requires_action');
  const [result] = resultsFor(waiting, { success: true, output: 'Done.' });
  await expect(
    events.create(id, { events: [result!, { ...result!, call_id: 'call_x' }] }),
  ).rejects.toMatchObject({
    status: 400,
    code: 'invalid_request_error',
    error: { message: 'Unknown pending tool call: call_x' },
  });
  expect(callsOf(await client.beta.agents.sessions.retrieve(id))).toHaveLength(1);
  await expect(events.create(id, { events: [{ ...result!, turn_id: 'turn_x' }] })).rejects.toMatchObject({
    status: 400,
  });
  await events.create(id, { events: [result!] });
  await expect(events.create(id, { events: [result!] })).rejects.toMatchObject({ status: 400 });
});

test('calls of one round wait for all their results, whether these come together or one by one', async () => {
  const { id } = await begin(client, 'Please refund orders A-1 and A-2, order by order');
  const waiting = await until(client, id, 'requires_action');
  const [first, second] = resultsFor(waiting, { success: true, output: 'Done.' });
  await client.beta.agents.sessions.events.create(id, { events: [first!] });
  const still = await until(client, id, 'requires_action');
  expect(callsOf(still).map(({ call_id }) => call_id)).toEqual([second!.call_id]);
  await client.beta.agents.sessions.events.create(id, { events: [second!] });
  await until(client, id, 'idle');
});

test('a message to an idle session begins a turn; one sent meanwhile joins the turn that is under way', async () => {
  const { events, turns } = client.beta.agents.sessions;
  const { id } = await begin(client, 'Hello');
  await until(client, id, 'idle');
  await events.create(id, { events: [say('Please refund order A-1')] });
  const waiting = await until(client, id, 'requires_action');
  await events.create(id, { events: [say('Quickly!')] });
  const all = await turnsOf(client, id);
  expect(all.map(({ status }) => status)).toEqual(['completed', 'waiting']);
  const { data } = await turns.items.list(callsOf(waiting)[0]!.turn_id, { session_id: id, order: 'asc' });
  expect(data.map(({ type }) => type)).toEqual(['message', 'function_call', 'message']);
});

test('an accepted event shows its effect a moment later', async () => {
  const { client, inspect } = await connect();
  const { id } = await begin(client, 'Please refund order A-1');
  const waiting = await until(client, id, 'requires_action');
  await inspect('faults', {
    match: { operation: 'agentEvents.create' },
    fault: { type: 'lag', ms: 300 },
  });
  const sent = await client.beta.agents.sessions.events
    .create(id, { events: resultsFor(waiting, { success: true, output: 'Done.' }) })
    .asResponse();
  expect(sent.status).toBe(202);
  expect(await sent.text()).toBe('');
  expect((await client.beta.agents.sessions.retrieve(id)).status).toBe('requires_action');
  await until(client, id, 'idle');
});

test('the same key again is the same answer and no second effect; with other events it is refused', async () => {
  const { client, inspect } = await connect();
  const { events } = client.beta.agents.sessions;
  const { id } = await begin(client, 'Hello');
  await until(client, id, 'idle');
  const once = { events: [say('Hello again')], 'Idempotency-Key': 'k-1' };
  await inspect('faults', { match: { operation: 'agentEvents.create' }, fault: { type: 'drop_after' } });
  await expect(events.create(id, once)).rejects.toThrow();
  await events.create(id, once);
  await events.create(id, once);
  await until(client, id, 'idle');
  expect(await turnsOf(client, id)).toHaveLength(2);
  await expect(
    events.create(id, { events: [say('Something else')], 'Idempotency-Key': 'k-1' }),
  ).rejects.toMatchObject({ status: 409, code: 'idempotency_conflict' });
});

test('a cancel stops the turn and leaves the session usable; without a turn it does nothing', async () => {
  const { events } = client.beta.agents.sessions;
  const { id } = await begin(client, 'Please refund order A-1');
  await until(client, id, 'requires_action');
  await events.create(id, { events: [{ type: 'agent.session.input.cancel' }] });
  await until(client, id, 'idle');
  expect((await turnsOf(client, id)).map(({ status }) => status)).toEqual(['cancelled']);
  await events.create(id, { events: [{ type: 'agent.session.input.cancel' }, say('Hello')] });
  await until(client, id, 'idle');
  await expect
    .poll(async () => (await turnsOf(client, id)).map(({ status }) => status))
    .toEqual(['cancelled', 'completed']);
});

test('a turn fails as the scenario says, and the session goes on with the next message', async () => {
  const scenario = {
    rules: [
      {
        when: ['fail'],
        end: { status: 'failed' as const, error: { code: 'server_error', message: 'Oops.' } },
      },
      { when: ['long'], reply: 'Too', end: { status: 'incomplete' as const, reason: 'max_tokens' } },
    ],
  };
  const { client } = await connect({ scenario });
  const { id } = await begin(client, 'fail');
  const failed = await until(client, id, 'failed');
  expect(failed.error).toBe('Oops.');
  await client.beta.agents.sessions.events.create(id, { events: [say('long')] });
  await expect
    .poll(async () => (await turnsOf(client, id)).map((turn) => turn.error?.code))
    .toEqual(['server_error', 'max_output_tokens']);
});

test('arguments that are no JSON come as the text they are', async () => {
  const rawArguments = '{"orderId": ';
  const scenario = {
    rules: [{ when: ['go'], rounds: [{ calls: [{ tool: 'refund_order', rawArguments }] }] }],
  };
  const { client } = await connect({ scenario });
  const { id } = await begin(client, 'go');
  expect(callsOf(await until(client, id, 'requires_action'))[0]!.arguments).toBe(rawArguments);
});

test('a list by metadata lags behind, after a creation and after an update; a session itself does not', async () => {
  const { client, inspect } = await connect({ latency: { startMs: 0, thinkMs: 0, listMs: 0 } });
  const { sessions } = client.beta.agents;
  const idsOf = async (metadata?: Record<string, string>) => {
    const ids: string[] = [];
    for await (const session of sessions.list({ limit: 1, ...(metadata && { metadata }) }))
      ids.push(session.id);
    return ids;
  };
  const old = await begin(client, 'Hello', { key: 'a', desk: '1' });
  expect(await idsOf({ key: 'a', desk: '1' })).toEqual([old.id]);
  expect(await idsOf({ key: 'a', desk: '2' })).toEqual([]);

  await inspect('faults', { match: { operation: 'agentSessions.create' }, fault: { type: 'lag', ms: 300 } });
  const young = await begin(client, 'Hello', { key: 'b' });
  expect(await idsOf({ key: 'b' })).toEqual([]);
  expect(await idsOf()).toEqual([young.id, old.id]);
  await expect.poll(() => idsOf({ key: 'b' })).toEqual([young.id]);

  await inspect('faults', { match: { operation: 'agentSessions.update' }, fault: { type: 'lag', ms: 300 } });
  expect((await sessions.update(old.id, { metadata: { key: 'c' } })).metadata).toEqual({ key: 'c' });
  expect(await idsOf({ key: 'a' })).toEqual([old.id]);
  await expect.poll(() => idsOf({ key: 'c' })).toEqual([old.id]);
});

test('an update changes model, tools and metadata; instructions stay', async () => {
  const { id, agent } = await begin(client, 'Hello', { a: '1' });
  const updated = await client.beta.agents.sessions.update(id, { agent: { model: 'gpt-other', tools: [] } });
  expect(updated).toMatchObject({ metadata: { a: '1' }, agent: { model: 'gpt-other', tools: [] } });
  expect(updated.agent.instructions).toBe(agent.instructions);
});

test('a key has 1 to 256 characters; a turn that there is not is 404', async () => {
  const { sessions } = client.beta.agents;
  const { id } = await begin(client, 'Hello');
  const long = { events: [say('Hello')], 'Idempotency-Key': 'k'.repeat(257) };
  await expect(sessions.events.create(id, long)).rejects.toMatchObject({ status: 400 });
  await expect(sessions.turns.retrieve('turn_x', { session_id: id })).rejects.toMatchObject({ status: 404 });
});

test('a deleted session is gone; one whose turn is under way has to be cancelled first', async () => {
  const { client, inspect } = await connect();
  const { sessions } = client.beta.agents;
  const { id } = await begin(client, 'Please refund order A-1');
  await until(client, id, 'requires_action');
  await expect(sessions.delete(id)).rejects.toMatchObject({ status: 409 });
  await sessions.events.create(id, { events: [{ type: 'agent.session.input.cancel' }] });
  await until(client, id, 'idle');
  expect(await sessions.delete(id)).toEqual({ id, object: 'agent.session.deleted', deleted: true });
  await expect(sessions.retrieve(id)).rejects.toMatchObject({ status: 404 });
  expect((await inspect('state')).sessions).toMatchObject([
    { id, isDeleted: true, turns: [{ status: 'cancelled' }] },
  ]);
});

test('a session, its turn and the keys that were used survive a restart', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'simulator-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const stateFile = join(folder, 'state.jsonl');
  const before = await connect({ stateFile });
  const { id } = await begin(before.client, 'Please refund order A-1');
  const waiting = await until(before.client, id, 'requires_action');
  const sent = {
    events: resultsFor(waiting, { success: true, output: 'Done.' }),
    'Idempotency-Key': 'result-1',
  };
  await before.client.beta.agents.sessions.events.create(id, sent);

  const after = await connect({ stateFile });
  await after.client.beta.agents.sessions.events.create(id, sent);
  await until(after.client, id, 'idle');
  expect((await turnsOf(after.client, id)).map(({ status }) => status)).toEqual(['completed']);
});
