import { z } from 'zod';

import { functionTool, listQuery, metadata, settings } from '../http/schemas.ts';

/** What each call of the Assistants API accepts. Objects are strict: OpenAI refuses fields it does not know. */

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
  stream: z.boolean().nullish(),
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

export const modifyThread = z.strictObject({ metadata, tool_resources: toolResources });

export const submitToolOutputs = z.strictObject({
  tool_outputs: z.array(z.strictObject({ tool_call_id: z.string(), output: z.string() })),
  stream: z.boolean().nullish(),
});
export type SubmitToolOutputs = z.output<typeof submitToolOutputs>;

export const listMessagesQuery = listQuery.extend({ run_id: z.string().optional() });
