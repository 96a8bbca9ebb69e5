import type { StoredSession } from '../agents/session-state.ts';
import type { StoredTurn } from '../agents/turn-machine.ts';
import type { AgentItem } from '../agents/wire.ts';
import type { FaultRule } from '../faults.ts';
import type { StoredFile, StoredVectorStore, StoredVectorStoreFile } from '../files/wire.ts';
import type { SeenRequest } from '../request-log.ts';
import type { StoredResponse } from '../responses/response-machine.ts';
import type { Conversation, ConversationItem } from '../responses/wire.ts';
import type { StoredRun } from '../assistants/run-state.ts';
import type { Assistant, Message, RunStep, Thread } from '../assistants/wire.ts';

/** Everything the simulator remembers. Rows of a table stand in the order in which they were made. */
export interface Tables {
  assistants: Assistant;
  threads: Thread;
  messages: Message;
  runs: StoredRun;
  steps: RunStep;
  files: StoredFile;
  vectorStores: StoredVectorStore;
  vectorStoreFiles: StoredVectorStoreFile;
  responses: StoredResponse;
  conversations: Conversation;
  conversationItems: ConversationItem;
  agentSessions: StoredSession;
  agentTurns: StoredTurn;
  agentItems: { id: string; sessionId: string; item: AgentItem };
  /** Idempotency keys that were used, with the body they came with. */
  agentKeys: { id: string; body: string };
  faults: FaultRule;
  requests: SeenRequest;
  settings: { id: string; value: number };
}

export type TableName = keyof Tables;

/** One row written (`row`) or removed (null). */
export type Change = {
  [Name in TableName]: readonly [table: Name, id: string, row: Tables[Name] | null];
}[TableName];

/** A change that writes a row under its own id. */
export function put<Name extends TableName>(table: Name, row: Tables[Name]): Change {
  return [table, row.id, row] as unknown as Change;
}

/** A change that removes a row. */
export function remove(table: TableName, id: string): Change {
  return [table, id, null];
}
