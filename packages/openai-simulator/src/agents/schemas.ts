import { z } from 'zod';

import { notPlayed } from '../http/errors.ts';
import { functionName, gatherMetadata, listQuery, metadata, settings } from '../http/schemas.ts';
import { schemaFault } from '../http/strict-schema.ts';
import { refuse } from '../http/validate.ts';

/** What the Agents API (beta) accepts: the official client's types, strictly. */

const content = z.array(
  z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('input_text'), text: z.string() }),
    z.strictObject({ type: z.literal('input_image'), image_url: z.string() }),
  ]),
);
const inputMessage = z.strictObject({
  role: z.literal('user'),
  content: content.min(1),
  type: z.literal('message').optional(),
});

const functionTool = z
  .strictObject({
    type: z.literal('function'),
    name: functionName,
    description: z.string(),
    parameters: z.record(z.string(), z.unknown()),
    async: z.boolean().optional(),
    defer_loading: z.boolean().optional(),
  })
  .superRefine(({ name, parameters }, context) => {
    const fault = schemaFault(name, parameters, false);
    if (fault !== undefined) refuse(context, 'invalid_function_parameters', fault, ['parameters']);
  });

/** Tools that run at OpenAI are kept as they were sent: no model here calls them. */
const hosted = <Type extends string>(type: Type) => z.looseObject({ type: z.literal(type) });
const tools = z
  .array(
    z.discriminatedUnion('type', [
      functionTool,
      hosted('tool_search'),
      hosted('programmatic_tool_calling'),
      hosted('mcp'),
      hosted('web_search'),
      hosted('computer_use'),
      hosted('automations'),
    ]),
  )
  .nullish();
export type SentTool = NonNullable<z.output<typeof tools>>[number];

const service_tier = z.enum(['auto', 'default', 'flex', 'priority', 'fast', 'ultrafast']).nullish();
const reasoning = z
  .strictObject({
    effort: settings.reasoning_effort,
    summary: z.enum(['auto', 'concise', 'detailed']).nullish(),
  })
  .nullish();
const agent = z.strictObject({
  model: z.string().optional(),
  instructions: z.string().nullish(),
  tools,
  reasoning,
  service_tier,
  text: z
    .strictObject({
      format: z.looseObject({ type: z.enum(['text', 'json_schema']) }).nullish(),
      verbosity: z.enum(['low', 'medium', 'high']).nullish(),
    })
    .nullish(),
  compaction: z.strictObject({ async: z.boolean().nullish() }).nullish(),
  experimental: z.strictObject({ time_awareness: z.boolean().optional() }).optional(),
  multi_agent: z.looseObject({ enabled: z.boolean() }).nullish(),
});

const review = z.enum(['none', 'auto_review']).optional();
const spend_control = z.strictObject({ limit: z.int().positive().nullable() }).nullish();

const newSession = z.strictObject({
  environment: z.strictObject({ type: z.literal('none') }),
  agent: agent.optional(),
  input: z.union([z.string().min(1), z.array(inputMessage).min(1)]).nullish(),
  metadata,
  review,
  spend_control,
  stream: z.literal(false).optional(),
  vault_ids: z.array(z.string()).nullish(),
});

/** What OpenAI has and the simulator does not play: saved agents, and environments in which commands run. */
export const createSession = z.preprocess((body) => {
  if (typeof body !== 'object' || body === null) return body;
  if ('agent_id' in body) throw notPlayed('agent_id');
  const { environment } = body as { environment?: { type?: unknown } | null };
  if (['openai_hosted', 'self_hosted', 'prewarmed'].includes(String(environment?.type)))
    throw notPlayed('environment.type');
  return body;
}, newSession);
export type CreateSession = z.output<typeof createSession>;

/** Instructions and the environment stay as they were at the creation. */
export const updateSession = z.strictObject({
  agent: z
    .strictObject({
      model: z.string().optional(),
      reasoning: z.strictObject({ effort: settings.reasoning_effort }).optional(),
      service_tier,
      tools,
    })
    .optional(),
  metadata,
  review,
  spend_control,
});

const inputEvent = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('agent.session.input.message'),
    input: z.array(inputMessage).min(1),
  }),
  z.strictObject({ type: z.literal('agent.session.input.cancel') }),
  z.strictObject({
    type: z.literal('agent.session.input.tool_result'),
    call_id: z.string().min(1),
    turn_id: z.string().min(1),
    success: z.boolean(),
    error: z.string().nullish(),
    output: z.union([z.string(), content]).nullish(),
  }),
  /** No computer is played, so nothing is ever asked that this could answer. */
  z.looseObject({
    type: z.literal('agent.session.input.computer_use_approval_request_result'),
    request_id: z.string(),
  }),
]);
export type InputEvent = z.output<typeof inputEvent>;
export type ToolResult = Extract<InputEvent, { type: 'agent.session.input.tool_result' }>;
export type InputMessage = z.output<typeof inputMessage>;

/** At most 64 events in one request [reported]. */
export const createEvents = z.strictObject({ events: z.array(inputEvent).min(1).max(64) });

const page = listQuery.omit({ before: true, 'include[]': true });
export const pageQuery = page;
export type PageQuery = z.output<typeof page>;

/** `metadata[key]=value`, as often as wanted. */
export const listSessionsQuery = z.preprocess(
  gatherMetadata,
  page.extend({ agent_id: z.string().optional(), metadata }),
);
