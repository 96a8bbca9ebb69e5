import { expect, test } from 'vitest';

import { distinctCalls } from '../../../src/providers/distinct-calls.ts';

const call = (toolCallId: string, text = '{}', tool = 'refund') => ({ toolCallId, tool, arguments: text });

test('calls with ids of their own stay as they are, in their order', () => {
  const calls = [call('b'), call('a'), call('c')];
  expect(distinctCalls(calls)).toEqual(calls);
});

test.each([
  ['arguments', call('a', '{"amount":2}')],
  ['tool', call('a', '{}', 'wipe')],
])('of calls that share an id and differ in their %s none is carried out', (_, other) => {
  const [first, ...rest] = distinctCalls([call('a'), other]);
  expect(rest).toEqual([]);
  expect(first).toMatchObject({
    toolCallId: 'a',
    problem: expect.stringContaining('2 different calls') as string,
  });
});
