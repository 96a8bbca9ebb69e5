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

/** Answers every call of a completion, and gives the transcript that comes of it. */
function answered(
  messages: Messages,
  { choices }: OpenAI.ChatCompletion,
  output: (name: string) => string,
): Messages {
  const message = choices[0]!.message;
  const outputs = (message.tool_calls ?? []).map((call) => ({
    role: 'tool' as const,
    tool_call_id: call.id,
    content: output(call.type === 'function' ? call.function.name : ''),
  }));
  return [...messages, message, ...outputs];
}

const callsOf = ({ choices }: OpenAI.ChatCompletion) =>
  (choices[0]!.message.tool_calls ?? []).map((call) =>
    call.type === 'function'
      ? [call.function.name, JSON.parse(call.function.arguments) as unknown]
      : [call.type],
  );

describe("OpenAI's own client", () => {
  test('drives two rounds of calls to the reply', async () => {
    const { client } = await connect({ apiKey: 'sk-simulated' });
    const { completions } = client.chat;
    let messages: Messages = [
      { role: 'developer', content: 'You are a refund desk.' },
      { role: 'user', content: 'Look up order A-7, then refund it, it broke' },
    ];
    const first = await completions.create({ model: 'gpt-5', messages, tools: DESK });
    expect(first.choices[0]).toMatchObject({ finish_reason: 'tool_calls', message: { content: null } });
    expect(callsOf(first)).toEqual([['lookup_order', { orderId: 'A-7' }]]);

    messages = answered(messages, first, () => '{"orderId":"A-7"}');
    const second = await completions.create({ model: 'gpt-5', messages, tools: DESK });
    expect(callsOf(second)).toMatchObject([['refund_order', { orderId: 'A-7' }]]);

    messages = answered(messages, second, () => 'Refunded 42.00 EUR.');
    const last = await completions.create({ model: 'gpt-5', messages, tools: DESK });
    expect(last.choices[0]).toMatchObject({
      finish_reason: 'stop',
      message: {
        content:
          'Here is what I found about order A-7: {"orderId":"A-7"} Order A-7 has been refunded: Refunded 42.00 EUR.',
      },
    });
    expect(last.usage!.total_tokens).toBe(last.usage!.prompt_tokens + last.usage!.completion_tokens);
    expect(last.usage!.prompt_tokens).toBeGreaterThan(first.usage!.prompt_tokens);

    messages = [...messages, last.choices[0]!.message, { role: 'user', content: 'Thanks' }];
    const next = await completions.create({ model: 'gpt-5', messages, tools: DESK });
    expect(next.choices[0]!.message.content).toMatch(/^Hello! I am the refund desk\./);
  });

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

  test('tells refusals apart as it does with OpenAI', async () => {
    const { client } = await connect({ apiKey: 'sk-other-key-1234' });
    const body = { model: 'gpt-5', messages: [{ role: 'user' as const, content: 'Hello' }] };
    await expect(client.chat.completions.create(body)).rejects.toThrow(OpenAI.AuthenticationError);
  });
});

describe('what a request says about its tools is kept', () => {
  const TWICE: Messages = [{ role: 'user', content: 'Refund order A-1 and A-2' }];

  test('without parallel calls one answer holds one, and the next answer the next', async () => {
    const body = { model: 'gpt-5', tools: DESK, parallel_tool_calls: false };
    const first = await client.chat.completions.create({ ...body, messages: TWICE });
    expect(callsOf(first)).toMatchObject([['refund_order', { orderId: 'A-1' }]]);
    const afterOne = answered(TWICE, first, () => 'Refunded 1.');
    const second = await client.chat.completions.create({ ...body, messages: afterOne });
    expect(callsOf(second)).toMatchObject([['refund_order', { orderId: 'A-2' }]]);
    const last = await client.chat.completions.create({
      ...body,
      messages: answered(afterOne, second, () => 'Refunded 2.'),
    });
    expect(last.choices[0]!.message.content).toBe(
      'Order A-1 has been refunded: Refunded 1. Order A-2 has been refunded: Refunded 2.',
    );
  });

  test('without tools, or with the choice "none", nothing is called', async () => {
    const body = { model: 'gpt-5', messages: TWICE };
    for (const more of [{}, { tools: DESK, tool_choice: 'none' as const }]) {
      const answer = await client.chat.completions.create({ ...body, ...more });
      expect(callsOf(answer)).toEqual([]);
      expect(answer.choices[0]!.finish_reason).toBe('stop');
    }
  });

  test('a forced function is called, and ends with "stop"', async () => {
    const body = { model: 'gpt-5', tools: DESK, messages: [{ role: 'user' as const, content: 'Hello' }] };
    const forced = await client.chat.completions.create({
      ...body,
      tool_choice: { type: 'function', function: { name: 'refund_order' } },
    });
    expect(callsOf(forced)).toEqual([['refund_order', {}]]);
    expect(forced.choices[0]!.finish_reason).toBe('stop');
    const required = await client.chat.completions.create({ ...body, tool_choice: 'required' });
    expect(callsOf(required)).toEqual([['lookup_order', {}]]);
    expect(required.choices[0]!.finish_reason).toBe('tool_calls');
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
