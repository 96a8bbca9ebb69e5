import type { Citation } from './files.ts';
import type { TurnStatus } from './turn.ts';

/** What happens to a message while a turn of its conversation waits for a person. */
export type WhilePending = 'queue' | 'park' | 'reject';

/** `GET /v1/conversations/{conversationId}`. */
export interface ConversationView {
  conversationId: string;
  /** Newest first, up to the limit. */
  turns: { turnId: string; status: TurnStatus; startedAt: string | null }[];
}

/** `GET /v1/conversations`. */
export interface ConversationPage {
  /** Newest first. */
  conversations: { conversationId: string; startedAt: string }[];
  /** Whether there are more than the limit allows. */
  more: boolean;
}

/** One message of a conversation. */
export interface MessageView {
  turnId: string;
  role: 'user' | 'assistant';
  text: string;
  /** The footnotes of a reply. */
  citations?: Citation[];
  /** ISO 8601. */
  at: string;
}
