import type { SettledCall } from '../scenario/model.ts';
import { missingCallId, nothingCalled, nothingSaid, otherCallId, unanswered } from './errors.ts';
import type { ChatMessage } from './schemas.ts';

/** The parts of a transcript that tell the model how far it is. */
export interface Standing {
  /** The latest message of the user; empty when there is none. */
  message: string;
  /** The calls made since then, in their order, with their outputs. */
  settled: SettledCall[];
}

/**
 * Reads a transcript and holds it to the rule that every call is answered, and answered right after the message that made
 * it.
 *
 * @throws ApiError 400 for the first message that breaks the rule.
 */
export function readTranscript(messages: readonly ChatMessage[]): Standing {
  const standing: Standing = { message: '', settled: [] };
  let open = new Map<string, SettledCall>();
  let isAnswering = false;
  messages.forEach((message, index) => {
    if (message.role === 'tool') {
      if (!isAnswering) throw nothingCalled(index);
      settle(open, message, index);
      return;
    }
    requireAnswers(open);
    open = new Map();
    isAnswering = message.role === 'assistant' && message.tool_calls !== undefined;
    if (message.role === 'user') Object.assign(standing, { message: textOf(message.content), settled: [] });
    if (message.role !== 'assistant') return;
    if (message.content == null && message.tool_calls === undefined && message.refusal == null)
      throw nothingSaid(index);
    for (const call of message.tool_calls ?? []) {
      const [name, args] =
        call.type === 'function'
          ? [call.function.name, call.function.arguments]
          : [call.custom.name, call.custom.input];
      const settled = { name, arguments: args, output: '' };
      open.set(call.id, settled);
      standing.settled.push(settled);
    }
  });
  requireAnswers(open);
  return standing;
}

function settle(
  open: Map<string, SettledCall>,
  { tool_call_id: id, content }: Extract<ChatMessage, { role: 'tool' }>,
  index: number,
): void {
  if (id === undefined) throw missingCallId(index);
  const call = open.get(id);
  if (call === undefined) throw otherCallId(index, id);
  call.output = textOf(content);
  open.delete(id);
}

function requireAnswers(open: ReadonlyMap<string, SettledCall>): void {
  if (open.size > 0) throw unanswered([...open.keys()]);
}

/** The words of a message; pictures, sound and files have none. */
export function textOf(content: ChatMessage['content']): string {
  if (typeof content === 'string') return content;
  return (content ?? []).flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n');
}
