import { z } from 'zod';

import { schemaFault } from './strict-schema.ts';
import { refuse } from './validate.ts';

/** What calls of several protocols accept. Objects are strict: OpenAI refuses fields it does not know. */

export const metadata = z
  .record(z.string(), z.string())
  .superRefine((pairs, context) => {
    const keys = Object.keys(pairs);
    if (keys.length > 16) {
      refuse(
        context,
        'object_above_max_properties',
        `Invalid 'metadata': too many properties. Expected an object with at most 16 properties, but got an object with ${keys.length} properties instead.`,
      );
    }
    for (const [key, value] of Object.entries(pairs)) {
      if (key.length > 64) {
        refuse(
          context,
          'property_name_above_max_length',
          `Invalid property name in 'metadata': name too long. Expected a property name with maximum length 64, but got a property name with length ${key.length} instead.`,
        );
      }
      if (value.length > 512) {
        refuse(
          context,
          'string_above_max_length',
          `Invalid 'metadata.${key}': string too long. Expected a string with maximum length 512, but got a string with length ${value.length} instead.`,
          [key],
        );
      }
    }
  })
  .nullish();

export const functionName = z
  .string()
  .max(64)
  .regex(/^[a-zA-Z0-9_-]+$/);

export const functionTool = z
  .strictObject({
    name: functionName,
    description: z.string().optional(),
    parameters: z.record(z.string(), z.unknown()).optional(),
    strict: z.boolean().nullish(),
  })
  .superRefine(({ name, strict, parameters }, context) => {
    const fault = schemaFault(name, parameters, strict === true);
    if (fault !== undefined) refuse(context, 'invalid_function_parameters', fault, ['parameters']);
  });

const jsonSchema = z.strictObject({
  name: functionName,
  description: z.string().optional(),
  schema: z.record(z.string(), z.unknown()),
  strict: z.boolean().nullish(),
});

/** How the model is to reply; Responses writes the schema's fields beside the type. */
const plainFormats = [
  z.strictObject({ type: z.literal('text') }),
  z.strictObject({ type: z.literal('json_object') }),
] as const;
export const responseFormat = z.discriminatedUnion('type', [
  ...plainFormats,
  z.strictObject({ type: z.literal('json_schema'), json_schema: jsonSchema }),
]);
export const textFormat = z.discriminatedUnion('type', [
  ...plainFormats,
  jsonSchema.extend({ type: z.literal('json_schema') }),
]);

export const settings = {
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  reasoning_effort: z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']).nullish(),
  response_format: z.union([z.literal('auto'), responseFormat]).nullish(),
  metadata,
};

export const modifyMetadata = z.strictObject({ metadata });

/** Cancelling takes no body; `{}` is let through, as clients send it. */
export const nothing = z.strictObject({});

const limit = z
  .string()
  .superRefine((value, context) => {
    if (/^-?\d+$/.test(value)) return;
    refuse(
      context,
      'invalid_type',
      "Invalid type for 'limit': expected an integer, but got a string instead.",
    );
  })
  .transform(Number)
  .pipe(z.int().min(1).max(100));

/** Names what the results of file_search shall show beside their files: their content. */
const include = { 'include[]': z.string().optional() };
export const includeQuery = z.strictObject(include);

export const listQuery = z.strictObject({
  ...include,
  limit: limit.optional().transform((value) => value ?? 20),
  order: z.enum(['asc', 'desc']).default('desc'),
  after: z.string().optional(),
  before: z.string().optional(),
});
export type ListQuery = z.output<typeof listQuery>;

/** `metadata[key]=value`, as often as wanted: the filter of a list. */
export function gatherMetadata(query: unknown): unknown {
  if (typeof query !== 'object' || query === null) return query;
  const rest: Record<string, unknown> = {};
  const pairs: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(query)) {
    const key = /^metadata\[(.+)\]$/.exec(name)?.[1];
    if (key === undefined) rest[name] = value;
    else pairs[key] = value;
  }
  return Object.keys(pairs).length > 0 ? { ...rest, metadata: pairs } : rest;
}
