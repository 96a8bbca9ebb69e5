import type { ChatCompletionCreateParamsNonStreaming } from 'openai/resources/chat/completions';

import type { AssistantSpec } from '../provider.ts';
import { toStrictSchema } from '../strict-schema.ts';

type ToolFields = Pick<ChatCompletionCreateParamsNonStreaming, 'tools' | 'parallel_tool_calls'>;

/**
 * The tools of a request. Where a person has to look at calls the server is asked for one at a time, with arguments that fit
 * the schema: for tools that move money that is what OpenAI advises. A schema that cannot be strict is sent as it is, since its
 * meaning counts more; either way the arguments are checked when they come.
 */
export function toolFields({ tools, chat }: AssistantSpec): ToolFields {
  if (tools.length === 0) return {}; // an empty list is refused
  const isGated = tools.some((tool) => tool.isGated);
  const isLeftOut = (field: 'strict' | 'parallel_tool_calls'): boolean =>
    chat?.omit?.includes(field) ?? false;
  return {
    tools: tools.map(({ name, description, parameters }) => {
      const strict = isGated && !isLeftOut('strict') ? toStrictSchema(parameters) : null;
      const shape = strict === null ? { parameters } : { parameters: { ...strict }, strict: true };
      return { type: 'function', function: { name, description, ...shape } };
    }),
    ...(isGated && !isLeftOut('parallel_tool_calls') && { parallel_tool_calls: false }),
  };
}
