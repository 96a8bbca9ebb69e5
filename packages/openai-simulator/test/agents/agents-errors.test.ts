import { expect, test } from 'vitest';

import { AGENT, begin, callsOf, resultsFor, say, until } from '../support/agents-bench.ts';
import { createBench, HEADERS } from '../support/bench.ts';
import { share } from '../support/responses-bench.ts';

const { client } = await share();
const BETA = { ...HEADERS, 'openai-beta': 'agents=v1' };
const SESSION = { agent: AGENT, environment: { type: 'none' }, input: 'Hello' };

async function post(path: string, body: object) {
  const { simulator } = createBench();
  const answer = await simulator.request(path, { method: 'POST', headers: BETA, body: JSON.stringify(body) });
  return { status: answer.status, body: (await answer.json()) as { error: Record<string, unknown> } };
}

test.each([
  ['without an environment', { ...SESSION, environment: undefined }, 'environment'],
  ['without a model', { ...SESSION, agent: {} }, 'agent.model'],
  ['without input', { ...SESSION, input: undefined }, 'input'],
  ['with an unknown field', { ...SESSION, threads: 1 }, 'threads'],
  [
    'with a tool without a description',
    { ...SESSION, agent: { ...AGENT, tools: [{ type: 'function', name: 'a', parameters: {} }] } },
    'agent.tools[0].description',
  ],
  ['with a review there is not', { ...SESSION, review: 'always' }, 'review'],
  ['with metadata that is no text', { ...SESSION, metadata: { a: 1 } }, 'metadata.a'],
  ['with a hosted environment', { ...SESSION, environment: { type: 'openai_hosted' } }, 'environment.type'],
  ['with a saved agent', { ...SESSION, agent_id: 'agent_1' }, 'agent_id'],
  ['as a stream', { ...SESSION, stream: true }, 'stream'],
])('a session %s is refused, and the parameter is named', async (_, body, param) => {
  const { status, body: answer } = await post('/v1/agents/sessions', body);
  expect([status, answer.error.param]).toEqual([400, param]);
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

test.each([
  [{ events: [] }, 'events'],
  [{ events: [{ type: 'agent.session.input.approve' }] }, 'events[0].type'],
  [
    { events: [{ type: 'agent.session.input.tool_result', call_id: 'c', turn_id: 't' }] },
    'events[0].success',
  ],
])('%j is refused', async (body, param) => {
  const { status, body: answer } = await post('/v1/agents/sessions/sess_x/events', body);
  expect([status, answer.error.param]).toEqual([400, param]);
});

test('a key has 1 to 256 characters; what is unknown is 404', async () => {
  const { sessions } = client.beta.agents;
  const { id } = await begin(client, 'Hello');
  const long = { events: [say('Hello')], 'Idempotency-Key': 'k'.repeat(257) };
  await expect(sessions.events.create(id, long)).rejects.toMatchObject({ status: 400 });
  await expect(sessions.retrieve('sess_x')).rejects.toMatchObject({ status: 404 });
  await expect(sessions.turns.retrieve('turn_x', { session_id: id })).rejects.toMatchObject({ status: 404 });
  await expect(sessions.events.create('sess_x', { events: [say('Hello')] })).rejects.toMatchObject({
    status: 404,
  });
});
