import { expect, test } from 'vitest';

import { createRecent } from '../../../src/client/recent.ts';

test('the ids added last are remembered, and no more than so many', () => {
  const recent = createRecent(2);
  for (const id of ['a', 'b', 'a', 'c']) recent.add(id);
  expect(['a', 'b', 'c'].map((id) => recent.has(id))).toEqual([true, false, true]);
});

test('an id that is taken is there once', () => {
  const recent = createRecent(2);
  recent.add('a');
  expect([recent.take('a'), recent.take('a'), recent.has('a')]).toEqual([true, false, false]);
});
