import { ITEMS, SESSIONS, TURNS, USED_KEYS } from './agents/tables.ts';
import { RUNS } from './assistants/run-state.ts';
import { ASSISTANTS, MESSAGES, STEPS, THREADS } from './assistants/tables.ts';
import { COMPLETIONS } from './chat/tables.ts';
import { FAULTS } from './faults.ts';
import { FILE_BATCHES, FILES, VECTOR_STORE_FILES, VECTOR_STORES } from './files/tables.ts';
import { REQUESTS } from './request-log.ts';
import { CONVERSATION_ITEMS, CONVERSATIONS, RESPONSES } from './responses/tables.ts';
import { SETTINGS } from './state/settings.ts';

/** Everything the simulator remembers, and what a state file may hold. */
export const ALL_TABLES: readonly { name: string }[] = [
  ...[ASSISTANTS, THREADS, MESSAGES, RUNS, STEPS],
  ...[FILES, VECTOR_STORES, VECTOR_STORE_FILES, FILE_BATCHES],
  ...[RESPONSES, CONVERSATIONS, CONVERSATION_ITEMS],
  ...[SESSIONS, TURNS, ITEMS, USED_KEYS],
  COMPLETIONS,
  ...[FAULTS, REQUESTS, SETTINGS],
];
