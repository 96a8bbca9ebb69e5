import { z } from 'zod';

import type { RanCall, RunState } from '../../contracts/run.ts';
import type { ToolCall } from '../../contracts/tool-call.ts';
import { argumentsText } from '../call-arguments.ts';
import { distinctCalls } from '../distinct-calls.ts';

/**
 * Items of responses and of conversations: what was said and called, in order. Loose on purpose, as all bodies of a provider
 * are read; an item of a kind that is not listed here says nothing to us.
 */
const ContentSchema = z.array(
  z.looseObject({ type: z.string(), text: z.string().nullish(), refusal: z.string().nullish() }),
);
const ArgumentsSchema = z.union([z.string(), z.record(z.string(), z.unknown())]).nullish();
const ItemSchema = z.discriminatedUnion('type', [
  z.looseObject({
    type: z.literal('message'),
    role: z.string(),
    status: z.string().nullish(),
    content: z.union([z.string(), ContentSchema]),
  }),
  z.looseObject({
    type: z.literal('function_call'),
    call_id: z.string().nullish(),
    name: z.string(),
    arguments: ArgumentsSchema,
  }),
  z.looseObject({ type: z.literal('function_call_output'), call_id: z.string() }),
  z.looseObject({
    type: z.literal('mcp_approval_request'),
    id: z.string().nullish(),
    server_label: z.string(),
    name: z.string(),
    arguments: ArgumentsSchema,
  }),
  z.looseObject({ type: z.literal('mcp_approval_response'), approval_request_id: z.string() }),
  z.looseObject({
    type: z.literal('mcp_call'),
    approval_request_id: z.string().nullish(),
    // A text with some servers, an object with OpenAI.
    error: z.unknown(),
  }),
]);
/** Kinds we act on are checked; every other kind passes as it is. */
const KINDS = ItemSchema.options.map((option) => option.shape.type.value as string);
const OtherSchema = z
  .looseObject({ type: z.string() })
  .refine(({ type }) => !KINDS.includes(type), { error: 'does not follow the protocol' })
  .transform(() => ({ type: 'other' as const }));

export const ItemsSchema = z.array(z.union([ItemSchema, OtherSchema]));
export type Item = z.infer<typeof ItemsSchema>[number];

/** What somebody else has said to the model: a message that is not its own, or an answer to a call. */
export function isInput(item: Item): boolean {
  return answeredBy(item) !== undefined || (item.type === 'message' && item.role !== 'assistant');
}

/** Which call an item answers. */
export function answeredBy(item: Item): string | undefined {
  if (item.type === 'function_call_output') return item.call_id;
  return item.type === 'mcp_approval_response' ? item.approval_request_id : undefined;
}

/** The calls that the model makes in these items, whether or not they have been answered. */
export function callsOf(items: readonly Item[]): ToolCall[] {
  return distinctCalls(items.flatMap(callIn));
}

/** Calls that nobody has answered since they were made; the id of a call that was may come again. */
export function openCallsOf(items: readonly Item[]): ToolCall[] {
  const open = new Map<string, ToolCall[]>();
  for (const item of items) {
    for (const call of callIn(item)) open.set(call.toolCallId, [...(open.get(call.toolCallId) ?? []), call]);
    const answered = answeredBy(item);
    if (answered !== undefined) open.delete(answered);
  }
  return distinctCalls([...open.values()].flat());
}

function callIn(item: Item): ToolCall[] {
  switch (item.type) {
    case 'function_call':
      return [named(item.call_id, { tool: item.name, arguments: argumentsText(item.arguments) })];
    case 'mcp_approval_request': {
      const { id, server_label, name } = item;
      const tool = `${server_label}.${name}`;
      return [named(id, { tool, arguments: argumentsText(item.arguments), runsAt: 'provider' })];
    }
    default:
      return [];
  }
}

/** Stands where an id is missing: what answers it may be refused, and nothing was carried out. */
const NAMELESS = 'call_without_id';

function named(id: string | null | undefined, call: Omit<ToolCall, 'toolCallId'>): ToolCall {
  if (id) return { ...call, toolCallId: id };
  const problem = 'the call has no id (call_id), so its output cannot be assigned.';
  return { ...call, toolCallId: NAMELESS, problem };
}

/** The calls the provider has run in these items, of those that somebody had approved. */
export function ranIn(items: readonly Item[]): { ran?: RanCall[] } {
  const ran = items.flatMap((item): RanCall[] =>
    item.type === 'mcp_call' && typeof item.approval_request_id === 'string'
      ? [{ toolCallId: item.approval_request_id, hasFailed: (item.error ?? null) !== null }]
      : [],
  );
  return ran.length > 0 ? { ran } : {};
}

/** What a response that has come to its end with these items means: there is no status of its own for one that waits. */
export function stateOf(output: readonly Item[]): RunState {
  const calls = callsOf(output);
  return calls.length > 0
    ? { state: 'requires_action', calls }
    : { state: 'completed', reply: replyIn(output) };
}

export function textOf(item: Item): string {
  if (item.type !== 'message') return '';
  if (typeof item.content === 'string') return item.content;
  return item.content.flatMap(({ text, refusal }) => text ?? refusal ?? []).join('');
}

/** What the model has said, its refusals included. */
function replyIn(output: readonly Item[]): string {
  return output
    .filter((item) => item.type === 'message' && item.role === 'assistant')
    .map(textOf)
    .filter((text) => text !== '')
    .join('\n\n');
}
