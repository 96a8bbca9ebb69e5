import { describe, expect, test } from 'vitest';

import { callsOf as callsOfSession, parseSession } from '../../../src/providers/agents/body.ts';
import { parseRun, toSnapshot } from '../../../src/providers/assistants/run.ts';
import { readCompletion } from '../../../src/providers/chat/completion.ts';
import { parseItems } from '../../../src/providers/responses/body.ts';
import { callsOf as callsOfItems } from '../../../src/providers/responses/items.ts';

/** The text of a call's arguments as each protocol's answer is read. */
const READERS: Record<string, (given: unknown) => string | undefined> = {
  assistants: (given) => {
    const call = { id: 'call_1', type: 'function', function: { name: 'lookup', arguments: given } };
    const required_action = { submit_tool_outputs: { tool_calls: [call] } };
    const run = { id: 'run_1', thread_id: 'thread_1', status: 'requires_action', required_action };
    const seen = toSnapshot(parseRun(run), new Headers());
    return seen.state === 'requires_action' ? seen.calls[0]?.arguments : undefined;
  },
  responses: (given) => {
    const item = { type: 'function_call', call_id: 'call_1', name: 'lookup', arguments: given };
    return callsOfItems(parseItems([item]))[0]?.arguments;
  },
  'responses, of an MCP server': (given) => {
    const item = {
      type: 'mcp_approval_request',
      id: 'mcpr_1',
      server_label: 's',
      name: 'x',
      arguments: given,
    };
    return callsOfItems(parseItems([item]))[0]?.arguments;
  },
  chat: (given) => {
    const tool_calls = [{ id: 'call_1', type: 'function', function: { name: 'lookup', arguments: given } }];
    const choice = { finish_reason: 'tool_calls', message: { content: null, tool_calls } };
    return readCompletion({ choices: [choice] }, new Set()).calls[0]?.arguments;
  },
  agents: (given) => {
    const action = { type: 'function_call', turn_id: 't', call_id: 'c', name: 'lookup', arguments: given };
    const session = {
      id: 's',
      object: 'agent.session',
      status: 'requires_action',
      required_actions: [action],
    };
    return callsOfSession(parseSession(session), 't')[0]?.arguments;
  },
};

describe.each(Object.entries(READERS))('a call over %s', (_, read) => {
  test.each(['', '  \n', null, undefined, {}])('without arguments (%j) is a call with {}', (given) => {
    expect(read(given)).toBe('{}');
  });

  test('keeps what the model wrote, also what is no JSON', () => {
    expect(read('{"a": 1}')).toBe('{"a": 1}');
    expect(read('{"a": ')).toBe('{"a": ');
  });
});
