import { expect, test } from 'vitest';

import { codeOf, mayHaveLeft, verdictOf } from '../../../src/notices/http/verdict.ts';

test.each([
  [302, { isFinal: false, mayHaveArrived: false }],
  [400, { isFinal: true, mayHaveArrived: false }],
  [408, { isFinal: false, mayHaveArrived: false }],
  [429, { isFinal: false, mayHaveArrived: false }],
  [500, { isFinal: false, mayHaveArrived: true }],
  [503, { isFinal: false, mayHaveArrived: false }],
])('what %i says of a message: %o', (status, expected) => {
  expect(verdictOf({ status, retryAfter: undefined })).toEqual(expected);
  expect(verdictOf({ status, retryAfter: '7' })).toEqual({ ...expected, retryAfterMs: 7_000 });
});

test.each<[unknown, string, boolean]>([
  [Object.assign(new Error('to https://secret'), { code: 'ECONNREFUSED' }), 'ECONNREFUSED', false],
  [Object.assign(new Error('to https://secret'), { code: 'CERT_HAS_EXPIRED' }), 'CERT_HAS_EXPIRED', false],
  [Object.assign(new Error('to https://secret'), { code: 'ECONNRESET' }), 'ECONNRESET', true],
  [Object.assign(new Error('x'), { code: 'https://secret' }), 'Error', true],
  [AbortSignal.abort().reason, 'AbortError', true],
  ['https://secret', 'unknown', true],
])(
  'an error without an answer, %o, is named by its code or kind alone: %s',
  (error, code, mayHaveArrived) => {
    expect(codeOf(error)).toBe(code);
    expect(mayHaveLeft(code)).toBe(mayHaveArrived);
  },
);
