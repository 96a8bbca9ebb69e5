import OpenAI from 'openai';
import { expect, test } from 'vitest';

import { share } from '../support/responses-bench.ts';

const { client, simulator } = await share({ apiKey: 'sk-simulated', latency: { startMs: 1, thinkMs: 1 } });

test("OpenAI's own client drives a whole refund: create, poll, submit, read", async () => {
  const { assistants, threads } = client.beta;

  const assistant = await assistants.create({
    model: 'gpt-5',
    tools: [
      {
        type: 'function',
        function: { name: 'refund_order', parameters: { type: 'object', properties: {} } },
      },
    ],
  });
  const thread = await threads.create({ metadata: { desk: 'refunds' } });
  const started = await threads.runs.create(thread.id, {
    assistant_id: assistant.id,
    additional_messages: [{ role: 'user', content: 'Please refund order A-1042, it arrived broken' }],
    metadata: { key: 'turn-1' },
  });
  expect(started).toMatchObject({ status: 'queued', metadata: { key: 'turn-1' } });

  const waiting = await threads.runs.poll(started.id, { thread_id: thread.id }, { pollIntervalMs: 5 });
  expect(waiting.status).toBe('requires_action');
  const calls = waiting.required_action!.submit_tool_outputs.tool_calls;
  expect(calls.map((call) => [call.function.name, JSON.parse(call.function.arguments) as unknown])).toEqual([
    ['refund_order', { orderId: 'A-1042', amountCents: 4200, reason: 'it arrived broken' }],
  ]);

  const tool_outputs = calls.map((call) => ({
    tool_call_id: call.id,
    output: '{"refunded":true,"amountCents":4200}',
  }));
  const submitted = await threads.runs.submitToolOutputs(started.id, { thread_id: thread.id, tool_outputs });
  expect(submitted.status).toBe('queued');
  const done = await threads.runs.poll(started.id, { thread_id: thread.id }, { pollIntervalMs: 5 });
  expect(done.status).toBe('completed');

  const messages = [];
  for await (const message of threads.messages.list(thread.id, { limit: 1, order: 'asc' }))
    messages.push(message);
  expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant']);
  expect(messages[1]!.content[0]).toMatchObject({
    text: { value: 'Order A-1042 has been refunded: 42.00.' },
  });

  const steps = await threads.runs.steps.list(started.id, { thread_id: thread.id, order: 'asc' });
  expect(steps.data.map(({ type, status }) => [type, status])).toEqual([
    ['tool_calls', 'completed'],
    ['message_creation', 'completed'],
  ]);
});

test('the client tells refusals apart as it does with OpenAI', async () => {
  const stranger = new OpenAI({ apiKey: 'sk-stranger-1234', baseURL: simulator.url, maxRetries: 0 });
  await expect(stranger.beta.threads.create()).rejects.toThrow(OpenAI.AuthenticationError);
  await expect(client.beta.threads.retrieve('thread_x')).rejects.toThrow(OpenAI.NotFoundError);
});
