import { toSeconds } from './clock.ts';
import type { CreateMessage, CreateThread } from './http/schemas.ts';
import { newId, type IdStyle } from './ids.ts';
import type { Message, MessageContent, Metadata, Thread, Tool } from './wire.ts';

/** Turns what a client sent into the objects OpenAI makes of it, defaults included. */

export function toThread({ metadata, tool_resources }: CreateThread, nowMs: number, ids: IdStyle): Thread {
  return {
    id: newId('thread', ids),
    object: 'thread',
    created_at: toSeconds(nowMs),
    metadata: metadata ?? {},
    tool_resources: tool_resources ?? {},
  };
}

export function toMessage(sent: CreateMessage, threadId: string, nowMs: number, ids: IdStyle): Message {
  return {
    id: newId('msg', ids),
    object: 'thread.message',
    created_at: toSeconds(nowMs),
    assistant_id: null,
    thread_id: threadId,
    // A client's message has no run, even when it came with the run's creation [recorded].
    run_id: null,
    role: sent.role,
    content: toContent(sent.content),
    attachments: sent.attachments ?? [],
    metadata: sent.metadata ?? {},
  };
}

function toContent(content: CreateMessage['content']): MessageContent[] {
  if (typeof content === 'string') return [{ type: 'text', text: { value: content, annotations: [] } }];
  return content.map((part) =>
    part.type === 'text' ? { type: 'text', text: { value: part.text, annotations: [] } } : part,
  );
}

type SentTool =
  | Exclude<Tool, { type: 'function' }>
  | {
      type: 'function';
      function: {
        name: string;
        description?: string | undefined;
        parameters?: Record<string, unknown> | undefined;
        strict?: boolean | null | undefined;
      };
    }
  | { type: 'file_search'; file_search?: object | undefined };

/** A function without parameters gets an empty object schema, and `strict` is false unless it was asked for [recorded]. */
export function toTools(sent: readonly SentTool[] | undefined): Tool[] {
  return (sent ?? []).map((tool): Tool => {
    if (tool.type === 'code_interpreter') return tool;
    if (tool.type === 'file_search') {
      return tool.file_search === undefined
        ? { type: 'file_search' }
        : { type: 'file_search', file_search: tool.file_search };
    }
    const { name, description, parameters, strict } = tool.function;
    return {
      type: 'function',
      function: {
        name,
        ...(description !== undefined && { description }),
        parameters: parameters ?? { type: 'object', properties: {} },
        strict: strict ?? false,
      },
    };
  });
}

/** An assistant with code_interpreter shows its (empty) list of files [recorded]. */
export function toToolResources(
  sent: Record<string, unknown> | null | undefined,
  tools: readonly Tool[],
): Record<string, unknown> {
  const files = tools.some(({ type }) => type === 'code_interpreter')
    ? { code_interpreter: { file_ids: [] } }
    : {};
  return { ...files, ...sent };
}

/** Metadata is replaced as a whole; leaving it out keeps it [recorded]. */
export function newMetadata(sent: Metadata | null | undefined, old: Metadata): Metadata {
  return sent === undefined ? old : (sent ?? {});
}

export function textOf({ content }: Message): string {
  return content.flatMap((part) => (part.type === 'text' ? [part.text.value] : [])).join('\n');
}
