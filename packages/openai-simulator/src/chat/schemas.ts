import { z } from 'zod';

import { notPlayed } from '../http/errors.ts';
import {
  functionName,
  functionTool,
  gatherMetadata,
  listQuery,
  metadata,
  responseFormat,
  settings,
} from '../http/schemas.ts';
import { missingModel, unknownArguments } from './errors.ts';

/** What a chat completion accepts: OpenAI's description, less what is marked there as deprecated or makes sound. */

const text = z.strictObject({ type: z.literal('text'), text: z.string() });
const texts = z.union([z.string(), z.array(text).min(1)]);
const detail = z.enum(['auto', 'low', 'high']).optional();
const userPart = z.discriminatedUnion('type', [
  text,
  z.strictObject({ type: z.literal('image_url'), image_url: z.strictObject({ url: z.string(), detail }) }),
  z.strictObject({ type: z.literal('input_audio'), input_audio: z.looseObject({}) }),
  z.strictObject({ type: z.literal('file'), file: z.looseObject({}) }),
]);
const assistantPart = z.discriminatedUnion('type', [
  text,
  z.strictObject({ type: z.literal('refusal'), refusal: z.string() }),
]);

const toolCall = z.discriminatedUnion('type', [
  z.strictObject({
    id: z.string(),
    type: z.literal('function'),
    function: z.strictObject({ name: functionName, arguments: z.string() }),
  }),
  z.strictObject({
    id: z.string(),
    type: z.literal('custom'),
    custom: z.strictObject({ name: z.string(), input: z.string() }),
  }),
]);

const name = z.string().optional();
// The order is that in which OpenAI lists the roles when it knows none of the name [reported].
const message = z.discriminatedUnion('role', [
  z.strictObject({ role: z.literal('system'), content: texts, name }),
  z.strictObject({
    role: z.literal('assistant'),
    content: z.union([z.string(), z.array(assistantPart).min(1)]).nullish(),
    tool_calls: z.array(toolCall).min(1).optional(),
    name,
    // What an answer has beside these: clients send the message back as they got it.
    refusal: z.string().nullish(),
    annotations: z.array(z.looseObject({})).optional(),
    audio: z.looseObject({ id: z.string() }).nullish(),
    function_call: z.null().optional(),
  }),
  z.strictObject({ role: z.literal('user'), content: z.union([z.string(), z.array(userPart).min(1)]), name }),
  z.strictObject({ role: z.literal('function'), content: z.string().nullable(), name: z.string() }),
  // The description has no name here; clients such as LangChain send one, and OpenAI takes it [reported].
  z.strictObject({ role: z.literal('tool'), content: texts, tool_call_id: z.string().optional(), name }),
  z.strictObject({ role: z.literal('developer'), content: texts, name }),
]);
export type ChatMessage = z.output<typeof message>;

const toolName = z.strictObject({
  type: z.literal('function'),
  function: z.strictObject({ name: z.string() }),
});
const toolChoice = z.union([
  z.enum(['none', 'auto', 'required']),
  z.discriminatedUnion('type', [
    toolName,
    z.strictObject({
      type: z.literal('allowed_tools'),
      allowed_tools: z.strictObject({ mode: z.enum(['auto', 'required']), tools: z.array(toolName).min(1) }),
    }),
  ]),
]);

const penalty = z.number().min(-2).max(2).nullish();
const fields = {
  model: z.string(),
  messages: z.array(message).min(1),
  tools: z
    .array(z.strictObject({ type: z.literal('function'), function: functionTool }))
    .min(1)
    .max(128)
    .optional(),
  tool_choice: toolChoice.optional(),
  parallel_tool_calls: z.boolean().optional(),
  stream: z.boolean().nullish(),
  stream_options: z
    .strictObject({ include_usage: z.boolean().optional(), include_obfuscation: z.boolean().optional() })
    .nullish(),
  n: z.int().min(1).max(128).nullish(),
  max_tokens: z.int().min(1).nullish(),
  max_completion_tokens: z.int().min(1).nullish(),
  metadata,
  temperature: settings.temperature,
  top_p: settings.top_p,
  reasoning_effort: settings.reasoning_effort,
  response_format: responseFormat.optional(),
  frequency_penalty: penalty,
  presence_penalty: penalty,
  logit_bias: z.record(z.string(), z.int()).nullish(),
  logprobs: z.literal(false).nullish(),
  top_logprobs: z.int().min(0).max(20).nullish(),
  modalities: z.array(z.literal('text')).nullish(),
  moderation: z.looseObject({}).nullish(),
  prediction: z.looseObject({}).nullish(),
  prompt_cache_key: z.string().nullish(),
  prompt_cache_options: z.looseObject({}).nullish(),
  prompt_cache_retention: z.enum(['in_memory', '24h']).nullish(),
  safety_identifier: z.string().max(64).nullish(),
  seed: z.int().nullish(),
  service_tier: z.enum(['auto', 'default', 'flex', 'scale', 'priority', 'fast']).nullish(),
  stop: z.union([z.string(), z.array(z.string()).min(1).max(4)]).nullish(),
  store: z.boolean().nullish(),
  user: z.string().optional(),
  verbosity: z.enum(['low', 'medium', 'high']).nullish(),
};

const NOT_PLAYED = ['audio', 'functions', 'function_call', 'web_search_options'];

/** Unknown arguments and a missing model are refused in other words than elsewhere, and before anything else. */
export const createCompletion = z.preprocess((body) => {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body;
  const known = (key: string) => Object.hasOwn(fields, key) || NOT_PLAYED.includes(key);
  const unknown = Object.keys(body).filter((key) => !known(key));
  if (unknown.length > 0) throw unknownArguments(unknown);
  const missed = NOT_PLAYED.find((key) => key in body);
  if (missed !== undefined) throw notPlayed(missed);
  if (!('model' in body)) throw missingModel();
  return body;
}, z.strictObject(fields));
export type CreateCompletion = z.output<typeof createCompletion>;

/** Oldest first, unless it is asked otherwise [spec]. */
export const pageQuery = listQuery
  .omit({ before: true, 'include[]': true })
  .extend({ order: z.enum(['asc', 'desc']).default('asc') });
export const listCompletionsQuery = z.preprocess(
  gatherMetadata,
  pageQuery.extend({ model: z.string().optional(), metadata }),
);
