import OpenAI, { type APIError } from 'openai';
import { describe, expect, test } from 'vitest';

import type { SeenRequest } from '../src/app.ts';
import { AGENT } from './support/agents-bench.ts';
import { connect, type Connected } from './support/responses-bench.ts';

/** One call of every surface that has an effect, and how often it had it. */
interface Surface {
  operation: string;
  call: (client: OpenAI) => Promise<unknown>;
  /** How many of them OpenAI has made. */
  made: (inspect: Connected['inspect'], client: OpenAI) => Promise<number>;
}

/** What is noted of the requests for an operation. */
async function noted(inspect: Connected['inspect'], operation: string) {
  const { requests } = (await inspect('requests')) as { requests: SeenRequest[] };
  return requests.filter((seen) => seen.operation === operation);
}

const effects =
  (operation: string): Surface['made'] =>
  async (inspect) =>
    (await noted(inspect, operation)).filter(({ effect }) => effect).length;
const entries = (key: 'responses' | 'sessions') => async (inspect: Connected['inspect']) =>
  ((await inspect('state'))[key] as unknown[]).length;

const SURFACES: Surface[] = [
  {
    operation: 'assistants.create',
    call: (client) => client.beta.assistants.create({ model: 'gpt-test' }),
    made: async (_, client) => (await client.beta.assistants.list()).data.length,
  },
  {
    operation: 'responses.create',
    call: (client) => client.responses.create({ model: 'gpt-test', input: 'Hello', background: true }),
    made: entries('responses'),
  },
  {
    operation: 'conversations.create',
    call: (client) => client.conversations.create({}),
    made: effects('conversations.create'),
  },
  {
    operation: 'chat.create',
    call: (client) =>
      client.chat.completions.create({ model: 'gpt-test', messages: [{ role: 'user', content: 'Hello' }] }),
    made: effects('chat.create'),
  },
  {
    operation: 'agentSessions.create',
    call: (client) =>
      client.beta.agents.sessions.create({ agent: AGENT, environment: { type: 'none' }, input: 'Hello' }),
    made: entries('sessions'),
  },
];

describe.each(SURFACES)('$operation', ({ operation, call, made }) => {
  const hit = (inspect: Connected['inspect'], fault: object) =>
    inspect('faults', { match: { operation }, fault });

  test.each([
    ['drop_before', 'close', 0],
    ['drop_before', 'reset', 0],
    ['drop_after', 'close', 1],
    ['drop_after', 'reset', 1],
  ])('%s by %s: the answer is lost', async (type, how, times) => {
    const { client, inspect } = await connect();
    await hit(inspect, { type, how });
    await expect(call(client)).rejects.toThrow(OpenAI.APIConnectionError);
    expect(await made(inspect, client)).toBe(times);
    const [seen] = await noted(inspect, operation);
    expect(seen).toMatchObject({ status: 'dropped', fault: type, effect: times === 1 });
    await call(client);
    expect(await made(inspect, client)).toBe(times + 1);
  });

  test.each<[number, string, number, string | null, Record<string, string>]>([
    [409, 'before', 0, null, {}],
    [409, 'after', 1, null, {}],
    [500, 'before', 0, null, {}],
    [500, 'after', 1, null, {}],
    [429, 'before', 0, 'rate_limit_exceeded', { 'retry-after': '7' }],
    [429, 'after', 1, 'rate_limit_exceeded', { 'retry-after': '7' }],
  ])('%d %s the effect', async (status, when, times, code, headers) => {
    const { client, inspect } = await connect();
    const match = { operation: operation.replace(/\.\w+$/, '.*') };
    await inspect('faults', { match, fault: { type: 'status', status, when, headers } });
    const error = (await call(client).catch((thrown: unknown) => thrown)) as APIError;
    expect(error).toMatchObject({ status, code, requestID: expect.stringMatching(/^req_/) as string });
    expect(error.headers?.get('retry-after') ?? undefined).toBe(headers['retry-after']);
    expect(await made(inspect, client)).toBe(times);
    const [seen] = await noted(inspect, operation);
    expect(seen).toMatchObject({ status, fault: 'status', effect: times === 1 });
  });

  test.each([
    ['before', 0],
    ['after', 1],
  ])('a body that is no JSON %s the effect', async (when, times) => {
    const { client, inspect } = await connect();
    await hit(inspect, { type: 'malformed', when });
    await expect(call(client)).rejects.toThrow('JSON');
    expect(await made(inspect, client)).toBe(times);
  });

  test('a body of a proxy, with a status and type of its own', async () => {
    const { client, inspect } = await connect();
    const text = '<html>Bad gateway</html>';
    await hit(inspect, { type: 'malformed', text, status: 502, contentType: 'text/html' });
    await expect(call(client)).rejects.toMatchObject({ status: 502 });
  });
});

test('conversation_locked can be asked for', async () => {
  const { client, inspect } = await connect();
  const { id } = await client.conversations.create({});
  await inspect('faults', {
    match: { operation: 'responses.create' },
    fault: { type: 'conversation_locked' },
  });
  const request = { model: 'gpt-test', input: 'Hello', conversation: id };
  await expect(client.responses.create(request)).rejects.toMatchObject({
    status: 400,
    code: 'conversation_locked',
  });
  await client.responses.create(request);
});
