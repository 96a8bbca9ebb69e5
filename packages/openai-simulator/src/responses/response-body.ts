import { newHexId } from '../ids.ts';
import type { CreateResponse } from './schemas.ts';
import { toTool } from './tools.ts';
import type { ResponseBody } from './wire.ts';

/** A response as it begins: what was sent, and OpenAI's defaults. The fields in the order of the newest recording. */
export function newBody(
  sent: CreateResponse,
  createdAt: number,
  conversationId: string | undefined,
): ResponseBody {
  const background = sent.background === true;
  return {
    id: newHexId('resp'),
    object: 'response',
    created_at: createdAt,
    status: background ? 'queued' : 'in_progress',
    background,
    completed_at: null,
    ...(conversationId !== undefined && { conversation: { id: conversationId } }),
    error: null,
    frequency_penalty: 0,
    incomplete_details: null,
    instructions: sent.instructions ?? null,
    max_output_tokens: sent.max_output_tokens ?? null,
    max_tool_calls: sent.max_tool_calls ?? null,
    model: sent.model,
    moderation: null,
    output: [],
    parallel_tool_calls: sent.parallel_tool_calls ?? true,
    presence_penalty: 0,
    previous_response_id: sent.previous_response_id ?? null,
    prompt_cache_key: sent.prompt_cache_key ?? null,
    prompt_cache_retention: sent.prompt_cache_retention ?? 'in_memory',
    reasoning: {
      context: null,
      effort: sent.reasoning?.effort ?? null,
      summary: sent.reasoning?.summary ?? null,
    },
    safety_identifier: sent.safety_identifier ?? null,
    service_tier: 'auto',
    store: sent.store ?? true,
    temperature: sent.temperature ?? 1,
    text: { format: sent.text?.format ?? { type: 'text' }, verbosity: sent.text?.verbosity ?? 'medium' },
    tool_choice: sent.tool_choice ?? 'auto',
    tools: (sent.tools ?? []).map(toTool),
    top_logprobs: sent.top_logprobs ?? 0,
    top_p: sent.top_p ?? 1,
    truncation: sent.truncation ?? 'disabled',
    usage: null,
    user: sent.user ?? null,
    metadata: sent.metadata ?? {},
  };
}
