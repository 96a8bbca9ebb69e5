import OpenAI from 'openai';
import { describe, expect, test } from 'vitest';

import { connect, share } from '../support/responses-bench.ts';

type Messages = OpenAI.ChatCompletionMessageParam[];
type Tools = OpenAI.ChatCompletionTool[];

const { client } = await share();

const tool = (name: string): Tools[number] => ({
  type: 'function',
  function: { name, parameters: { type: 'object', properties: { orderId: { type: 'string' } } } },
});
const DESK = [tool('lookup_order'), tool('refund_order')];

const callsOf = ({ choices }: OpenAI.ChatCompletion) =>
  (choices[0]!.message.tool_calls ?? []).map((call) =>
    call.type === 'function'
      ? [call.function.name, JSON.parse(call.function.arguments) as unknown]
      : [call.type],
  );

describe("OpenAI's own client", () => {
  test('reads the same from a stream as from a whole answer', async () => {
    const messages: Messages = [{ role: 'user', content: 'Refund order A-1 and A-2' }];
    const body = { model: 'gpt-5', messages, tools: DESK };
    const whole = await client.chat.completions.create(body);
    const stream = client.chat.completions.stream({ ...body, stream_options: { include_usage: true } });
    const chunks: OpenAI.ChatCompletionChunk[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    const streamed = await stream.finalChatCompletion();
    expect(callsOf(streamed)).toEqual(callsOf(whole));
    expect(callsOf(streamed)).toHaveLength(2);
    expect(streamed.choices[0]!.finish_reason).toBe('tool_calls');
    expect(streamed.usage).toEqual(whole.usage);
    expect(whole.usage!.total_tokens).toBe(whole.usage!.prompt_tokens + whole.usage!.completion_tokens);
    expect(chunks.map(({ usage }) => usage !== null)).toEqual([...chunks.slice(1).map(() => false), true]);
    expect(chunks.at(-1)!.choices).toEqual([]);

    const text = await client.chat.completions.create({ ...body, tool_choice: 'none', stream: true });
    let content = '';
    let pieces = 0;
    for await (const { choices, usage } of text) {
      expect(usage).toBeUndefined();
      content += choices[0]!.delta.content ?? '';
      pieces++;
    }
    const spoken = await client.chat.completions.create({ ...body, tool_choice: 'none' });
    expect(content).toBe(spoken.choices[0]!.message.content);
    expect(pieces).toBeGreaterThan(3);
  });
});

test('a scenario decides how it ends and how long it takes', async () => {
  const { client } = await connect({
    scenario: {
      rules: [
        { when: ['cut'], reply: 'Half a', end: { status: 'incomplete', reason: 'max_completion_tokens' } },
        { when: ['filter'], end: { status: 'incomplete', reason: 'content_filter' } },
        {
          when: ['limit'],
          end: { status: 'failed', error: { code: 'rate_limit_exceeded', message: 'No.' } },
        },
        { when: ['break'], end: { status: 'failed', error: { code: 'server_error', message: 'Oh.' } } },
        { when: ['slow'], thinkMs: 300, reply: 'At last.' },
      ],
    },
  });
  const ask = (content: string) =>
    client.chat.completions.create({ model: 'gpt-5', messages: [{ role: 'user', content }] });
  expect((await ask('cut')).choices[0]).toMatchObject({
    finish_reason: 'length',
    message: { content: 'Half a' },
  });
  expect((await ask('filter')).choices[0]!.finish_reason).toBe('content_filter');
  await expect(ask('limit')).rejects.toThrow(OpenAI.RateLimitError);
  await expect(ask('break')).rejects.toThrow(OpenAI.InternalServerError);
  const limited = await client.chat.completions.create({
    model: 'gpt-5',
    max_completion_tokens: 1,
    messages: [{ role: 'user', content: 'anything else' }],
  });
  expect(limited.choices[0]).toMatchObject({ finish_reason: 'length', message: { content: 'I ha' } });
  const startedMs = performance.now();
  expect((await ask('slow')).choices[0]!.message.content).toBe('At last.');
  expect(performance.now() - startedMs).toBeGreaterThan(290);
});
