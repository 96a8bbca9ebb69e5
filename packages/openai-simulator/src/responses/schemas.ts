import { z } from 'zod';

import { notPlayed } from '../http/errors.ts';
import { functionName, listQuery, metadata, settings, textFormat } from '../http/schemas.ts';
import { mcpError } from '../scenario/schema.ts';
import { schemaFault } from '../http/strict-schema.ts';
import { refuse } from '../http/validate.ts';

/** What Responses and Conversations accept: OpenAI's description. */

const id = z.string().nullish();
const status = z.enum(['in_progress', 'completed', 'incomplete']).optional();
const part = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('input_text'), text: z.string() }),
  z.looseObject({ type: z.literal('input_image') }),
  z.looseObject({ type: z.literal('input_file') }),
  z.strictObject({
    type: z.literal('output_text'),
    text: z.string(),
    annotations: z.array(z.unknown()).optional(),
    logprobs: z.array(z.unknown()).nullish(),
  }),
  z.strictObject({ type: z.literal('refusal'), refusal: z.string() }),
]);

/** A message may leave its type out; so may a reference, which then has nothing but an id. */
function withType(item: unknown): unknown {
  if (typeof item !== 'object' || item === null || 'type' in item) return item;
  if ('role' in item) return { type: 'message', ...item };
  return 'id' in item ? { type: 'item_reference', ...item } : item;
}

const inputItem = z.preprocess(
  withType,
  z.discriminatedUnion('type', [
    z.strictObject({
      type: z.literal('message'),
      role: z.enum(['user', 'assistant', 'system', 'developer']),
      content: z.union([z.string(), z.array(part)]),
      id,
      status,
      phase: z.string().nullish(),
    }),
    z.strictObject({
      type: z.literal('function_call'),
      call_id: z.string().min(1).max(64),
      name: z.string(),
      arguments: z.string(),
      id,
      status,
    }),
    z.strictObject({
      type: z.literal('function_call_output'),
      call_id: z.string().min(1).max(64),
      output: z.union([z.string(), z.array(part)]),
      id,
      status: status.nullable(),
    }),
    z.strictObject({
      type: z.literal('mcp_approval_response'),
      approval_request_id: z.string(),
      approve: z.boolean(),
      reason: z.string().nullish(),
      id,
    }),
    // What a client that keeps no state at OpenAI sends back of an earlier answer.
    z.strictObject({
      type: z.literal('mcp_approval_request'),
      id: z.string(),
      arguments: z.string(),
      name: z.string(),
      server_label: z.string(),
    }),
    z.looseObject({
      type: z.literal('mcp_call'),
      id: z.string(),
      arguments: z.string(),
      name: z.string(),
      server_label: z.string(),
      output: z.string().nullish(),
      error: mcpError.nullish(),
      approval_request_id: z.string().nullish(),
    }),
    z.looseObject({ type: z.literal('mcp_list_tools'), id: z.string(), server_label: z.string() }),
    z.looseObject({ type: z.literal('reasoning'), id: z.string(), summary: z.array(z.unknown()) }),
    z.strictObject({ type: z.literal('item_reference'), id: z.string() }),
  ]),
);
export type InputItem = z.output<typeof inputItem>;

const functionTool = z
  .strictObject({
    type: z.literal('function'),
    name: functionName,
    description: z.string().nullish(),
    parameters: z.record(z.string(), z.unknown()).nullish(),
    strict: z.boolean().nullish(),
  })
  .superRefine(({ name, strict, parameters }, context) => {
    const fault = schemaFault(name, parameters, strict === true);
    if (fault !== undefined) refuse(context, 'invalid_function_parameters', fault, ['parameters']);
  });

const filter = z.strictObject({
  tool_names: z.array(z.string()).optional(),
  read_only: z.boolean().optional(),
});
const mcpTool = z.strictObject({
  type: z.literal('mcp'),
  server_label: z.string(),
  server_url: z.string().optional(),
  server_description: z.string().optional(),
  connector_id: z.string().optional(),
  authorization: z.string().optional(),
  headers: z.record(z.string(), z.string()).nullish(),
  allowed_tools: z.union([z.array(z.string()), filter]).nullish(),
  require_approval: z
    .union([
      z.enum(['always', 'never']),
      z.strictObject({ always: filter.optional(), never: filter.optional() }),
    ])
    .nullish(),
});
export type McpTool = z.output<typeof mcpTool>;

