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

test('a run that is over is sent with the message it was made with and its reply', async () => {
  const context = { plan: 'gold' };
  expect(await sent({ ...answered, context })).toEqual([
    {
      reconify: { format: 'openai', type: 'assistant', version: '1.0.0', ...keys },
      request: {
        run: {
          id: 'run_1',
          object: 'thread.run',
          created_at: 1_700_000_000,
          completed_at: 1_700_000_061,
          thread_id: 'thread_1',
          status: 'completed',
          model: 'gpt-test',
          tools: [
            { type: 'function', function: { name: 'lookup' } },
            { type: 'function', function: { name: 'refund' } },
          ],
          usage: { prompt_tokens: 40, completion_tokens: 2, total_tokens: 42 },
          metadata: {
            countersign_turn: 't-1',
            countersign_conversation: 'c-1',
            countersign_assistant: 'desk',
          },
        },
        message: {
          object: 'thread.message',
          created_at: 1_700_000_000,
          thread_id: 'thread_1',
          run_id: null,
          role: 'user',
          content: [{ type: 'text', text: { value: 'Refund A-1, ok', annotations: [] } }],
        },
      },
      response: {
        message: {
          object: 'thread.message',
          created_at: 1_700_000_061,
          thread_id: 'thread_1',
          run_id: 'run_1',
          role: 'assistant',
          content: [{ type: 'text', text: { value: 'Done.', annotations: [] } }],
        },
      },
      user: { userId: 'acme.u-7', tenant: 'acme', plan: 'gold' },
      session: 'acme.c-1',
      sessionTimeout: null,
      timestamps: { request: 1_700_000_000_000, response: 1_700_000_061_500 },
    },
  ]);
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
    request: { message: { content: [{ text: { value: '[14 characters]' } }] } },
    response: { message: { content: [{ text: { value: '[5 characters]' } }] } },
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
