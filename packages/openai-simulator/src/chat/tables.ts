import { createTable } from '../state/tables.ts';
import type { ChatMessage } from './schemas.ts';
import type { Completion } from './wire.ts';

/** A completion that was to be stored, with the messages it answers. */
export interface StoredCompletion {
  id: string;
  completion: Completion;
  messages: ChatMessage[];
}

export const COMPLETIONS = createTable<StoredCompletion>('completions');
