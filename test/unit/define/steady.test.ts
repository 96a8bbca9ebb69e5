import { expect, test } from 'vitest';
import { z } from 'zod';

import { unsteadyField } from '../../../src/define/steady.ts';
import { allow, defineTool } from '../../../src/index.ts';

const define = (parameters: z.ZodObject) =>
  defineTool({
    ...{ name: 'pay', description: 'Pay.', parameters, policy: allow() },
    execute: () => 'Paid.',
  });

const cents = z.number().transform((euros) => Math.round(euros * 100));

/** The arguments `{ at: value }` as their schema makes them, and what a second reading would change. */
function readOnce(at: z.ZodType, value: unknown) {
  const parameters = z.strictObject({ at });
  const args = parameters.parse({ at: value });
  return { args, field: unsteadyField(parameters, args) };
}

test.each<[string, z.ZodType, unknown, string]>([
  ['a transform', cents, 50, 'at'],
  ['one in a list', z.array(z.object({ amount: cents.optional() })), [{ amount: 3 }], 'at.0.amount'],
  ['one of several kinds', z.union([z.boolean(), cents]), 5, 'at'],
  ['a text that becomes a number', z.string().transform(Number), '5', 'at'],
  ['one that is coerced', z.string().pipe(z.coerce.number()), '5', 'at'],
  ['a preprocessing', z.preprocess((text) => `${String(text)}!`, z.string()), 'hey', 'at'],
  ['an overwriting check', z.number().overwrite((n) => n * 2), 4, 'at'],
  ['a random value', z.string().transform(() => crypto.randomUUID()), 'x', 'at'],
])('a schema that does not hold still is refused, and found in arguments: %s', (_, at, value, field) => {
  expect(() => define(z.object({ at }))).toThrow(`Tool "pay": parameters: "${field}" is not stable`);
  expect(readOnce(at, value).field).toBe(field);
});

test('a change that only arguments show is found in them', () => {
  const at = z.object({ n: z.number() }).transform(({ n }) => ({ n: n + 1 }));
  expect(readOnce(at, { n: 1 }).field).toBe('at.n');
});

test.each<[string, z.ZodType, unknown, unknown]>([
  [
    'a default',
    z.object({ a: z.number().default(7), b: z.array(z.string()).default([]) }),
    {},
    { a: 7, b: [] },
  ],
  ['a coercion', z.coerce.number(), '5', 5],
  ['another one', z.tuple([z.coerce.boolean(), z.coerce.string()]), ['x', 5], [true, '5']],
  ['a trim', z.string().trim().toLowerCase().min(1), '  Hi ', 'hi'],
  ['a transform that is done after once', z.string().transform((text) => text.replace(/^#/, '')), '#1', '1'],
  ['a preprocessing that is done after once', z.preprocess((n) => Number(n), z.int()), '5', 5],
  ['a field that is left out', z.object({ a: z.string().optional() }), {}, {}],
])('a schema that holds still is taken, and arguments stay as they are: %s', (_, at, value, read) => {
  expect(define(z.object({ at })).name).toBe('pay');
  expect(readOnce(at, value)).toEqual({ args: { at: read }, field: null });
});

test.each<[string, z.ZodObject]>([
  ['a schema that contains itself', selfContaining()],
  ['checks that are asynchronous', z.object({ to: z.string().refine(() => Promise.resolve(true)) })],
])('a tool may have %s', (_, parameters) => {
  expect(define(parameters).name).toBe('pay');
});

function selfContaining() {
  const Node = z.object({
    name: z.string(),
    get inner() {
      return z.array(Node).optional();
    },
  });
  return Node;
}
