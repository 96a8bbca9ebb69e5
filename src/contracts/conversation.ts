import type { Citation } from './files.ts';
import type { TurnStatus } from './turn.ts';

/** What an assistant does with a message that comes while a turn of the conversation waits for a person. */
export type WhilePending = 'queue' | 'park' | 'reject';

/** `GET /v1/conversations/{conversationId}`. */
export interface ConversationView {
  conversationId: string;
  /** Newest first; as many as were asked for. */
  turns: { turnId: string; status: TurnStatus; startedAt: string | null }[];
}

/** `GET /v1/conversations`. */
export interface ConversationPage {
  /** The one that began last first. */
  conversations: { conversationId: string; startedAt: string }[];
  /** True when there are more than the limit let through. */
  more: boolean;
}

/** One message of a conversation as its turns have it. */
export interface MessageView {
  turnId: string;
  role: 'user' | 'assistant';
  text: string;
  /** Of a reply: its footnotes. */
  citations?: Citation[];
  /** ISO 8601. */
  at: string;
}
