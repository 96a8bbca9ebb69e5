import { expect, test } from 'vitest';

import { createBench, HEADERS } from '../support/bench.ts';
import {
  missing,
  OPEN_SCHEMA,
  refusal,
  unknown,
  wrongSchema,
  wrongType,
  wrongValue,
} from '../support/refusals.ts';

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

test.each([
  [{ messages: [USER] }, refusal('you must provide a model parameter')],
  [{ model: 'gpt-5' }, missing('messages')],
  [
    { model: 'gpt-5', messages: [] },
    refusal(
      "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.",
      'messages',
      'empty_array',
    ),
  ],
  [
    { model: 'gpt-5', messages: [USER], thinking: true },
    refusal('Unrecognized request argument supplied: thinking'),
  ],
  [
    { model: 'gpt-5', messages: [USER], num_ctx: 1, thinking: true },
    refusal('Unrecognized request arguments supplied: num_ctx, thinking'),
  ],
  [{ model: 'gpt-5', messages: [{ ...USER, id: 'msg_1' }] }, unknown('messages[0].id')],
  [
    { model: 'gpt-5', messages: [{ role: 'human', content: 'Hi' }] },
    wrongValue(
      'messages[0].role',
      'human',
      "'system', 'assistant', 'user', 'function', 'tool', and 'developer'",
    ),
  ],
  [{ model: 'gpt-5', messages: [{ content: 'Hi' }] }, missing('messages[0].role')],
  [
    { model: 'gpt-5', messages: [USER, { role: 'assistant', content: null }] },
    refusal("Invalid value for 'content': expected a string, got null.", 'messages.[1].content'),
  ],
  [{ model: 'gpt-5', messages: [USER], temperature: '1' }, wrongType('temperature', 'a number', 'a string')],
  [
    { model: 'gpt-5', messages: [USER], tool_choice: 'auto' },
    refusal(
      "Invalid value for 'tool_choice': 'tool_choice' is only allowed when 'tools' are specified.",
      'tool_choice',
    ),
  ],
  [
    { model: 'gpt-5', messages: [USER], parallel_tool_calls: false },
    refusal(
      "Invalid value for 'parallel_tool_calls': 'parallel_tool_calls' is only allowed when 'tools' are specified.",
      'parallel_tool_calls',
    ),
  ],
  [
    { model: 'gpt-5', messages: [USER], stream_options: { include_usage: true } },
    refusal("The 'stream_options' parameter is only allowed when 'stream' is enabled.", 'stream_options'),
  ],
  [
    { model: 'gpt-5', messages: [USER], metadata: { a: 'b' } },
    refusal("The 'metadata' parameter is only allowed when 'store' is enabled.", 'metadata'),
  ],
])('%j is refused', async (body, expected) => {
  expect(await refused(body)).toEqual(expected);
});

const closed = (properties: object, required = Object.keys(properties)) => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});
const TEXT = { type: 'string' };

test.each([
  [{ type: 'object', properties: {} }, OPEN_SCHEMA],
  [
    closed({ a: TEXT, b: TEXT }, ['a']),
    "In context=(), 'required' is required to be supplied and to be an array including every key in properties. Missing 'b'.",
  ],
  [
    closed({ a: { type: 'object', properties: {} } }),
    "In context=('properties', 'a'), 'additionalProperties' is required to be supplied and to be false.",
  ],
  [
    closed({ a: { type: 'array', items: { type: ['object', 'null'], properties: {} } } }),
    "In context=('properties', 'a', 'items'), 'additionalProperties' is required to be supplied and to be false.",
  ],
  [closed({ a: { type: 'array' } }), "In context=('properties', 'a'), array schema missing items."],
  [closed({ a: {} }), "In context=('properties', 'a'), schema must have a 'type' key."],
  [closed({ a: { oneOf: [TEXT] } }), "In context=('properties', 'a'), 'oneOf' is not permitted."],
  [
    closed({ a: { anyOf: [TEXT, { type: 'object' }] } }),
    "In context=('properties', 'a', 'anyOf', '1'), 'additionalProperties' is required to be supplied and to be false.",
  ],
  [{ type: 'array', items: TEXT }, `schema must be a JSON Schema of 'type: "object"', got 'type: "array"'.`],
])('a strict function with %j is refused', async (parameters, fault) => {
  const tools = [{ type: 'function', function: { name: 'pay', strict: true, parameters } }];
  const error = wrongSchema('tools[0].function.parameters', 'pay', fault);
  expect(await refused({ model: 'gpt-5', messages: [USER], tools })).toEqual(error);
});

test('a strict function with a closed schema is taken, and so is an open one that is not strict', async () => {
  const nested = closed({
    a: closed({ b: { type: ['string', 'null'] } }),
    c: { type: 'array', items: TEXT },
  });
  const tools = [
    { type: 'function', function: { name: 'pay', strict: true, parameters: nested } },
    { type: 'function', function: { name: 'log', parameters: { type: 'object', properties: { a: {} } } } },
  ];
  const answer = await bench.send('POST', '/v1/chat/completions', {
    model: 'gpt-5',
    messages: [USER],
    tools,
  });
  expect(answer.status).toBe(200);
});