/** Tools that run at OpenAI are kept as they were sent: no model here calls them. */
const hosted = <Type extends string>(type: Type) => z.looseObject({ type: z.literal(type) });
const tool = z.discriminatedUnion('type', [
  functionTool,
  mcpTool,
  hosted('file_search'),
  hosted('web_search'),
  hosted('web_search_preview'),
  hosted('computer_use_preview'),
  hosted('code_interpreter'),
  hosted('image_generation'),
  hosted('local_shell'),
  hosted('shell'),
  hosted('apply_patch'),
  hosted('custom'),
]);
export type SentTool = z.output<typeof tool>;

const namedFunction = z.strictObject({ type: z.literal('function'), name: z.string() });
const namedServer = z.strictObject({
  type: z.literal('mcp'),
  server_label: z.string(),
  name: z.string().nullish(),
});
const toolChoice = z.union([
  z.enum(['none', 'auto', 'required']),
  z.discriminatedUnion('type', [
    namedFunction,
    namedServer,
    z.strictObject({
      type: z.literal('allowed_tools'),
      mode: z.enum(['auto', 'required']),
      tools: z.array(z.discriminatedUnion('type', [namedFunction, namedServer])).min(1),
    }),
  ]),
]);
export type ToolChoice = z.output<typeof toolChoice>;

const fields = {
  model: z.string(),
  input: z.union([z.string(), z.array(inputItem)]).optional(),
  instructions: z.string().nullish(),
  previous_response_id: z.string().nullish(),
  conversation: z.union([z.string(), z.strictObject({ id: z.string() })]).nullish(),
  background: z.boolean().nullish(),
  store: z.boolean().nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.strictObject({ include_obfuscation: z.boolean().optional() }).nullish(),
  tools: z.array(tool).max(128).optional(),
  tool_choice: toolChoice.optional(),
  parallel_tool_calls: z.boolean().nullish(),
  max_tool_calls: z.int().min(1).nullish(),
  max_output_tokens: z.int().min(16).nullish(),
  metadata,
  temperature: settings.temperature,
  top_p: settings.top_p,
  reasoning: z
    .strictObject({
      effort: settings.reasoning_effort,
      summary: z.enum(['auto', 'concise', 'detailed']).nullish(),
      generate_summary: z.enum(['auto', 'concise', 'detailed']).nullish(),
    })
    .nullish(),
  text: z
    .strictObject({
      format: textFormat.optional(),
      verbosity: z.enum(['low', 'medium', 'high']).nullish(),
    })
    .optional(),
  include: z.array(z.string()).nullish(),
  truncation: z.enum(['auto', 'disabled']).nullish(),
  service_tier: z.enum(['auto', 'default', 'flex', 'scale', 'priority', 'fast']).nullish(),
  top_logprobs: z.int().min(0).max(20).nullish(),
  prompt_cache_key: z.string().nullish(),
  prompt_cache_options: z.looseObject({}).nullish(),
  prompt_cache_retention: z.enum(['in_memory', '24h']).nullish(),
  safety_identifier: z.string().max(64).nullish(),
  user: z.string().nullish(),
};

const NOT_PLAYED = ['prompt', 'context_management', 'moderation'];

export const createResponse = z.preprocess((body) => {
  const missed = NOT_PLAYED.find((key) => typeof body === 'object' && body !== null && key in body);
  if (missed !== undefined) throw notPlayed(missed);
  return body;
}, z.strictObject(fields));
export type CreateResponse = z.output<typeof createResponse>;

export const createConversation = z.strictObject({ metadata, items: z.array(inputItem).max(20).nullish() });
export const modifyConversation = z.strictObject({ metadata: metadata.unwrap().unwrap().nullable() });
export const createItems = z.strictObject({ items: z.array(inputItem).min(1).max(20) });

const flag = z.enum(['true', 'false']).optional();
export const retrieveQuery = z.strictObject({
  'include[]': z.string().optional(),
  include_obfuscation: flag,
  stream: flag,
  starting_after: z.string().regex(/^\d+$/).optional(),
});
export const itemsQuery = listQuery.omit({ before: true });
