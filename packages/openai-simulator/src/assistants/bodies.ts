import type { ToolResources } from '../files/wire.ts';
import { toSeconds } from '../clock.ts';
import type { CreateMessage, CreateThread } from './schemas.ts';
import { newId, type IdStyle } from '../ids.ts';
import type { Message, MessageContent, Thread, Tool } from './wire.ts';

/** Turns what a client sent into the objects OpenAI makes of it, defaults included. */

export function toThread(
  { metadata }: Pick<CreateThread, 'metadata'>,
  resources: ToolResources,
  nowMs: number,
  ids: IdStyle,
): Thread {
  return {
    id: newId('thread', ids),
    object: 'thread',
    created_at: toSeconds(nowMs),
    metadata: metadata ?? {},
    tool_resources: resources,
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
  | { type: 'file_search'; file_search?: SentSearch | undefined };

interface SentSearch {
  max_num_results?: number | undefined;
  ranking_options?: { ranker?: string | undefined; score_threshold: number } | undefined;
}

/** A function without parameters gets an empty object schema, and `strict` is false unless it was asked for [recorded]. */
export function toTools(sent: readonly SentTool[] | undefined): Tool[] {
  return (sent ?? []).map((tool): Tool => {
    if (tool.type === 'code_interpreter') return tool;
    if (tool.type === 'file_search') {
      return { type: 'file_search', file_search: toSearch(tool.file_search) };
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

/** How results are ranked is shown also when it was left out, with `hybrid_search` null [recorded]. */
function toSearch(sent: object | undefined): object {
  const { ranking_options, ...rest } = (sent ?? {}) as SentSearch;
  const ranking = { ranker: 'default_2024_08_21', score_threshold: 0, ...ranking_options };
  return { ...rest, ranking_options: { ...ranking, hybrid_search: null } };
}

/** An assistant with a built-in tool shows its (empty) list of files or stores [recorded for code_interpreter]. */
export function toToolResources(kept: ToolResources, tools: readonly Tool[]): ToolResources {
  const has = (wanted: Tool['type']) => tools.some(({ type }) => type === wanted);
  return {
    ...(has('code_interpreter') && { code_interpreter: { file_ids: [] } }),
    ...(has('file_search') && { file_search: { vector_store_ids: [] } }),
    ...kept,
  };
}

export function textOf({ content }: Message): string {
  return content.flatMap((part) => (part.type === 'text' ? [part.text.value] : [])).join('\n');
}
