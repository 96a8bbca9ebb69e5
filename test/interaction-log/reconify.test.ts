import { afterEach, expect, test } from 'vitest';

import type { Interaction } from '../../src/contracts/interaction-log/interaction.ts';
import { reconifySink } from '../../src/interaction-log/reconify.ts';
import { startReceiver } from '../support/receiver.ts';
import { answered, asking, executed, withoutWords } from './interactions.ts';

const keys = { appKey: 'app-key', apiKey: 'api-key' };
let receiver: Awaited<ReturnType<typeof startReceiver>>;
afterEach(() => receiver.close());

async function sent(...interactions: Interaction[]): Promise<unknown[]> {
  receiver = await startReceiver();
  const sink = reconifySink({ url: receiver.url, ...keys });
  for (const one of interactions) await sink.write(one, new AbortController().signal);
  return receiver.received.map(({ body }) => JSON.parse(body) as unknown);
}

const messages = {
  request: {
    id: 'msg_1',
    assistantId: null,
    createdAtSeconds: 1_700_000_000,
    attachments: [{ file_id: 'file_1', tools: [{ type: 'file_search' }] }],
    metadata: { order: 'A-1' },
  },
  response: {
    id: 'msg_2',
    assistantId: 'asst_1',
    createdAtSeconds: 1_700_000_061,
    attachments: [],
    metadata: {},
  },
};

/** Field by field as Reconify documents the payload of its REST API 3.1.0. */
test('a completed run is sent as its two messages, unwrapped, as the Assistants API returns them', async () => {
  expect(await sent({ ...answered, messages })).toEqual([
    {
      reconify: { format: 'openai', type: 'assistant', version: '3.1.0', ...keys },
      timestamps: { request: 1_700_000_000_000, response: 1_700_000_061_500 },
      session: expect.stringMatching(/^acmec1[0-9a-f]{12}$/) as string,
      user: { userId: 'acme.u-7' },
      request: {
        id: 'msg_1',
        object: 'thread.message',
        created_at: 1_700_000_000,
        assistant_id: null,
        thread_id: 'thread_1',
        run_id: null,
        role: 'user',
        content: [{ type: 'text', text: { value: 'Refund A-1, ok', annotations: [] } }],
        attachments: [{ file_id: 'file_1', tools: [{ type: 'file_search' }] }],
        metadata: { order: 'A-1' },
        model: 'gpt-test',
      },
      response: {
        id: 'msg_2',
        object: 'thread.message',
        created_at: 1_700_000_061,
        assistant_id: 'asst_1',
        thread_id: 'thread_1',
        run_id: 'run_1',
        role: 'assistant',
        content: [{ type: 'text', text: { value: 'Done.', annotations: [] } }],
        attachments: [],
        metadata: {},
        usage: { prompt_tokens: 40, completion_tokens: 2, total_tokens: 42 },
      },
    },
  ]);
});

test('a person is told of by the documented fields of the context alone', async () => {
  const context = {
    ...{ email: 'ada@example.com', firstName: 'Ada', lastName: 'L', phone: '1', gender: 'f' },
    ...{ isAuthenticated: true, plan: 'gold' },
  };
  const { user: _nobody, ...anonymous } = answered;
  const users = (await sent(
    { ...answered, context },
    { ...anonymous, context },
    { ...anonymous, context: { firstName: 'Ada', email: '[e-mail]' } },
  )) as { user?: unknown }[];
  const { plan: _ours, ...documented } = { ...context, isAuthenticated: 1 };
  expect(users.map(({ user }) => user)).toEqual([
    { userId: 'acme.u-7', ...documented },
    documented,
    undefined,
  ]);
});

test('sessions are letters and digits, and two that differ stay two', async () => {
  const names = ['acme.c-1', 'acme.c1', 'acmec1'];
  const bodies = (await sent(...names.map((session) => ({ ...answered, session })))) as { session: string }[];
  const sessions = bodies.map(({ session }) => session);
  expect(new Set(sessions).size).toBe(3);
  for (const session of sessions) expect(session).toMatch(/^[A-Za-z0-9]+$/);
});

