import { expect, test } from 'vitest';

import { AGENT } from './support/agents-bench.ts';
import { createBench, HEADERS } from './support/bench.ts';
import {
  emptyArray,
  missing,
  refusal,
  unknown,
  unsupported,
  wrongSchema,
  wrongType,
  wrongValue,
  type Told,
} from './support/refusals.ts';

/** What is refused in one request, over every protocol; what needs several stands with its protocol. */

const bench = createBench({ apiKey: 'test-key', latency: { startMs: 0, thinkMs: 0 } });
const { authorization, 'openai-beta': beta, ...plain } = HEADERS;

/** Only who is meant gets the beta header. */
function send(method: string, path: string, body?: unknown) {
  const [, api] = /^\/v1\/(assistants|threads|agents)/.exec(path) ?? [];
  const meant = { 'openai-beta': api === 'agents' ? 'agents=v1' : beta };
  return bench.send(method, path, body, { ...plain, authorization, ...(api !== undefined && meant) });
}

test('a request without a bearer token is refused', async () => {
  const answer = await bench.send('POST', '/v1/threads', {}, { ...plain, 'openai-beta': beta });
  expect(answer.status).toBe(401);
  expect(answer.body.error.message).toMatch(/^You didn't provide an API key\./);
});

test.each([
  ['POST', '/v1/threads'],
  ['POST', '/v1/responses'],
  ['GET', '/v1/conversations/conv_x'],
])('%s %s refuses a wrong key, and the answer does not repeat it', async (method, path) => {
  const headers = { ...HEADERS, authorization: 'Bearer sk-wrong-key-abcd' };
  const { status, body } = await bench.send(method, path, method === 'POST' ? {} : undefined, headers);
  const message =
    'Incorrect API key provided: *************abcd. You can find your API key at https://platform.openai.com/account/api-keys.';
  expect([status, body]).toEqual([401, { error: refusal(message, null, 'invalid_api_key') }]);
});

test.each([
  ['/v1/threads', 'assistants=v2', undefined],
  ['/v1/threads', 'assistants=v2', 'assistants=v1'],
  ['/v1/threads', 'assistants=v2', 'agents=v1'],
  ['/v1/agents/sessions', 'agents=v1', undefined],
  ['/v1/agents/sessions', 'agents=v1', 'assistants=v2'],
])('the beta header for %s has to be %s, not %s', async (path, wanted, value) => {
  const headers = { ...plain, authorization, ...(value !== undefined && { 'openai-beta': value }) };
  const api = wanted.startsWith('agents') ? 'Agents' : 'Assistants';
  const message = `You must provide the 'OpenAI-Beta' header to access the ${api} API. Please try again by setting the header 'OpenAI-Beta: ${wanted}'.`;
  const { status, body } = await bench.send('POST', path, {}, headers);
  expect([status, body]).toEqual([400, { error: refusal(message, null, 'invalid_beta') }]);
});

test('a body that is not JSON is refused', async () => {
  const init = { method: 'POST', headers: HEADERS, body: '{"a":' };
  const response = await bench.simulator.request('/v1/threads', init);
  expect(response.status).toBe(400);
  expect(((await response.json()) as { error: Error }).error.message).toMatch(
    /^We could not parse the JSON body of your request\./,
  );
});

test('an unknown path is an invalid URL', async () => {
  const { status, body } = await send('GET', '/v1/threads');
  expect([status, body]).toEqual([404, { error: refusal('Invalid URL (GET /v1/threads)') }]);
});

const USER = { role: 'user', content: 'Refund order A-1' };
const TOOL = { name: 'refund_order', strict: false, parameters: { type: 'object', properties: {} } };
const OPEN = "In context=(), 'additionalProperties' is required to be supplied and to be false.";
const tooMany = Object.fromEntries(Array.from({ length: 17 }, (_, index) => [`k${index}`, 'v']));

type Sent = [path: string, body: object];
const assistant = (body: object): Sent => ['/v1/assistants', { model: 'gpt-5', ...body }];
const thread = (body: object): Sent => ['/v1/threads', body];
const said = (message: object): Sent => thread({ messages: [{ role: 'user', content: 'Hi', ...message }] });
const chat = (body: object): Sent => ['/v1/chat/completions', { model: 'gpt-5', messages: [USER], ...body }];
const response = (body: object): Sent => ['/v1/responses', { model: 'gpt-5', input: 'Hi', ...body }];
const SESSION = { agent: AGENT, environment: { type: 'none' }, input: 'Hello' };
const session = (body: object): Sent => ['/v1/agents/sessions', { ...SESSION, ...body }];
const events = (...events: object[]): Sent => ['/v1/agents/sessions/sess_x/events', { events }];

const call = (id: string) => ({ id, type: 'function', function: { name: 'pay', arguments: '{}' } });
const calls = (...ids: string[]) => ({ role: 'assistant', content: null, tool_calls: ids.map(call) });
const output = (id?: string) => ({ role: 'tool', tool_call_id: id, content: 'ok' });
const messages = (...messages: object[]): Sent => chat({ messages });
const unanswered = (ids: string): Told => [
  `An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: ${ids}`,
  'messages',
];
const outOfPlace = (param: string): Told => [
  "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.",
  param,
];
const otherId = (id: string, param: string): Told => [
  `Invalid parameter: 'tool_call_id' of '${id}' not found in 'tool_calls' of previous message.`,
  param,
];

const BODIES: [...Sent, ...Told][] = [
  [...thread([]), 'Invalid body: expected an object, but got an array instead.', null, 'invalid_type'],
  ['/v1/assistants', {}, ...missing('model')],
  [...assistant({ modle: 'gpt-5' }), ...unknown('modle')],
  [...said({ run: 1 }), ...unknown('messages[0].run')],
  [...said({ role: 'system' }), ...wrongValue('messages[0].role', 'system', "'user' and 'assistant'")],
  [...said({ content: 1 }), ...wrongType('messages[0].content', 'one of a string or an array', 'an integer')],
  [...thread({ metadata: { modified: true } }), ...wrongType('metadata.modified', 'a string', 'a boolean')],
  [
    ...thread({ metadata: tooMany }),
    "Invalid 'metadata': too many properties. Expected an object with at most 16 properties, but got an object with 17 properties instead.",
    'metadata',
    'object_above_max_properties',
  ],
  [
    ...thread({ metadata: { ['k'.repeat(65)]: 'v' } }),
    "Invalid property name in 'metadata': name too long. Expected a property name with maximum length 64, but got a property name with length 65 instead.",
    'metadata',
    'property_name_above_max_length',
  ],
  [
    ...thread({ metadata: { key: 'v'.repeat(513) } }),
    "Invalid 'metadata.key': string too long. Expected a string with maximum length 512, but got a string with length 513 instead.",
    'metadata.key',
    'string_above_max_length',
  ],
  [
    ...assistant({ tools: [{ type: 'function', function: { name: 'a b' } }] }),
    "Invalid 'tools[0].function.name': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.",
    'tools[0].function.name',
    'invalid_value',
  ],
  [
    ...assistant({ temperature: 2.5 }),
    "Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got 2.5 instead.",
    'temperature',
    'decimal_above_max_value',
  ],
  [
    '/v1/threads/runs',
    { assistant_id: 'asst_x', stream: 'yes' },
    ...wrongType('stream', 'a boolean', 'a string'),
  ],

  [...chat({ model: undefined }), 'you must provide a model parameter'],
  [...chat({ messages: undefined }), ...missing('messages')],
  [...messages(), ...emptyArray('messages')],
  [...chat({ thinking: true }), 'Unrecognized request argument supplied: thinking'],
  [...chat({ num_ctx: 1, thinking: true }), 'Unrecognized request arguments supplied: num_ctx, thinking'],
  [...chat({ messages: [{ ...USER, id: 'msg_1' }] }), ...unknown('messages[0].id')],
  [
    ...chat({ messages: [{ role: 'human', content: 'Hi' }] }),
    ...wrongValue(
      'messages[0].role',
      'human',
      "'system', 'assistant', 'user', 'function', 'tool', and 'developer'",
    ),
  ],
  [...chat({ messages: [{ content: 'Hi' }] }), ...missing('messages[0].role')],
  [
    ...chat({ messages: [USER, { role: 'assistant', content: null }] }),
    "Invalid value for 'content': expected a string, got null.",
    'messages.[1].content',
  ],
  [...chat({ temperature: '1' }), ...wrongType('temperature', 'a number', 'a string')],
  [
    ...chat({ tool_choice: 'auto' }),
    "Invalid value for 'tool_choice': 'tool_choice' is only allowed when 'tools' are specified.",
    'tool_choice',
  ],
  [
    ...chat({ parallel_tool_calls: false }),
    "Invalid value for 'parallel_tool_calls': 'parallel_tool_calls' is only allowed when 'tools' are specified.",
    'parallel_tool_calls',
  ],
  [
    ...chat({ stream_options: { include_usage: true } }),
    "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
    'stream_options',
  ],
  [
    ...chat({ metadata: { a: 'b' } }),
    "The 'metadata' parameter is only allowed when 'store' is enabled.",
    'metadata',
  ],

  [...response({ model: undefined }), ...missing('model')],
  [...response({ thread: 't' }), ...unknown('thread')],
  [...response({ input: [{ type: 'message', ...USER, run: 1 }] }), ...unknown('input[0].run')],
  [
    ...response({ input: [{ role: 'human', content: 'Hi' }] }),
    ...wrongValue('input[0].role', 'human', "'user', 'assistant', 'system', and 'developer'"),
  ],
  [...response({ input: 5 }), ...wrongType('input', 'one of a string or an array', 'an integer')],
  [
    ...response({ input: undefined }),
    `One of "input" or "previous_response_id" or 'prompt' or 'conversation_id' must be provided.`,
    'input',
    'missing_required_parameter',
  ],
  [
    ...response({ max_output_tokens: 15 }),
    "Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16, but got 15 instead.",
    'max_output_tokens',
    'integer_below_min_value',
  ],
  [...response({ metadata: { a: true } }), ...wrongType('metadata.a', 'a string', 'a boolean')],
  [
    ...response({ tools: [{ type: 'function', ...TOOL }], tool_choice: { type: 'function', name: 'pay' } }),
    "Tool choice 'pay' not found in 'tools' parameter.",
    'tool_choice',
  ],
  [
    ...response({ input: [{ type: 'function_call_output', call_id: 'call_9', output: 'ok' }] }),
    'No tool call found for function call output with call_id call_9.',
    'input',
  ],
  [
    ...response({ input: [{ type: 'function_call', call_id: 'call_9', name: 'pay', arguments: '{}' }] }),
    'No tool output found for function call call_9.',
    'input',
  ],
  [
    ...response({
      input: [{ type: 'mcp_approval_response', approval_request_id: 'mcpr_9', approve: true }],
    }),
    'No approval request found for approval_request_id mcpr_9.',
    'input',
  ],
  [
    ...response({ previous_response_id: 'resp_x' }),
    "Previous response with id 'resp_x' not found.",
    'previous_response_id',
    'previous_response_not_found',
  ],
  [
    ...response({ previous_response_id: 'resp_x', conversation: 'conv_x' }),
    "Mutually exclusive parameters: 'previous_response_id' and 'conversation'. Provide only one of them.",
    null,
    'mutually_exclusive_parameters',
  ],
  [...response({ background: true, store: false }), "Background mode requires 'store' to be true.", 'store'],
  [
    ...assistant({ tools: [{ type: 'function', function: { ...TOOL, strict: true } }] }),
    ...wrongSchema('tools[0].function.parameters', 'refund_order', OPEN),
  ],
  [
    ...response({ tools: [{ type: 'function', ...TOOL, strict: true }] }),
    ...wrongSchema('tools[0].parameters', 'refund_order', OPEN),
  ],

  // Calls are answered each and at once.
  [...messages(USER, calls('call_1')), ...unanswered('call_1')],
  [...messages(USER, calls('call_1', 'call_2'), output('call_2')), ...unanswered('call_1')],
  [...messages(USER, calls('call_1', 'call_2')), ...unanswered('call_1, call_2')],
  [...messages(USER, calls('call_1'), output('call_1'), calls('call_2')), ...unanswered('call_2')],
  [...messages(USER, calls('call_1'), USER, output('call_1')), ...unanswered('call_1')],
  [
    ...messages(USER, calls('call_1', 'call_2'), output('call_1'), USER, output('call_2')),
    ...unanswered('call_2'),
  ],
  [...messages(USER, output('call_1')), ...outOfPlace('messages.[1].role')],
  [...messages(output('call_1'), USER), ...outOfPlace('messages.[0].role')],
  [...messages(USER, calls('call_1'), output('call_9')), ...otherId('call_9', 'messages.[2].tool_call_id')],
  [
    ...messages(USER, calls('call_1'), output('call_1'), output('call_1')),
    ...otherId('call_1', 'messages.[3].tool_call_id'),
  ],
  [
    ...messages(USER, calls('call_1'), output()),
    "Missing parameter 'tool_call_id': messages with role 'tool' must have a 'tool_call_id'.",
    'messages.[2].tool_call_id',
  ],

  [...session({ environment: undefined }), ...missing('environment')],
  [...session({ agent: {} }), ...missing('agent.model')],
  [
    ...session({ input: undefined }),
    'Conversation-only sessions require initial input.',
    'input',
    'missing_required_parameter',
  ],
  [...session({ threads: 1 }), ...unknown('threads')],
  [
    ...session({ agent: { ...AGENT, tools: [{ type: 'function', name: 'a', parameters: {} }] } }),
    ...missing('agent.tools[0].description'),
  ],
  [...session({ review: 'always' }), ...wrongValue('review', 'always', "'none' and 'auto_review'")],
  [...session({ metadata: { a: 1 } }), ...wrongType('metadata.a', 'a string', 'an integer')],
  [...session({ environment: { type: 'openai_hosted' } }), ...unsupported('environment.type')],
  [...session({ agent_id: 'agent_1' }), ...unsupported('agent_id')],
  [
    ...session({ stream: true }),
    "Streaming is not supported by the simulator. Leave 'stream' out or set it to false, and poll the run instead.",
    'stream',
    'unsupported_value',
  ],
  [...events(), ...emptyArray('events')],
  [
    ...events({ type: 'agent.session.input.approve' }),
    ...wrongValue(
      'events[0].type',
      'agent.session.input.approve',
      "'agent.session.input.message', 'agent.session.input.cancel', 'agent.session.input.tool_result', and 'agent.session.input.computer_use_approval_request_result'",
    ),
  ],
  [
    ...events({ type: 'agent.session.input.tool_result', call_id: 'c', turn_id: 't' }),
    ...missing('events[0].success'),
  ],
];

test.each(BODIES)('POST %s refuses %j', async (path, body, ...told) => {
  const answer = await send('POST', path, body);
  expect([answer.status, answer.body]).toEqual([400, { error: refusal(...told) }]);
});

const closed = (properties: object, required = Object.keys(properties)) => ({
  ...{ type: 'object', properties, required },
  additionalProperties: false,
});
const TEXT = { type: 'string' };
const NOT_CLOSED = "'additionalProperties' is required to be supplied and to be false.";

test.each([
  [{ type: 'object', properties: {} }, OPEN],
  [
    closed({ a: TEXT, b: TEXT }, ['a']),
    "In context=(), 'required' is required to be supplied and to be an array including every key in properties. Missing 'b'.",
  ],
  [closed({ a: { type: 'object', properties: {} } }), `In context=('properties', 'a'), ${NOT_CLOSED}`],
  [
    closed({ a: { type: 'array', items: { type: ['object', 'null'], properties: {} } } }),
    `In context=('properties', 'a', 'items'), ${NOT_CLOSED}`,
  ],
  [closed({ a: { type: 'array' } }), "In context=('properties', 'a'), array schema missing items."],
  [closed({ a: {} }), "In context=('properties', 'a'), schema must have a 'type' key."],
  [closed({ a: { oneOf: [TEXT] } }), "In context=('properties', 'a'), 'oneOf' is not permitted."],
  [
    closed({ a: { anyOf: [TEXT, { type: 'object' }] } }),
    `In context=('properties', 'a', 'anyOf', '1'), ${NOT_CLOSED}`,
  ],
  [{ type: 'array', items: TEXT }, `schema must be a JSON Schema of 'type: "object"', got 'type: "array"'.`],
])('a strict function with %j is refused', async (parameters, fault) => {
  const tools = [{ type: 'function', function: { name: 'pay', strict: true, parameters } }];
  const { status, body } = await send(...(['POST', ...chat({ tools })] as const));
  const told = wrongSchema('tools[0].function.parameters', 'pay', fault);
  expect([status, body.error]).toEqual([400, refusal(...told)]);
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
  expect((await send(...(['POST', ...chat({ tools })] as const))).status).toBe(200);
});

test.each([
  ['limit=0', 'limit', 'integer_below_min_value'],
  ['limit=101', 'limit', 'integer_above_max_value'],
  ['limit=ten', 'limit', 'invalid_type'],
  ['order=newest', 'order', 'invalid_value'],
  ['after=asst_unknown', 'after', 'invalid_value'],
  ['page=2', 'page', 'unknown_parameter'],
])('a list refuses ?%s', async (query, param, code) => {
  const { status, body } = await send('GET', `/v1/assistants?${query}`);
  expect([status, body.error.param, body.error.code]).toEqual([400, param, code]);
});

const THREAD = await bench.thread();
const RUN = (await bench.run('Hello', { threadId: THREAD })).id;
const NO_RESPONSE = "Response with id 'resp_x' not found.";
const NO_CONVERSATION = "Conversation with id 'conv_x' not found.";
const NO_SESSION = "Session with id 'sess_x' not found.";
const none = (noun: string, id: string) => `No ${noun} found with id '${id}'.`;

test.each<[method: string, path: string, message: string, body?: object]>([
  ['GET', '/v1/assistants/asst_x', none('assistant', 'asst_x')],
  ['DELETE', '/v1/assistants/asst_x', none('assistant', 'asst_x')],
  ['POST', '/v1/threads/runs', none('assistant', 'asst_x'), { assistant_id: 'asst_x' }],
  ['GET', '/v1/threads/thread_x', none('thread', 'thread_x')],
  ['POST', '/v1/threads/thread_x/messages', none('thread', 'thread_x'), { role: 'user', content: 'Hi' }],
  ['POST', '/v1/threads/thread_x/runs', none('thread', 'thread_x'), { assistant_id: 'asst_x' }],
  ['GET', `/v1/threads/thread_x/runs/${RUN}`, none('thread', 'thread_x')],
  ['GET', `/v1/threads/${THREAD}/messages/msg_x`, none('message', 'msg_x')],
  ['GET', `/v1/threads/${THREAD}/runs/run_x`, none('run', 'run_x')],
  ['POST', `/v1/threads/${THREAD}/runs/run_x/cancel`, none('run', 'run_x')],
  [
    ...(['POST', `/v1/threads/${THREAD}/runs/run_x/submit_tool_outputs`] as const),
    ...([none('run', 'run_x'), { tool_outputs: [] }] as const),
  ],
  ['GET', `/v1/threads/${THREAD}/runs/run_x/steps`, none('run', 'run_x')],
  ['GET', `/v1/threads/${THREAD}/runs/${RUN}/steps/step_x`, none('run step', 'step_x')],
  ['GET', `/v1/threads/${await bench.thread()}/runs/${RUN}`, none('run', RUN)],
  ['GET', '/v1/responses/resp_x', NO_RESPONSE],
  ['DELETE', '/v1/responses/resp_x', NO_RESPONSE],
  ['POST', '/v1/responses/resp_x/cancel', NO_RESPONSE],
  ['GET', '/v1/responses/resp_x/input_items', NO_RESPONSE],
  ['GET', '/v1/conversations/conv_x', NO_CONVERSATION],
  ['DELETE', '/v1/conversations/conv_x', NO_CONVERSATION],
  ['GET', '/v1/conversations/conv_x/items', NO_CONVERSATION],
  ['GET', '/v1/agents/sessions/sess_x', NO_SESSION],
  [
    'POST',
    '/v1/agents/sessions/sess_x/events',
    NO_SESSION,
    { events: [{ type: 'agent.session.input.cancel' }] },
  ],
])('%s %s is not found: %s', async (method, path, message, body) => {
  const answer = await send(method, path, body);
  expect([answer.status, answer.body]).toEqual([404, { error: refusal(message) }]);
});
