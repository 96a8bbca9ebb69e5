import { z } from 'zod';

import { schemaFault } from './strict-schema.ts';
import { refuse } from './validate.ts';

/** What each call accepts. Objects are strict: OpenAI refuses fields it does not know. */

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

const tool = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('function'), function: functionTool }),
  z.strictObject({ type: z.literal('code_interpreter') }),
  z.strictObject({
    type: z.literal('file_search'),
    file_search: z
      .strictObject({
        max_num_results: z.int().min(1).max(50).optional(),
        ranking_options: z
          .looseObject({ ranker: z.string().optional(), score_threshold: z.number().min(0).max(1) })
          .optional(),
      })
      .optional(),
  }),
]);

const detail = z.enum(['auto', 'low', 'high']).default('auto');
const contentPart = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text'), text: z.string() }),
  z.strictObject({ type: z.literal('image_url'), image_url: z.strictObject({ url: z.string(), detail }) }),
  z.strictObject({
    type: z.literal('image_file'),
    image_file: z.strictObject({ file_id: z.string(), detail }),
  }),
]);

export const createMessage = z.strictObject({
  role: z.enum(['user', 'assistant']),
  content: z.union([z.string().min(1).max(256_000), z.array(contentPart).min(1)]),
  attachments: z
    .array(
      z.strictObject({
        file_id: z.string(),
        tools: z.array(z.strictObject({ type: z.enum(['code_interpreter', 'file_search']) })),
      }),
    )
    .nullish(),
  metadata,
});
export type CreateMessage = z.output<typeof createMessage>;

const toolResources = z
  .strictObject({
    code_interpreter: z.strictObject({ file_ids: z.array(z.string()).max(20).optional() }).optional(),
    file_search: z
      .strictObject({
        vector_store_ids: z.array(z.string()).max(1).optional(),
        vector_stores: z
          .array(
            z.strictObject({
              file_ids: z.array(z.string()).optional(),
              chunking_strategy: z.looseObject({ type: z.string() }).optional(),
              metadata,
            }),
          )
          .max(1)
          .optional(),
      })
      .optional(),
  })
  .nullish();

export const createThread = z.strictObject({
  messages: z.array(createMessage).optional(),
  tool_resources: toolResources,
  metadata,
});
export type CreateThread = z.output<typeof createThread>;

export const settings = {
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  reasoning_effort: z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']).nullish(),
  response_format: z
    .union([z.literal('auto'), z.looseObject({ type: z.enum(['text', 'json_object', 'json_schema']) })])
    .nullish(),
  metadata,
};

export const createAssistant = z.strictObject({
  ...settings,
  model: z.string(),
  name: z.string().max(256).nullish(),
  description: z.string().max(512).nullish(),
  instructions: z.string().max(256_000).nullish(),
  tools: z.array(tool).max(128).optional(),
  tool_resources: toolResources,
});
export const modifyAssistant = createAssistant.partial();

const runOptions = {
  ...settings,
  assistant_id: z.string(),
  model: z.string().nullish(),
  instructions: z.string().max(256_000).nullish(),
  tools: z.array(tool).max(20).nullish(),
  stream: z.literal(false).nullish(),
  // 16 was accepted in the recordings, against the description's minimum of 256.
  max_completion_tokens: z.int().min(1).nullish(),
  max_prompt_tokens: z.int().min(256).nullish(),
  truncation_strategy: z
    .strictObject({ type: z.enum(['auto', 'last_messages']), last_messages: z.int().min(1).nullish() })
    .nullish(),
  tool_choice: z
    .union([
      z.enum(['none', 'auto', 'required']),
      z.strictObject({ type: z.string(), function: z.strictObject({ name: z.string() }).optional() }),
    ])
    .nullish(),
  parallel_tool_calls: z.boolean().optional(),
};

export const createRun = z.strictObject({
  ...runOptions,
  additional_instructions: z.string().nullish(),
  additional_messages: z.array(createMessage).nullish(),
});
export type CreateRun = z.output<typeof createRun>;

export const createThreadAndRun = z.strictObject({
  ...runOptions,
  thread: createThread.optional(),
  tool_resources: toolResources,
});

export const modifyMetadata = z.strictObject({ metadata });
export const modifyThread = z.strictObject({ metadata, tool_resources: toolResources });

export const submitToolOutputs = z.strictObject({
  tool_outputs: z.array(z.strictObject({ tool_call_id: z.string(), output: z.string() })),
  stream: z.literal(false).nullish(),
});

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
export const listMessagesQuery = listQuery.extend({ run_id: z.string().optional() });
export type ListQuery = z.output<typeof listQuery>;
