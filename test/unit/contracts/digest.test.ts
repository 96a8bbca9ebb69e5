import { createHash } from 'node:crypto';

import { describe, expect, test } from 'vitest';

import { argumentsDigest } from '../../../src/contracts/digest.ts';

const call = { tool: 'refund_order', arguments: { orderId: 'A-1', amountCents: 4_200 }, tenant: 'acme' };

test('the digest is sha256 over the canonical JSON of tool, arguments and tenant', () => {
  const args = { ...call.arguments, lines: [{ sku: 'lamp', price: { cents: 1, by: null } }, true] };
  const canonical =
    '{"arguments":{"amountCents":4200,"lines":[{"price":{"by":null,"cents":1},"sku":"lamp"},true],"orderId":"A-1"},"tenant":"acme","tool":"refund_order"}';
  const expected = `sha256:${createHash('sha256').update(canonical).digest('hex')}`;
  expect(argumentsDigest({ ...call, arguments: args })).toBe(expected);
});

test('the order of fields does not matter', () => {
  expect(argumentsDigest({ ...call, arguments: { amountCents: 4_200, orderId: 'A-1' } })).toBe(
    argumentsDigest(call),
  );
});

test.each([
  { ...call, tool: 'delete_order' },
  { ...call, tenant: 'other' },
  { ...call, arguments: { ...call.arguments, amountCents: 4_201 } },
  { ...call, arguments: { ...call.arguments, amountCents: '4200' } },
  { ...call, arguments: { ...call.arguments, orderId: 'A-1\u200b' } },
  { ...call, arguments: { ...call.arguments, extra: null } },
])('another call has another digest: %o', (other) => {
  expect(argumentsDigest(other)).not.toBe(argumentsDigest(call));
});

describe('what JSON cannot carry unchanged is refused, and named', () => {
  test.each([
    [{ when: new Date() }, 'arguments.when'],
    [{ list: [1, { deep: 1n }] }, 'arguments.list.1.deep'],
    [{ n: Number.NaN }, 'arguments.n'],
    [{ map: new Map() }, 'arguments.map'],
  ])('%o', (args, path) => {
    expect(() => argumentsDigest({ ...call, arguments: args })).toThrow(path);
  });
});
