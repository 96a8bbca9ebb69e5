import { modelFailure, unknownToolChoice } from '../http/errors.ts';
import { newCompletionId, newId, type IdStyle } from '../ids.ts';
import { type Move, type Script } from '../scenario/model.ts';
import { play, type ToolUse } from '../scenario/play.ts';
import { inFormat } from '../scenario/structured.ts';
import { countTokens, withinTokens } from '../usage.ts';
import type { ToolCall } from '../assistants/wire.ts';
import { onlyWhen, onlyWithTools } from './errors.ts';
import type { CreateCompletion } from './schemas.ts';
import { textOf, type Standing } from './transcript.ts';
import type { ChatUsage, Choice, Completion, FinishReason } from './wire.ts';

/** @throws ApiError 400 when one argument asks for another that is not there. */
export function checkArguments(body: CreateCompletion): void {
  if (body.stream_options != null && body.stream !== true) throw onlyWhen('stream_options', 'stream');
  if (body.metadata != null && body.store !== true) throw onlyWhen('metadata', 'store');
  if (body.tools !== undefined) return;
  if (body.tool_choice !== undefined && body.tool_choice !== 'none') throw onlyWithTools('tool_choice');
  if (body.parallel_tool_calls !== undefined) throw onlyWithTools('parallel_tool_calls');
}

/**
 * What the model answers.
 *
 * @throws ApiError 400 for a forced function there is not; 429 or 500 when the scenario says that the model fails.
 */
export function complete(
  body: CreateCompletion,
  standing: Standing,
  script: Script,
  created: number,
  ids: IdStyle,
): Completion {
  const move = play(script, standing.settled, toolUse(body));
  const end = script.rule.end;
  if (move.kind === 'end' && end !== undefined && 'error' in end) throw modelFailure(end.error);
  const choices = Array.from({ length: body.n ?? 1 }, (_, index) => toChoice(index, move, body, script, ids));
  return {
    id: newCompletionId(),
    object: 'chat.completion',
    created,
    model: body.model,
    choices,
    usage: usageOf(body, choices),
    ...(body.metadata != null && { metadata: body.metadata }),
    service_tier: 'default',
    system_fingerprint: 'fp_simulator',
  };
}

function toolUse({ tools, tool_choice, parallel_tool_calls }: CreateCompletion): ToolUse {
  const names = (tools ?? []).map((tool) => tool.function.name);
  const common = { mayCall: () => true, fallback: names[0], isParallel: parallel_tool_calls ?? true };
  if (names.length === 0) return { ...common, mode: 'none' };
  if (tool_choice === undefined) return { ...common, mode: 'auto' };
  if (typeof tool_choice === 'string') return { ...common, mode: tool_choice };
  const isForced = tool_choice.type === 'function';
  const only = isForced
    ? [tool_choice.function.name]
    : tool_choice.allowed_tools.tools.map((tool) => tool.function.name);
  const unknown = only.find((name) => !names.includes(name));
  if (unknown !== undefined) throw unknownToolChoice(unknown);
  return {
    mode: isForced ? 'required' : tool_choice.allowed_tools.mode,
    mayCall: ({ name }) => only.includes(name),
    fallback: only[0],
    isParallel: common.isParallel,
  };
}

function toChoice(index: number, move: Move, body: CreateCompletion, { rule }: Script, ids: IdStyle): Choice {
  const common = { refusal: null, annotations: [] as [] };
  if (move.kind === 'end') {
    const whole = inFormat(move.reply ?? '', body.response_format);
    const content = withinTokens(whole, body.max_completion_tokens ?? body.max_tokens ?? Infinity);
    const message = { role: 'assistant', content, ...common } as const;
    const finish_reason = content === whole ? endReason(rule.end) : 'length';
    return { index, message, logprobs: null, finish_reason };
  }
  const { tool_choice } = body;
  const tool_calls = move.calls.map((call): ToolCall => ({
    id: newId('call', ids),
    type: 'function',
    function: { ...call },
  }));
  // A forced function ends with "stop" [documented].
  const isForced = typeof tool_choice === 'object' && tool_choice.type === 'function';
  const message = { role: 'assistant', content: null, tool_calls, ...common } as const;
  return { index, message, logprobs: null, finish_reason: isForced ? 'stop' : 'tool_calls' };
}

/** How a scenario's end of a run shows here. There is nothing that could be cancelled, expire or stay as it is. */
function endReason(end: Script['rule']['end']): FinishReason {
  if (end === undefined || !('reason' in end)) return 'stop';
  return end.reason === 'content_filter' ? 'content_filter' : 'length';
}

function usageOf({ messages, tools }: CreateCompletion, choices: readonly Choice[]): ChatUsage {
  const read = [
    ...messages.map(({ content }) => textOf(content)),
    ...messages.flatMap((message) => ('tool_calls' in message ? [JSON.stringify(message.tool_calls)] : [])),
    tools === undefined ? null : JSON.stringify(tools),
  ];
  const written = choices.flatMap(({ message }) => [
    message.content,
    ...(message.tool_calls ?? []).map((call) => call.function.arguments),
  ]);
  const prompt = countTokens(read);
  const completion = countTokens(written);
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: 0,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}
