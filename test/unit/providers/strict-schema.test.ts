import { expect, test } from 'vitest';
import { z } from 'zod';

import { toStrictSchema } from '../../../src/providers/strict-schema.ts';
import { schemaFault } from '../../../packages/openai-simulator/src/http/strict-schema.ts';

const schemaOf = (shape: z.ZodObject): Record<string, unknown> => {
  const { $schema: _dialect, ...schema } = z.toJSONSchema(shape, { io: 'input' });
  return schema;
};

test.each<[string, z.ZodObject]>([
  ['all fields required', z.strictObject({ orderId: z.string(), amountCents: z.int().positive() })],
  ['no fields', z.strictObject({})],
  ['nullable instead of optional', z.strictObject({ note: z.string().nullable() })],
  [
    'objects in objects and lists',
    z.strictObject({ lines: z.array(z.strictObject({ kind: z.enum(['a', 'b']) })) }),
  ],
  ['a plain object, which drops what it does not know', z.object({ order: z.object({ id: z.string() }) })],
])('%s can be strict', (_, shape) => {
  const strict = toStrictSchema(schemaOf(shape));
  expect(strict).not.toBeNull();
  expect(schemaFault('tool', { ...strict }, true)).toBeUndefined();
});

test.each<[string, z.ZodObject]>([
  ['an optional field', z.strictObject({ orderId: z.string(), note: z.string().optional() })],
  ['a field with a default', z.strictObject({ note: z.string().default('none') })],
  ['an optional field further in', z.strictObject({ order: z.strictObject({ id: z.string().optional() }) })],
  ['the same in a list', z.strictObject({ orders: z.array(z.strictObject({ id: z.string().optional() })) })],
  ['a map', z.strictObject({ labels: z.record(z.string(), z.string()) })],
  ['an object that takes anything', z.looseObject({ orderId: z.string() })],
  ['a tuple', z.strictObject({ it: z.tuple([z.string(), z.int()]) })],
  ['a value of any type', z.strictObject({ it: z.unknown() })],
  ['a pattern that looks ahead', z.strictObject({ code: z.string().regex(/^(?=A)\w+$/) })],
  ['a length of text', z.strictObject({ note: z.string().max(10) })],
])('%s cannot: it is not made to', (_, shape) => {
  expect(toStrictSchema(schemaOf(shape))).toBeNull();
});

test('the schema it is made from stays as it is', () => {
  const schema = schemaOf(z.object({ order: z.object({ id: z.string() }) }));
  const before = structuredClone(schema);
  toStrictSchema(schema);
  expect(schema).toEqual(before);
});
