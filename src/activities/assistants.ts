import { ApplicationFailure } from '@temporalio/common';

import type { App } from '../define/app.ts';
import type { Assistant } from '../define/assistant.ts';
import type { ChatOptions } from '../define/chat-options.ts';
import { toMs } from '../define/duration.ts';
import type { AssistantSpec } from '../providers/provider.ts';

/** @throws ApplicationFailure `Turn.UnknownAssistant` naming the ones there are. */
export function findAssistant(app: App, name: string | undefined): Assistant {
  const assistant =
    name === undefined ? app.assistants[0] : app.assistants.find((candidate) => candidate.name === name);
  if (assistant !== undefined) return assistant;
  const known = app.assistants.map((candidate) => candidate.name).join(', ');
  throw ApplicationFailure.create({
    type: 'Turn.UnknownAssistant',
    message: `The application has no assistant "${name ?? ''}". It has: ${known}.`,
    nonRetryable: true,
  });
}

function toChat({ timeout, ...chat }: ChatOptions): NonNullable<AssistantSpec['chat']> {
  return timeout === undefined ? chat : { ...chat, timeoutMs: toMs(timeout, 'chat.timeout') };
}

/** The assistant as the provider has to know it. */
export function toSpec(assistant: Assistant): AssistantSpec {
  const { name, model, instructions, tools, mcp, responses, chat, builtInTools } = assistant;
  return {
    name,
    model,
    instructions,
    tools: tools.map((tool) => ({
      name: tool.name,
      description: tool.description,
      parameters: tool.jsonSchema,
      isGated: tool.isGated,
    })),
    ...(chat && { chat: toChat(chat) }),
    ...(mcp.length > 0 && { mcp: mcp.map(({ policy: _policy, ...server }) => server) }),
    ...(responses && { responses }),
    ...(builtInTools && { builtInTools }),
  };
}
