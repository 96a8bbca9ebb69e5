import { expect, test } from 'vitest';

import { createBench, HEADERS } from '../support/bench.ts';
import { refusal } from '../support/refusals.ts';

const bench = createBench({ latency: { startMs: 0, thinkMs: 0 } });
const { authorization } = HEADERS;

async function refused(body: unknown): Promise<object> {
  const headers = { authorization, 'content-type': 'application/json' };
  const answer = await bench.send('POST', '/v1/chat/completions', body, headers);
  expect(answer.status, JSON.stringify(answer.body)).toBe(400);
  return answer.body.error;
}

const USER = { role: 'user', content: 'Refund order A-1' };
const call = (id: string) => ({ id, type: 'function', function: { name: 'pay', arguments: '{}' } });
const calls = (...ids: string[]) => ({ role: 'assistant', content: null, tool_calls: ids.map(call) });
const output = (id: string) => ({ role: 'tool', tool_call_id: id, content: 'ok' });
const UNANSWERED =
  "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: ";
const OUT_OF_PLACE =
  "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.";
const otherId = (id: string) =>
  `Invalid parameter: 'tool_call_id' of '${id}' not found in 'tool_calls' of previous message.`;

test.each([
  ['nothing', [USER, calls('call_1')], `${UNANSWERED}call_1`, 'messages'],
  ['one of two', [USER, calls('call_1', 'call_2'), output('call_2')], `${UNANSWERED}call_1`, 'messages'],
  ['none of two', [USER, calls('call_1', 'call_2')], `${UNANSWERED}call_1, call_2`, 'messages'],
  [
    'a later one',
    [USER, calls('call_1'), output('call_1'), calls('call_2')],
    `${UNANSWERED}call_2`,
    'messages',
  ],
  [
    'after a word of the user',
    [USER, calls('call_1'), USER, output('call_1')],
    `${UNANSWERED}call_1`,
    'messages',
  ],
  [
    'in between',
    [USER, calls('call_1', 'call_2'), output('call_1'), USER, output('call_2')],
    `${UNANSWERED}call_2`,
    'messages',
  ],
  ['what was not called', [USER, output('call_1')], OUT_OF_PLACE, 'messages.[1].role'],
  ['first of all', [output('call_1'), USER], OUT_OF_PLACE, 'messages.[0].role'],
  [
    'something else',
    [USER, calls('call_1'), output('call_9')],
    otherId('call_9'),
    'messages.[2].tool_call_id',
  ],
  [
    'it twice',
    [USER, calls('call_1'), output('call_1'), output('call_1')],
    otherId('call_1'),
    'messages.[3].tool_call_id',
  ],
  [
    'nobody knows what',
    [USER, calls('call_1'), { role: 'tool', content: 'ok' }],
    "Missing parameter 'tool_call_id': messages with role 'tool' must have a 'tool_call_id'.",
    'messages.[2].tool_call_id',
  ],
])('calls are answered each and at once, not %s', async (_, messages, message, param) => {
  expect(await refused({ model: 'gpt-5', messages })).toEqual(refusal(message, param));
});
