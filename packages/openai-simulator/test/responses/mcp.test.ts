import type OpenAI from 'openai';
import { expect, test } from 'vitest';

import { parseScenario } from '../../src/app.ts';
import { callsOf, connect, share, functionTool } from '../support/responses-bench.ts';

const roll = { tool: 'roll', arguments: { dice: '2d4' }, mcp: { serverLabel: 'dice', output: '7' } };
const scenario = parseScenario({
  rules: [
    { when: ['roll', 'note'], rounds: [{ calls: [roll, { tool: 'note' }] }], reply: '{{outputs}}' },
    { when: ['roll'], rounds: [{ calls: [roll] }], reply: 'It is: {{output.roll}}' },
  ],
});
const failing = (error: unknown) =>
  parseScenario({
    rules: [
      {
        when: ['roll'],
        rounds: [{ calls: [{ ...roll, mcp: { serverLabel: 'dice', error } }] }],
        reply: 'It failed: {{output.roll}}',
      },
    ],
  });
const { client } = await share({ scenario });
const server = (more: object = {}): OpenAI.Responses.Tool.Mcp => ({
  type: 'mcp',
  server_label: 'dice',
  server_url: 'https://dice.example/secret/path',
  ...more,
});
const BODY = { model: 'gpt-5', input: 'Please roll' };

const typesOf = ({ output }: OpenAI.Responses.Response) => output.map(({ type }) => type);
function requestOf({ output }: OpenAI.Responses.Response): string {
  const request = output.find(({ type }) => type === 'mcp_approval_request');
  if (request === undefined) throw new Error('no approval was asked for');
  return (request as { id: string }).id;
}

const answered = (
  asked: OpenAI.Responses.Response,
  answer: { approve: boolean; reason?: string },
  from = client,
) =>
  from.responses.create({
    ...{ model: 'gpt-5', tools: [server()], previous_response_id: asked.id },
    input: [{ type: 'mcp_approval_response', approval_request_id: requestOf(asked), ...answer }],
  });

test('what is denied is not called, and the model reads why; the address of the server is not shown whole', async () => {
  const asked = await client.responses.create({ ...BODY, tools: [server()] });
  expect(asked.tools).toMatchObject([{ server_url: 'https://dice.example/<redacted>' }]);
  const denied = await answered(asked, { approve: false, reason: 'Not today.' });
  expect(typesOf(denied)).toEqual(['message']);
  expect(denied.output_text).toBe('It is: The call was denied. It was not executed. Not today.');
  const approved = await answered(asked, { approve: true });
  expect(approved.output_text).toBe('It is: 7');
});

test('tools can be named that need no approval', async () => {
  const ask = (...tool_names: string[]) =>
    client.responses.create({ ...BODY, tools: [server({ require_approval: { never: { tool_names } } })] });
  expect(typesOf(await ask('roll'))).toEqual(['mcp_list_tools', 'mcp_call', 'message']);
  expect(typesOf(await ask('look'))).toEqual(['mcp_list_tools', 'mcp_approval_request']);
});

test('a tool that is not allowed is neither listed nor called', async () => {
  const answer = await client.responses.create({
    ...BODY,
    tools: [server({ allowed_tools: ['look'], require_approval: 'never' })],
  });
  expect(typesOf(answer)).toEqual(['mcp_list_tools', 'message']);
  expect(answer.output[0]).toMatchObject({ tools: [] });
});

test('without the server the tool is a function, if there is one of its name', async () => {
  const answer = await client.responses.create({ ...BODY, tools: [functionTool('roll')] });
  expect(callsOf(answer)).toEqual([['roll', { dice: '2d4' }]]);
  const none = await client.responses.create({ ...BODY, tools: [functionTool('look')] });
  expect(typesOf(none)).toEqual(['message']);
});

test('a function and an approval can be waited for at once, and neither is asked for twice', async () => {
  const body = { model: 'gpt-5', tools: [server(), functionTool('note')] };
  const asked = await client.responses.create({ ...body, input: 'Please roll and note' });
  expect(typesOf(asked)).toEqual(['mcp_list_tools', 'mcp_approval_request', 'function_call']);
  const call = asked.output.find((item) => item.type === 'function_call')!;
  const answered = await client.responses.create({
    ...body,
    previous_response_id: asked.id,
    input: [
      { type: 'function_call_output', call_id: call.call_id, output: 'noted' },
      { type: 'mcp_approval_response', approval_request_id: requestOf(asked), approve: true },
    ],
  });
  expect(typesOf(answered)).toEqual(['mcp_call', 'message']);
  expect(answered.output_text).toBe('7\nnoted');
});

const words = 'Out of dice.';

test.each<[error: unknown, shown?: unknown]>([
  [{ type: 'http_error', code: 502, message: words }],
  [{ type: 'mcp_protocol_error', code: -32602, message: words }],
  [words, { type: 'mcp_tool_execution_error', content: [{ type: 'text', text: words }] }],
])('a call that fails with %j has no output, and the model reads why', async (error, shown = error) => {
  const { client } = await connect({ scenario: failing(error) });
  const tools = [server({ require_approval: 'never' })];
  const answer = await client.responses.create({ ...BODY, tools });
  expect(answer.status).toBe('completed');
  expect(answer.output[1]).toMatchObject({ type: 'mcp_call', output: null, error: shown });
  expect(answer.output_text).toBe(`It failed: ${words}`);
  // Sent back by a client that keeps the conversation itself, it says the same.
  const again = await client.responses.create({
    model: 'gpt-5',
    input: [{ role: 'user', content: 'Please roll' }, answer.output[1] as OpenAI.Responses.ResponseInputItem],
    tools,
  });
  expect(again.output_text).toBe(`It failed: ${words}`);

  const asked = await client.responses.create({ ...BODY, tools: [server()] });
  const approved = await answered(asked, { approve: true }, client);
  expect(approved.output[0]).toMatchObject({ type: 'mcp_call', output: null, error: shown });
});

test('a call that fails ends in the stream by mcp_call.failed', async () => {
  const { client } = await connect({ scenario: failing('The die is lost.') });
  const types: string[] = [];
  const tools = [server({ require_approval: 'never' })];
  for await (const { type } of await client.responses.create({ ...BODY, tools, stream: true }))
    types.push(type);
  const call = types.filter((type) => type.includes('mcp_call'));
  expect(call.slice(-2)).toEqual(['response.mcp_call_arguments.done', 'response.mcp_call.failed']);
});

test('an error of another kind is refused, with the kinds there are', () => {
  expect(() => failing({ type: 'http_error', code: '502' })).toThrow(
    /mcp\.error.*(?:whole number|http_error)/,
  );
});
