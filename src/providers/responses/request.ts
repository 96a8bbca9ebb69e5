import type OpenAI from 'openai';

import type { ToolOutput } from '../../contracts/run.ts';
import type { ToolCall } from '../../contracts/tool-call.ts';
import type { AssistantSpec } from '../provider.ts';
import { toStrictSchema } from '../strict-schema.ts';

type Input = OpenAI.Responses.ResponseInputItem;
type Tool = OpenAI.Responses.Tool;

/**
 * The message that begins a turn. Its key stands before it in an item of its own, because nothing else of a lost request can be
 * found again: a conversation lists items, not responses, and the same words may be said twice (docs/decisions/0013).
 */
export function opening(key: string, message: string): Input[] {
  return [
    { type: 'message', role: 'developer', content: keyText(key) },
    { type: 'message', role: 'user', content: message },
  ];
}

/** What the key's item says; the model reads it too. */
export function keyText(key: string): string {
  return `Turn ${key}.`;
}

/** All answers go into one request, each with the id of its call. */
export function toAnswers(outputs: readonly ToolOutput[]): Input[] {
  return outputs.map(({ toolCallId, output, isRefusal, runsAt }): Input => {
    if (runsAt === undefined) return { type: 'function_call_output', call_id: toolCallId, output };
    return isRefusal
      ? { type: 'mcp_approval_response', approval_request_id: toolCallId, approve: false, reason: output }
      : { type: 'mcp_approval_response', approval_request_id: toolCallId, approve: true };
  });
}

/** Calls of a turn that ended in the middle: no later message is taken before they are answered. */
export function abandoned(calls: readonly ToolCall[]): Input[] {
  const output =
    'The turn that made this call ended before its output could be told. Nobody knows here whether it was carried out. Do not repeat it; ask the user.';
  return toAnswers(
    calls.map(({ toolCallId, runsAt }) => ({
      toolCallId,
      output,
      isRefusal: true,
      ...(runsAt && { runsAt }),
    })),
  );
}

export function toTools({ tools, mcp = [] }: AssistantSpec): Tool[] {
  return [
    ...tools.map(({ name, description, parameters }): Tool => {
      const strict = toStrictSchema(parameters);
      const shape =
        strict === null ? { parameters, strict: false } : { parameters: { ...strict }, strict: true };
      return { type: 'function', name, description, ...shape };
    }),
    ...mcp.map(({ serverLabel, serverUrl, serverDescription, allowedTools, headers }): Tool => ({
      type: 'mcp',
      server_label: serverLabel,
      server_url: serverUrl,
      // The gate decides; what needs no person is approved at once.
      require_approval: 'always',
      ...(serverDescription !== undefined && { server_description: serverDescription }),
      ...(allowedTools && { allowed_tools: [...allowedTools] }),
      ...(headers && { headers: { ...headers } }),
    })),
  ];
}
