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

test.each<[string, z.ZodObject, string]>([
  ['a transform', z.object({ amount: cents }), 'amount'],
  ['one in a list', z.object({ lines: z.array(z.object({ amount: cents.optional() })) }), 'lines.0.amount'],
  ['one of several kinds', z.object({ amount: z.union([z.boolean(), cents]) }), 'amount'],
  ['a text that becomes a number', z.object({ amount: z.string().transform(Number) }), 'amount'],
  ['a preprocessing', z.object({ to: z.preprocess((to) => `x${String(to)}`, z.string()) }), 'to'],
  ['an overwriting check', z.object({ amount: z.number().overwrite((n) => n * 2) }), 'amount'],
])('a tool whose schema does not hold still is refused by field: %s', (_, parameters, field) => {
  expect(() => define(parameters)).toThrow(`Tool "pay": parameters: "${field}" is not stable`);
});

test.each<[string, z.ZodObject]>([
  ['defaults', z.object({ amount: z.number().default(7), tags: z.array(z.string()).default([]) })],
  ['coercions', z.object({ amount: z.coerce.number(), flag: z.coerce.boolean(), text: z.coerce.string() })],
  ['trims and cases', z.object({ to: z.string().trim().toLowerCase().min(1) })],
  ['a transform that is done after once', z.object({ id: z.string().transform((id) => id.toUpperCase()) })],
  ['a schema that contains itself', selfContaining()],
  ['checks that are asynchronous', z.object({ to: z.string().refine(() => Promise.resolve(true)) })],
])('a tool whose schema holds still may have %s', (_, parameters) => {
  expect(define(parameters).name).toBe('pay');
});

/** The arguments `{ at: value }` as their schema makes them, and what a second reading would change. */
function readOnce(at: z.ZodType, value: unknown) {
  const parameters = z.strictObject({ at });
  const args = parameters.parse({ at: value });
  return { args, field: unsteadyField(parameters, args) };
}

test.each<[string, z.ZodType, unknown, string]>([
  ['a transform', cents, 50, 'at'],
  ['a text that becomes a number', z.string().pipe(z.coerce.number()), '5', 'at'],
  ['one in a list of objects', z.array(z.object({ amount: cents })), [{ amount: 3 }], 'at.0.amount'],
  [
    'one of a whole object',
    z.object({ n: z.number() }).transform(({ n }) => ({ n: n + 1 })),
    { n: 1 },
    'at.n',
  ],
  ['a preprocessing', z.preprocess((text) => `${String(text)}!`, z.string()), 'hey', 'at'],
  ['an overwriting check', z.number().overwrite((n) => n * 2), 4, 'at'],
  ['a random value', z.string().transform(() => crypto.randomUUID()), 'x', 'at'],
])('arguments that a second reading would change are found: %s', (_, schema, value, field) => {
  expect(readOnce(schema, value).field).toBe(field);
});

test.each<[string, z.ZodType, unknown, unknown]>([
  ['a default', z.object({ a: z.number().default(7) }), {}, { a: 7 }],
  ['a coercion', z.coerce.number(), '5', 5],
  ['a trim', z.string().trim().toLowerCase(), '  Hi ', 'hi'],
  ['a transform that is done after once', z.string().transform((text) => text.replace(/^#/, '')), '#1', '1'],
  ['a preprocessing that is done after once', z.preprocess((n) => Number(n), z.int()), '5', 5],
  ['a field that is left out', z.object({ a: z.string().optional() }), {}, {}],
])('arguments that hold still are let through as they are: %s', (_, schema, value, at) => {
  expect(readOnce(schema, value)).toEqual({ args: { at }, field: null });
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
