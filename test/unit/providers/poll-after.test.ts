import { expect, test } from 'vitest';

import { pollAfter } from '../../../src/providers/poll-after.ts';

/** A timer of more than 2^31 ms fires at once. */
test.each([
  ['250', { pollAfterMs: 250 }],
  ['15000', { pollAfterMs: 15_000 }],
  ['3000000000', { pollAfterMs: 15_000 }],
  ['Infinity', { pollAfterMs: 15_000 }],
  ['1e999', { pollAfterMs: 15_000 }],
  ['0', {}],
  ['-5', {}],
  ['soon', {}],
])(
  'openai-poll-after-ms of %s makes nobody wait for more than 15 s, nor poll in a loop',
  (value, expected) => {
    expect(pollAfter(new Headers({ 'openai-poll-after-ms': value }))).toEqual(expected);
  },
);

test('without the header the provider asks for nothing', () => {
  expect(pollAfter(new Headers())).toEqual({});
});
