import { newHexId } from '../ids.ts';
import type { InputItem } from './schemas.ts';
import type { ContentPart, ConversationItem, Item, MessageItem } from './wire.ts';

/** Turns what a client sent into the items OpenAI makes of it, defaults included. */

type Sent = Exclude<InputItem, { type: 'item_reference' }>;

/** @param digits - of new ids: those of a conversation's own items are shorter than those of a response [recorded]. */
export function toItem(sent: Sent, digits: 48 | 50): Item {
  switch (sent.type) {
    case 'message':
      return {
        id: sent.id ?? newHexId('msg', digits),
        type: 'message',
        status: sent.status ?? 'completed',
        content: toContent(sent.content, sent.role),
        role: sent.role,
      };
    case 'function_call':
      return {
        id: sent.id ?? newHexId('fc', digits),
        type: 'function_call',
        status: sent.status ?? 'completed',
        arguments: sent.arguments,
        call_id: sent.call_id,
        name: sent.name,
      };
    case 'function_call_output':
      return {
        // The same prefix as the call's [recorded].
        id: sent.id ?? newHexId('fc', digits),
        type: 'function_call_output',
        status: sent.status ?? 'completed',
        call_id: sent.call_id,
        output: typeof sent.output === 'string' ? sent.output : sent.output.map(toPart),
      };
    case 'mcp_approval_response':
      return {
        id: sent.id ?? newHexId('mcpr', digits),
        type: 'mcp_approval_response',
        approval_request_id: sent.approval_request_id,
        approve: sent.approve,
        reason: sent.reason ?? null,
      };
    case 'mcp_call':
      return {
        id: sent.id,
        type: 'mcp_call',
        approval_request_id: sent.approval_request_id ?? null,
        arguments: sent.arguments,
        error: sent.error ?? null,
        name: sent.name,
        output: sent.output ?? (sent.error ? null : ''),
        server_label: sent.server_label,
      };
    case 'mcp_list_tools':
      return { id: sent.id, type: 'mcp_list_tools', server_label: sent.server_label, tools: [] };
    case 'mcp_approval_request':
      return sent;
    case 'reasoning':
      return { id: sent.id, type: 'reasoning', summary: sent.summary };
    default:
      return sent satisfies never;
  }
}

/** A text alone is a message of the user. */
export function userMessage(text: string): Item {
  return toItem({ type: 'message', role: 'user', content: text }, 50);
}

type SentPart = Exclude<Extract<Sent, { type: 'message' }>['content'], string>[number];

function toContent(content: string | SentPart[], role: MessageItem['role']): ContentPart[] {
  if (typeof content !== 'string') return content.map(toPart);
  return [role === 'assistant' ? outputText(content) : { type: 'input_text', text: content }];
}

function toPart(part: SentPart): ContentPart {
  return part.type === 'output_text' ? outputText(part.text) : part;
}

export function outputText(text: string): ContentPart {
  return { type: 'output_text', annotations: [], logprobs: [], text };
}

/** The words of a message or an output; pictures and files have none. */
export function textOf(content: string | readonly ContentPart[]): string {
  if (typeof content === 'string') return content;
  return content.flatMap((part) => ('text' in part ? [part.text] : [])).join('\n');
}

/** An item as it stands in a conversation: the same one may stand in several. */
export function toRow(conversationId: string, item: Item): ConversationItem {
  return { id: `${conversationId}/${item.id}`, conversationId, item };
}
