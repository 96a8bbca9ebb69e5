import { expect, test } from 'vitest';

import { createBench, HEADERS } from '../support/bench.ts';
import { openDescription } from '../support/description.ts';

const expectSchema = openDescription('chat', () => undefined);

const TOOL = { type: 'function', function: { name: 'refund_order' } };
const CALL = { messages: [{ role: 'user', content: 'Refund order A-1 and A-2' }], tools: [TOOL] };
const TEXT = { messages: [{ role: 'user', content: 'Hello' }] };
const STORED = { ...TEXT, store: true, metadata: { a: 'b' }, n: 2 };

test.each([CALL, TEXT, STORED])("an answer fits OpenAI's own description: %j", async (body) => {
  const bench = createBench({ latency: { startMs: 0, thinkMs: 0 } });
  const answer = await bench.send('POST', '/v1/chat/completions', { model: 'gpt-5', ...body });
  expect(answer.status).toBe(200);
  expectSchema('CreateChatCompletionResponse', answer.body);

  const stream = await bench.simulator.request('/v1/chat/completions', {
    method: 'POST',
    headers: HEADERS,
    body: JSON.stringify({
      model: 'gpt-5',
      ...body,
      stream: true,
      stream_options: { include_usage: true },
    }),
  });
  expect(stream.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  const events = (await stream.text()).split('\n\n');
  expect(events.slice(-2)).toEqual(['data: [DONE]', '']);
  for (const event of events.slice(0, -2)) {
    expectSchema('CreateChatCompletionStreamResponse', JSON.parse(event.replace(/^data: /, '')));
  }
});

test('and so does a refusal', async () => {
  const refused = await createBench().send('POST', '/v1/chat/completions', {});
  expect(refused.status).toBe(400);
  expectSchema('ErrorResponse', refused.body);
});
