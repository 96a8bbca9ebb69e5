import { createTable } from '../state/tables.ts';
import type { StoredResponse } from './response-machine.ts';
import type { Conversation, ConversationItem } from './wire.ts';

export const RESPONSES = createTable<StoredResponse>('responses');
export const CONVERSATIONS = createTable<Conversation>('conversations');
export const CONVERSATION_ITEMS = createTable<ConversationItem>('conversationItems');
