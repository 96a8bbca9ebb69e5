import type OpenAI from 'openai';
import { expect, test } from 'vitest';

import { share } from '../support/responses-bench.ts';

const { client: openai } = await share();

const complete = (content: string, more: object = {}) =>
  openai.chat.completions.create({ model: 'gpt-5', messages: [{ role: 'user', content }], ...more });

test('a stored completion is found, changed, listed with its messages, and deleted', async () => {
  const { completions } = openai.chat;
  const made = await completions.create({
    model: 'gpt-5',
    store: true,
    metadata: { order: 'A-1' },
    messages: [
      { role: 'developer', content: 'Be kind.' },
      { role: 'user', content: [{ type: 'text', text: 'Hello' }] },
    ],
  });
  expect(await completions.retrieve(made.id)).toMatchObject({ ...made, metadata: { order: 'A-1' } });

  const changed = await completions.update(made.id, { metadata: { order: 'A-2' } });
  expect(changed.metadata).toEqual({ order: 'A-2' });
  const { data: messages } = await completions.messages.list(made.id);
  expect(messages).toMatchObject([
    { role: 'developer', content: 'Be kind.', content_parts: null },
    { role: 'user', content: 'Hello', content_parts: [{ type: 'text', text: 'Hello' }] },
  ]);
  expect(new Set(messages.map(({ id }) => id)).size).toBe(2);

  expect(await completions.delete(made.id)).toEqual({
    object: 'chat.completion.deleted',
    id: made.id,
    deleted: true,
  });
  await expect(completions.retrieve(made.id)).rejects.toMatchObject({ status: 404 });
});

test('lists are oldest first, by page, model and metadata', async () => {
  const { completions } = openai.chat;
  const ids: string[] = [];
  for (const [index, model] of ['gpt-5', 'gpt-4.1', 'gpt-5'].entries())
    ids.push((await complete('Hi', { model, store: true, metadata: { run: 'list', n: String(index) } })).id);
  const listed = async (query: OpenAI.Chat.ChatCompletionListParams) => {
    const found: string[] = [];
    for await (const { id } of completions.list({ metadata: { run: 'list' }, ...query })) found.push(id);
    return found;
  };
  expect(await listed({})).toEqual(ids);
  expect(await listed({ limit: 1 })).toEqual(ids);
  expect(await listed({ order: 'desc' })).toEqual(ids.toReversed());
  expect(await listed({ model: 'gpt-4.1' })).toEqual([ids[1]]);
  expect(await listed({ metadata: { run: 'list', n: '2' } })).toEqual([ids[2]]);
});

test('what was not to be stored is not found, a stream that was to be is', async () => {
  const { id } = await complete('Hi');
  await expect(openai.chat.completions.retrieve(id)).rejects.toMatchObject({
    status: 404,
    message: `404 No stored chat completion found with id '${id}'.`,
  });
  const stream = openai.chat.completions.stream({
    model: 'gpt-5',
    store: true,
    messages: [{ role: 'user', content: 'Hi' }],
  });
  const streamed = await stream.finalChatCompletion();
  const stored = await openai.chat.completions.retrieve(streamed.id);
  expect(stored.choices[0]!.message.content).toBe(streamed.choices[0]!.message.content);
});