test('runs that ended otherwise are not sent: Reconify logs those that are completed', async () => {
  const states = ['failed', 'cancelled', 'expired', 'incomplete'] as const;
  const ended = states.map((state) => ({ ...answered, answer: { state, calls: [] } }));
  expect(await sent(...ended)).toEqual([]);
});

test('with chat each request is sent with its whole answer', async () => {
  const chat = { protocol: 'chat' as const, runId: 'chatcmpl-1' };
  const [first, second] = await sent({ ...asking, ...chat }, { ...answered, ...chat });
  const tool_calls = [
    { id: 'call_1', type: 'function', function: { name: 'refund', arguments: '{"orderId":"A-1"}' } },
  ];
  expect(first).toMatchObject({
    reconify: { format: 'openai', type: 'chat' },
    request: { model: 'gpt-test', messages: [{ role: 'user', content: 'Refund A-1, ok' }] },
    response: {
      id: 'chatcmpl-1',
      object: 'chat.completion',
      choices: [
        { index: 0, message: { role: 'assistant', content: null, tool_calls }, finish_reason: 'tool_calls' },
      ],
    },
    timestamps: { request: 1_700_000_000_000, response: 1_700_000_000_900 },
  });
  expect(second).toMatchObject({
    request: {
      messages: [
        { role: 'user', content: 'Refund A-1, ok' },
        { role: 'assistant', content: null, tool_calls },
        { role: 'tool', tool_call_id: 'call_1', content: 'refund is done.' },
      ],
    },
    response: {
      choices: [{ message: { role: 'assistant', content: 'Done.' }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 40, completion_tokens: 2, total_tokens: 42 },
    },
    timestamps: { request: 1_700_000_060_000, response: 1_700_000_061_500 },
  });
});

test('without words it is sent how long the texts were', async () => {
  const [body] = await sent(withoutWords(answered));
  expect(body).toMatchObject({
    request: { content: [{ text: { value: '[14 characters]' } }] },
    response: { content: [{ text: { value: '[5 characters]' } }] },
  });
});

test('a run that asks for tools, a tool and a request without an answer are not sent', async () => {
  const { answer: _none, ...unanswered } = answered;
  expect(await sent(asking, executed, { ...unanswered, error: { type: 'Provider.Unreachable' } })).toEqual(
    [],
  );
});

test.each([
  ['an error', { status: 503 }, 'Reconify answered 503.'],
  [
    'a redirect, which would carry the keys elsewhere',
    { status: 307, headers: { location: '/x' } },
    'fetch failed',
  ],
])('%s is a failure that names no key', async (_, answer, message) => {
  receiver = await startReceiver(answer);
  const sink = reconifySink({ url: receiver.url, ...keys });
  const write = Promise.resolve(sink.write(answered, new AbortController().signal));
  await expect(write).rejects.toThrow(message);
  expect(receiver.received).toHaveLength(1);
});

test.each([
  [
    { url: 'http://reconify.example.com/track' },
    'reconifySink url is "http://reconify.example.com/track": use an https URL',
  ],
  [{ url: 'https://me:secret@reconify.example.com' }, 'reconifySink url is "https://…@reconify.example.com"'],
  [{ url: 'nonsense' }, 'reconifySink url is "nonsense"'],
  [{ appKey: '' }, 'reconifySink appKey is empty'],
  [{ sessionTimeoutMinutes: 0 }, 'reconifySink sessionTimeoutMinutes is 0: use a number of minutes above 0.'],
])('what cannot be is refused by name: %j', async (over, message) => {
  receiver = await startReceiver();
  expect(() => reconifySink({ url: 'https://reconify.example.com', ...keys, ...over })).toThrow(message);
});
