import { ApiError } from '../http/errors.ts';

/**
 * Refusals of Chat Completions. All texts are reported (public issue threads), none of these is recorded. Where a message is
 * at fault, `param` writes its place as `messages.[1].role`, unlike the other errors' `messages[1].role`.
 */

export function unknownArguments(names: readonly string[]): ApiError {
  const noun = names.length > 1 ? 'arguments' : 'argument';
  return new ApiError(400, `Unrecognized request ${noun} supplied: ${names.join(', ')}`);
}

export const missingModel = () => new ApiError(400, 'you must provide a model parameter');

export const unanswered = (callIds: readonly string[]) =>
  new ApiError(
    400,
    "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The " +
      `following tool_call_ids did not have response messages: ${callIds.join(', ')}`,
    { param: 'messages' },
  );

export const nothingCalled = (index: number) =>
  new ApiError(
    400,
    "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.",
    { param: `messages.[${index}].role` },
  );

export const missingCallId = (index: number) =>
  new ApiError(
    400,
    "Missing parameter 'tool_call_id': messages with role 'tool' must have a 'tool_call_id'.",
    { param: `messages.[${index}].tool_call_id` },
  );

/** Also for a call that is answered twice. */
export const otherCallId = (index: number, callId: string) =>
  new ApiError(
    400,
    `Invalid parameter: 'tool_call_id' of '${callId}' not found in 'tool_calls' of previous message.`,
    { param: `messages.[${index}].tool_call_id` },
  );

export const nothingSaid = (index: number) =>
  new ApiError(400, "Invalid value for 'content': expected a string, got null.", {
    param: `messages.[${index}].content`,
  });

export const onlyWithTools = (param: 'tool_choice' | 'parallel_tool_calls') =>
  new ApiError(400, `Invalid value for '${param}': '${param}' is only allowed when 'tools' are specified.`, {
    param,
  });

export const onlyWhen = (param: 'stream_options' | 'metadata', other: 'stream' | 'store') =>
  new ApiError(400, `The '${param}' parameter is only allowed when '${other}' is enabled.`, { param });

/** Ours. */
export const noCompletion = (id: string) =>
  new ApiError(404, `No stored chat completion found with id '${id}'.`);
