import { describe, expect, test } from 'vitest';

import { NotACompletion, readCompletion } from '../../../../src/providers/chat/completion.ts';

const call = (over: object = {}) => ({
  id: 'call_1',
  type: 'function',
  function: { name: 'refund', arguments: '{"orderId":"A-1"}' },
  ...over,
});

function completion(message: object, finish_reason: string | null = 'stop'): object {
  return {
    id: 'chatcmpl-1',
    choices: [{ index: 0, finish_reason, message: { role: 'assistant', ...message } }],
  };
}

const read = (body: unknown, taken: string[] = []) => readCompletion(body, new Set(taken));

describe('how an answer ends', () => {
  test.each<[string, object, string | null, object]>([
    ['tool_calls', { content: null, tool_calls: [call()] }, 'tool_calls', { state: 'requires_action' }],
    ['stop', { content: 'Hello.' }, 'stop', { state: 'completed', text: 'Hello.' }],
    ['length', { content: 'Hel' }, 'length', { state: 'incomplete', finishReason: 'length', text: 'Hel' }],
    ['content_filter', { content: null }, 'content_filter', { state: 'incomplete', text: '' }],
    [
      'length in the middle of a call: none is made',
      { tool_calls: [call()] },
      'length',
      { state: 'incomplete', calls: [] },
    ],
    [
      'a refusal of the model',
      { content: null, refusal: 'I cannot.' },
      'stop',
      { state: 'completed', text: 'I cannot.' },
    ],
    ['an unknown reason', { content: '' }, 'meditating', { state: 'failed', finishReason: 'meditating' }],
    ['tool_calls without a call', { content: 'x', tool_calls: [] }, 'tool_calls', { state: 'failed' }],
  ])('%s', (_, message, reason, expected) => {
    expect(read(completion(message, reason))).toMatchObject(expected);
  });
});

describe('what compatible servers do', () => {
  test.each<[string, object, object]>([
    ['"stop" although there are calls', completion({ tool_calls: [call()] }), { state: 'requires_action' }],
    ['no finish_reason', { choices: [{ message: { content: 'Hi.' } }] }, { state: 'completed', text: 'Hi.' }],
    ['a finish_reason of their own', completion({ content: 'Hi.' }, 'eos'), { state: 'completed' }],
    [
      'content as a list of parts',
      completion({ content: [{ type: 'text', text: 'Hi' }, { type: 'image' }, { type: 'text', text: '.' }] }),
      { text: 'Hi.' },
    ],
    ['tool_calls: null', completion({ content: 'Hi.', tool_calls: null }), { state: 'completed', calls: [] }],
    [
      'arguments as an object',
      completion({ tool_calls: [call({ function: { name: 'refund', arguments: { orderId: 'A-1' } } })] }),
      { calls: [{ toolCallId: 'call_1', tool: 'refund', arguments: '{"orderId":"A-1"}' }] },
    ],
    ['usage with nothing in it', { ...completion({ content: 'Hi.' }), usage: {} }, { state: 'completed' }],
    [
      'usage without the total',
      { ...completion({ content: 'Hi.' }), usage: { prompt_tokens: 3, completion_tokens: 4 } },
      { usage: { promptTokens: 3, completionTokens: 4, totalTokens: 7 } },
    ],
  ])('%s', (_, body, expected) => {
    expect(read(body)).toMatchObject(expected);
  });

  test('ids of calls that are missing, repeated or taken are replaced, the same way each time', () => {
    const body = completion({
      tool_calls: [
        call({ id: undefined }),
        call({ id: '' }),
        call({ id: 'b' }),
        call({ id: 'b' }),
        call({ id: 'a' }),
      ],
    });
    const ids = read(body, ['a']).calls.map(({ toolCallId }) => toolCallId);
    expect(ids[2]).toBe('b');
    expect(new Set([...ids, 'a'])).toHaveLength(6);
    for (const id of ids.filter((it) => it !== 'b')) expect(id).toMatch(/^[0-9a-z]{9}$/);
    expect(read(body, ['a']).calls.map(({ toolCallId }) => toolCallId)).toEqual(ids);
  });
});

describe('what is no chat completion is refused, with the field', () => {
  test.each<[string, unknown, string]>([
    ['a run', { id: 'run_1', object: 'thread.run', status: 'queued' }, 'choices'],
    ['a response', { id: 'resp_1', object: 'response', output: [] }, 'choices'],
    ['a page', '<!doctype html><title>Hello</title>', 'the body'],
    ['nothing', undefined, 'the body'],
    ['no choice', { choices: [] }, 'choices'],
    ['a choice without a message', { choices: [{ finish_reason: 'stop' }] }, 'choices.0.message'],
    [
      'a call without a name',
      completion({ tool_calls: [{ id: 'x', function: {} }] }),
      'choices.0.message.tool_calls.0.function.name',
    ],
    [
      'the deprecated function_call',
      completion({ function_call: { name: 'refund', arguments: '{}' } }),
      'choices.0.message.function_call',
    ],
  ])('%s', (_, body, field) => {
    expect(() => read(body)).toThrow(NotACompletion);
    expect(() => read(body)).toThrow(expect.objectContaining({ field }) as Error);
  });
});
