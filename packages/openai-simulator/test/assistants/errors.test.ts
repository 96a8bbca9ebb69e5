import { expect, test } from 'vitest';

import { createBench, HEADERS, type Answer } from '../support/bench.ts';
import {
  missing,
  OPEN_SCHEMA,
  refusal,
  unknown,
  wrongSchema,
  wrongType,
  wrongValue,
} from '../support/refusals.ts';

const bench = createBench({ apiKey: 'test-key' });
const { authorization, 'openai-beta': beta, ...plain } = HEADERS;

function expectError(answer: Answer, status: number, error: object): void {
  expect(answer.status).toBe(status);
  expect(answer.body).toEqual({ error });
}

test('a request without a bearer token is refused', async () => {
  const answer = await bench.send('POST', '/v1/threads', {}, { ...plain, 'openai-beta': beta });
  expect(answer.status).toBe(401);
  expect(answer.body.error.message).toMatch(/^You didn't provide an API key\./);
});

test('a wrong key is refused, and the answer does not repeat it', async () => {
  const headers = { ...HEADERS, authorization: 'Bearer sk-wrong-key-abcd' };
  const message =
    'Incorrect API key provided: *************abcd. You can find your API key at https://platform.openai.com/account/api-keys.';
  const error = refusal(message, null, 'invalid_api_key');
  expectError(await bench.send('POST', '/v1/threads', {}, headers), 401, error);
});

test.each([undefined, 'assistants=v1', 'agents=v1'])(
  'the beta header has to be assistants=v2, not %s',
  async (value) => {
    const headers = { ...plain, authorization, ...(value !== undefined && { 'openai-beta': value }) };
    expectError(
      await bench.send('POST', '/v1/threads', {}, headers),
      400,
      refusal(
        "You must provide the 'OpenAI-Beta' header to access the Assistants API. Please try again by setting the header 'OpenAI-Beta: assistants=v2'.",
        null,
        'invalid_beta',
      ),
    );
  },
);

test('a body that is not JSON is refused', async () => {
  const response = await bench.simulator.request('/v1/threads', {
    method: 'POST',
    headers: HEADERS,
    body: '{"a":',
  });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({
    error: {
      message: expect.stringMatching(/^We could not parse the JSON body of your request\./) as string,
    },
  });
});

test('a body that is not an object is refused', async () => {
  const message = 'Invalid body: expected an object, but got an array instead.';
  expectError(await bench.send('POST', '/v1/threads', []), 400, refusal(message, null, 'invalid_type'));
});

test('an unknown path is an invalid URL', async () => {
  expectError(await bench.send('GET', '/v1/threads'), 404, refusal('Invalid URL (GET /v1/threads)'));
});

const tooMany = Object.fromEntries(Array.from({ length: 17 }, (_, index) => [`k${index}`, 'v']));
const BODIES: [path: string, body: object, error: object][] = [
  ['/v1/assistants', {}, missing('model')],
  ['/v1/assistants', { modle: 'gpt-5' }, unknown('modle')],
  ['/v1/threads', { messages: [{ role: 'user', content: 'Hi', run: 1 }] }, unknown('messages[0].run')],
  [
    '/v1/threads',
    { messages: [{ role: 'system', content: 'Hi' }] },
    wrongValue('messages[0].role', 'system', "'user' and 'assistant'"),
  ],
  [
    '/v1/threads',
    { messages: [{ role: 'user', content: 1 }] },
    wrongType('messages[0].content', 'one of a string or an array', 'an integer'),
  ],
  ['/v1/threads', { metadata: { modified: true } }, wrongType('metadata.modified', 'a string', 'a boolean')],
  [
    '/v1/threads',
    { metadata: tooMany },
    refusal(
      "Invalid 'metadata': too many properties. Expected an object with at most 16 properties, but got an object with 17 properties instead.",
      'metadata',
      'object_above_max_properties',
    ),
  ],
  [
    '/v1/threads',
    { metadata: { ['k'.repeat(65)]: 'v' } },
    refusal(
      "Invalid property name in 'metadata': name too long. Expected a property name with maximum length 64, but got a property name with length 65 instead.",
      'metadata',
      'property_name_above_max_length',
    ),
  ],
  [
    '/v1/threads',
    { metadata: { key: 'v'.repeat(513) } },
    refusal(
      "Invalid 'metadata.key': string too long. Expected a string with maximum length 512, but got a string with length 513 instead.",
      'metadata.key',
      'string_above_max_length',
    ),
  ],
  [
    '/v1/assistants',
    { model: 'gpt-5', tools: [{ type: 'function', function: { name: 'a b' } }] },
    refusal(
      "Invalid 'tools[0].function.name': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.",
      'tools[0].function.name',
      'invalid_value',
    ),
  ],
  [
    '/v1/assistants',
    {
      model: 'gpt-5',
      tools: [{ type: 'function', function: { name: 'pay', strict: true, parameters: { type: 'object' } } }],
    },
    wrongSchema('tools[0].function.parameters', 'pay', OPEN_SCHEMA),
  ],
  [
    '/v1/assistants',
    { model: 'gpt-5', temperature: 2.5 },
    refusal(
      "Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got 2.5 instead.",
      'temperature',
      'decimal_above_max_value',
    ),
  ],
  [
    '/v1/threads/runs',
    { assistant_id: 'asst_x', stream: 'yes' },
    wrongType('stream', 'a boolean', 'a string'),
  ],
];
test.each(BODIES)('POST %s refuses %j', async (path, body, error) => {
  expectError(await bench.send('POST', path, body), 400, error);
});

test.each([
  ['limit=0', 'limit', 'integer_below_min_value'],
  ['limit=101', 'limit', 'integer_above_max_value'],
  ['limit=ten', 'limit', 'invalid_type'],
  ['order=newest', 'order', 'invalid_value'],
  ['after=asst_unknown', 'after', 'invalid_value'],
  ['page=2', 'page', 'unknown_parameter'],
])('a list refuses ?%s', async (query, param, code) => {
  const { status, body } = await bench.send('GET', `/v1/assistants?${query}`);
  expect([status, body.error.param, body.error.code]).toEqual([400, param, code]);
});

test('unknown ids are not found, each with its noun', async () => {
  const threadId = await bench.thread();
  const run = await bench.run('Hello', { threadId });
  const thread = `/v1/threads/${threadId}`;
  const cases: [method: string, path: string, noun: string, id: string, body?: object][] = [
    ['GET', '/v1/assistants/asst_x', 'assistant', 'asst_x'],
    ['DELETE', '/v1/assistants/asst_x', 'assistant', 'asst_x'],
    ['POST', '/v1/threads/runs', 'assistant', 'asst_x', { assistant_id: 'asst_x' }],
    ['GET', '/v1/threads/thread_x', 'thread', 'thread_x'],
    ['POST', '/v1/threads/thread_x/messages', 'thread', 'thread_x', { role: 'user', content: 'Hi' }],
    ['POST', '/v1/threads/thread_x/runs', 'thread', 'thread_x', { assistant_id: 'asst_x' }],
    ['GET', `/v1/threads/thread_x/runs/${run.id}`, 'thread', 'thread_x'],
    ['GET', `${thread}/messages/msg_x`, 'message', 'msg_x'],
    ['GET', `${thread}/runs/run_x`, 'run', 'run_x'],
    ['POST', `${thread}/runs/run_x/cancel`, 'run', 'run_x'],
    ['POST', `${thread}/runs/run_x/submit_tool_outputs`, 'run', 'run_x', { tool_outputs: [] }],
    ['GET', `${thread}/runs/run_x/steps`, 'run', 'run_x'],
    ['GET', `${run.path}/steps/step_x`, 'run step', 'step_x'],
    ['GET', `/v1/threads/${await bench.thread()}/runs/${run.id}`, 'run', run.id],
  ];
  for (const [method, path, noun, id, body] of cases) {
    expectError(await bench.send(method, path, body), 404, refusal(`No ${noun} found with id '${id}'.`));
  }
});
