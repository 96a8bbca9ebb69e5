import type OpenAI from 'openai';
import { describe, expect, test } from 'vitest';

import { callsOf, DESK, outputsOf, share } from './support/responses-bench.ts';

/** What a request says about its tools is kept, and calls are answered, by every protocol that has both in its requests. */

const { client } = await share();

interface Settings {
  tools?: boolean;
  parallel_tool_calls?: false;
  tool_choice?: 'none' | 'required' | { name: string };
}

interface Answered {
  calls: unknown[][];
  text: string;
  /** Of chat. */
  ended?: string;
  inputTokens: number;
  /** Gives every call this output. */
  next(output: string): Promise<Answered>;
  say(text: string): Promise<Answered>;
}

type Ask = (input: string, settings?: Settings) => Promise<Answered>;

const chat: Ask = (input, { tools = true, tool_choice, ...more } = {}) => {
  const body = {
    ...{ model: 'gpt-5', ...more },
    ...(tools && { tools: DESK.map(({ type, strict: _, ...tool }) => ({ type, function: tool })) }),
    ...(tool_choice && {
      tool_choice:
        typeof tool_choice === 'string' ? tool_choice : { type: 'function' as const, function: tool_choice },
    }),
  } as Omit<OpenAI.ChatCompletionCreateParamsNonStreaming, 'messages'>;
  const ask = async (messages: OpenAI.ChatCompletionMessageParam[]): Promise<Answered> => {
    const { choices, usage } = await client.chat.completions.create({ ...body, messages });
    const { message, finish_reason } = choices[0]!;
    const made = (message.tool_calls ?? []).filter((call) => call.type === 'function');
    const after = (...more: OpenAI.ChatCompletionMessageParam[]) => ask([...messages, message, ...more]);
    return {
      calls: made.map(({ function: { name, arguments: args } }) => [name, JSON.parse(args) as unknown]),
      ...{ text: message.content ?? '', ended: finish_reason, inputTokens: usage!.prompt_tokens },
      next: (content) =>
        after(...made.map(({ id }) => ({ role: 'tool' as const, tool_call_id: id, content }))),
      say: (content) => after({ role: 'user', content }),
    };
  };
  return ask([
    { role: 'developer', content: 'You are a refund desk.' },
    { role: 'user', content: input },
  ]);
};

const responses: Ask = (first, { tools = true, tool_choice, ...more } = {}) => {
  const body = {
    ...{ model: 'gpt-5', ...more, ...(tools && { tools: DESK }) },
    ...(tool_choice && {
      tool_choice:
        typeof tool_choice === 'string' ? tool_choice : { type: 'function' as const, ...tool_choice },
    }),
  };
  const ask = async (input: string | OpenAI.Responses.ResponseInput, after?: string): Promise<Answered> => {
    const response = await client.responses.create({
      ...{ ...body, input },
      ...(after !== undefined && { previous_response_id: after }),
    });
    return {
      ...{ calls: callsOf(response), text: response.output_text, inputTokens: response.usage!.input_tokens },
      next: (output) =>
        ask(
          outputsOf(response, () => output),
          response.id,
        ),
      say: (text) => ask(text, response.id),
    };
  };
  return ask(first);
};

describe.each(Object.entries({ chat, responses }))('over %s', (protocol, ask) => {
  const TWICE = 'Refund order A-1 and A-2';

  test('two rounds of calls lead to the reply, and the conversation goes on', async () => {
    const first = await ask('Look up order A-7, then refund it, it broke');
    expect(first).toMatchObject({ calls: [['lookup_order', { orderId: 'A-7' }]], text: '' });
    const second = await first.next('{"orderId":"A-7"}');
    expect(second.calls).toMatchObject([['refund_order', { orderId: 'A-7' }]]);
    const last = await second.next('Refunded 42.00 EUR.');
    expect(last).toMatchObject({
      calls: [],
      text: 'Here is what I found about order A-7: {"orderId":"A-7"} Order A-7 has been refunded: Refunded 42.00 EUR.',
    });
    expect(last.inputTokens).toBeGreaterThan(first.inputTokens);
    expect((await last.say('Thanks')).text).toMatch(/^Hello! I am the refund desk\./);
    if (protocol === 'chat') expect([first.ended, last.ended]).toEqual(['tool_calls', 'stop']);
  });

  test('without parallel calls one answer holds one, and the next answer the next', async () => {
    const first = await ask(TWICE, { parallel_tool_calls: false });
    expect(first.calls).toMatchObject([['refund_order', { orderId: 'A-1' }]]);
    const second = await first.next('Refunded 1.');
    expect(second.calls).toMatchObject([['refund_order', { orderId: 'A-2' }]]);
    expect((await second.next('Refunded 2.')).text).toBe(
      'Order A-1 has been refunded: Refunded 1. Order A-2 has been refunded: Refunded 2.',
    );
  });

  test('without tools, or with the choice "none", nothing is called; what is forced or required is', async () => {
    expect((await ask(TWICE, { tools: false })).calls).toEqual([]);
    expect((await ask(TWICE, { tool_choice: 'none' })).calls).toEqual([]);
    const forced = await ask('Hello', { tool_choice: { name: 'refund_order' } });
    expect(forced.calls).toEqual([['refund_order', {}]]);
    const required = await ask('Hello', { tool_choice: 'required' });
    expect(required.calls).toEqual([['lookup_order', {}]]);
    if (protocol === 'chat') expect([forced.ended, required.ended]).toEqual(['stop', 'tool_calls']);
  });
});

test('over responses a function that is merely allowed is not called for it', async () => {
  const tools = [{ type: 'function', name: 'lookup_order' }];
  const tool_choice = { type: 'allowed_tools' as const, mode: 'auto' as const, tools };
  const body = { model: 'gpt-5', input: 'Refund order A-1 and A-2', tools: DESK, tool_choice };
  expect(callsOf(await client.responses.create(body))).toEqual([]);
});
