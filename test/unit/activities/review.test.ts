import { expect, test } from 'vitest';
import { z } from 'zod';

import { reviewCalls } from '../../../src/activities/review.ts';
import { ROUND_ARGUMENTS_BYTES } from '../../../src/contracts/limits.ts';
import { allow, defineAssistant, defineTool, requireApproval } from '../../../src/index.ts';

const parameters = z.strictObject({ text: z.string() });
const tools = [
  defineTool({
    ...{ name: 'keep', description: 'Keep it.', parameters },
    policy: requireApproval(),
    execute: () => 'Kept.',
  }),
  defineTool({
    ...{ name: 'note', description: 'Note it.', parameters },
    policy: allow(),
    execute: () => '',
  }),
];
const assistant = defineAssistant({ name: 'desk', model: 'gpt-test', instructions: 'Help.', tools });

function review(calls: { tool: string; characters: number }[]) {
  return reviewCalls(
    { assistant, turnId: 'c-1.k3f9w2m7c5q8', context: { tenant: 'acme' } },
    calls.map(({ tool, characters }, index) => ({
      toolCallId: `call_${index}`,
      tool,
      arguments: JSON.stringify({ text: 'x'.repeat(characters) }),
    })),
    'run_1',
  );
}

test('the calls of one round are taken as long as they fit together, gated or not', async () => {
  const half = ROUND_ARGUMENTS_BYTES / 2 - 11;
  const reviewed = await review([
    { tool: 'keep', characters: half - 1_000 },
    { tool: 'keep', characters: half },
    { tool: 'note', characters: 1_000 },
    { tool: 'note', characters: 900 },
  ]);
  expect(reviewed.map(({ kind }) => kind)).toEqual(['ready', 'ready', 'refused', 'ready']);
  expect(reviewed[2]).toMatchObject({
    toolCallId: 'call_2',
    output:
      'Not executed: its arguments have 1,011 bytes, those of the calls before it 599,000; at most 600,000 are allowed at once. Nothing was done. Call it again by itself if it is still needed.',
  });
});

test('an approval’s id follows from the call and from what it asks for, not from how that is written', async () => {
  const idOf = async (text: string, { toolCallId = 'call_0', scope = 'run_1' } = {}) => {
    const facts = { assistant, turnId: 'c-1.k3f9w2m7c5q8', context: { tenant: 'acme' } };
    const [call] = await reviewCalls(facts, [{ toolCallId, tool: 'keep', arguments: text }], scope);
    return call?.kind === 'ready' ? call.approvalId : null;
  };
  const id = await idOf('{"text":"one"}');
  expect(id).toMatch(/^c-1\.k3f9w2m7c5q8\.[0-9a-f]{12}$/);
  expect(await idOf(' { "text" : "one" } ')).toBe(id);
  const others = [
    await idOf('{"text":"two"}'),
    await idOf('{"text":"one"}', { toolCallId: 'call_1' }),
    await idOf('{"text":"one"}', { scope: 'run_2' }),
  ];
  expect(new Set([id, ...others]).size).toBe(4);
});
