import { readFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { parseItems, toSnapshot } from '../../../src/providers/responses/body.ts';
import { toTools } from '../../../src/providers/responses/request.ts';
import { readTrail, trailOfMessage, trailOfOutputs } from '../../../src/providers/responses/trail.ts';

const look = (body: unknown) => toSnapshot(body, new Headers(), ({ id }) => id);

function recorded(name: string): unknown[] {
  const file = new URL(
    `../../../packages/openai-simulator/test/recordings/responses/${name}.json`,
    import.meta.url,
  );
  const { exchanges } = JSON.parse(readFileSync(file, 'utf8')) as {
    exchanges: { response: { body: unknown } }[];
  };
  return exchanges.map(({ response }) => response.body);
}

describe('a recorded response', () => {
  test('that calls functions waits for us, though its status is completed', () => {
    const first = look(recorded('function-call')[0]);
    expect(first).toMatchObject({ state: 'requires_action', providerStatus: 'completed', timeLeftMs: null });
  });

  test('that asks for an approval of an MCP call waits for us', () => {
    const first = look(recorded('mcp-approval-always')[0]);
    expect(first).toMatchObject({ state: 'requires_action', calls: [{ runsAt: 'provider' }] });
  });

  test('that reached its token limit is incomplete', () => {
    const first = look(recorded('incomplete-max-output-tokens')[0]);
    expect(first).toMatchObject({ state: 'incomplete', reason: 'max_output_tokens' });
  });
});

test('a body of another protocol is named with its field and the settings', () => {
  expect(() => look({ id: 'run_1', object: 'thread.run', status: 'queued' })).toThrow(
    /object: .*OPENAI_BASE_URL.*COUNTERSIGN_PROVIDER/,
  );
});

describe('a run that is found by its items', () => {
  const said = (role: string, text: string) => ({
    type: 'message',
    role,
    content: [{ type: 'input_text', text }],
  });
  const call = { type: 'function_call', call_id: 'call_1', name: 'refund', arguments: '{}' };
  const items = parseItems([
    said('developer', 'Turn c.1.'),
    said('user', 'yes'),
    said('assistant', 'First.'),
    said('developer', 'Turn c.2.'),
    said('user', 'yes'),
    { type: 'reasoning', id: 'rs_1' },
    call,
    { type: 'function_call_output', call_id: 'call_1', output: 'done' },
    said('assistant', 'Second.'),
  ]);
  const read = (runId: string) => readTrail(items, { threadId: 'conv_1', runId });

  test('is told from another one with the same message by its key', () => {
    expect(read(trailOfMessage('c.1'))).toMatchObject({ state: 'completed', reply: 'First.' });
    expect(read(trailOfMessage('c.2'))).toMatchObject({
      state: 'requires_action',
      calls: [{ toolCallId: 'call_1' }],
      callScope: 'c.2',
    });
    expect(read(trailOfMessage('c.3'))).toBeNull();
  });

  test('begins after the answer to a call when outputs began it', () => {
    expect(read(trailOfOutputs('c.2-1', 'call_1'))).toMatchObject({ state: 'completed', reply: 'Second.' });
    expect(read(trailOfOutputs('c.2-1', 'call_2'))).toBeNull();
  });
});

test('a schema goes in strict mode only where OpenAI takes it', () => {
  const tool = (parameters: Record<string, unknown>) =>
    toTools({
      ...{ name: 'desk', model: 'm', instructions: '' },
      tools: [{ name: 'refund', description: 'Refunds.', isGated: true, parameters }],
    });
  const properties = { orderId: { type: 'string' } };
  const open = { type: 'object', properties, required: ['orderId'] };
  expect(tool(open)).toMatchObject([{ strict: true, parameters: { ...open, additionalProperties: false } }]);
  const optional = { ...open, required: [] };
  expect(tool(optional)).toMatchObject([{ strict: false, parameters: optional }]);
});
