/** Every call of the API the simulator knows: one name, used for routing, faults and the list of requests. */
export const OPERATIONS = {
  'assistants.create': ['POST', '/v1/assistants'],
  'assistants.list': ['GET', '/v1/assistants'],
  'assistants.retrieve': ['GET', '/v1/assistants/:assistantId'],
  'assistants.modify': ['POST', '/v1/assistants/:assistantId'],
  'assistants.delete': ['DELETE', '/v1/assistants/:assistantId'],
  'threads.create': ['POST', '/v1/threads'],
  // Before "threads.modify", whose pattern it would match.
  'threads.createAndRun': ['POST', '/v1/threads/runs'],
  'threads.retrieve': ['GET', '/v1/threads/:threadId'],
  'threads.modify': ['POST', '/v1/threads/:threadId'],
  'threads.delete': ['DELETE', '/v1/threads/:threadId'],
  'messages.create': ['POST', '/v1/threads/:threadId/messages'],
  'messages.list': ['GET', '/v1/threads/:threadId/messages'],
  'messages.retrieve': ['GET', '/v1/threads/:threadId/messages/:messageId'],
  'messages.modify': ['POST', '/v1/threads/:threadId/messages/:messageId'],
  'messages.delete': ['DELETE', '/v1/threads/:threadId/messages/:messageId'],
  'runs.create': ['POST', '/v1/threads/:threadId/runs'],
  'runs.list': ['GET', '/v1/threads/:threadId/runs'],
  'runs.retrieve': ['GET', '/v1/threads/:threadId/runs/:runId'],
  'runs.modify': ['POST', '/v1/threads/:threadId/runs/:runId'],
  'runs.cancel': ['POST', '/v1/threads/:threadId/runs/:runId/cancel'],
  'runs.submit': ['POST', '/v1/threads/:threadId/runs/:runId/submit_tool_outputs'],
  'steps.list': ['GET', '/v1/threads/:threadId/runs/:runId/steps'],
  'steps.retrieve': ['GET', '/v1/threads/:threadId/runs/:runId/steps/:stepId'],
  'files.create': ['POST', '/v1/files'],
  'files.list': ['GET', '/v1/files'],
  'files.retrieve': ['GET', '/v1/files/:fileId'],
  'files.content': ['GET', '/v1/files/:fileId/content'],
  'files.delete': ['DELETE', '/v1/files/:fileId'],
  'vectorStores.create': ['POST', '/v1/vector_stores'],
  'vectorStores.list': ['GET', '/v1/vector_stores'],
  'vectorStores.retrieve': ['GET', '/v1/vector_stores/:vectorStoreId'],
  'vectorStores.delete': ['DELETE', '/v1/vector_stores/:vectorStoreId'],
  'vectorStoreFiles.create': ['POST', '/v1/vector_stores/:vectorStoreId/files'],
  'vectorStoreFiles.list': ['GET', '/v1/vector_stores/:vectorStoreId/files'],
  'vectorStoreFiles.retrieve': ['GET', '/v1/vector_stores/:vectorStoreId/files/:fileId'],
  'vectorStoreFiles.delete': ['DELETE', '/v1/vector_stores/:vectorStoreId/files/:fileId'],
  'vectorStores.search': ['POST', '/v1/vector_stores/:vectorStoreId/search'],
  'vectorStoreBatches.create': ['POST', '/v1/vector_stores/:vectorStoreId/file_batches'],
  'vectorStoreBatches.retrieve': ['GET', '/v1/vector_stores/:vectorStoreId/file_batches/:batchId'],
  'vectorStoreBatches.cancel': ['POST', '/v1/vector_stores/:vectorStoreId/file_batches/:batchId/cancel'],
  'vectorStoreBatches.files': ['GET', '/v1/vector_stores/:vectorStoreId/file_batches/:batchId/files'],
  'models.list': ['GET', '/v1/models'],
  'models.retrieve': ['GET', '/v1/models/:modelId'],
  'chat.create': ['POST', '/v1/chat/completions'],
  'chat.list': ['GET', '/v1/chat/completions'],
  'chat.retrieve': ['GET', '/v1/chat/completions/:completionId'],
  'chat.update': ['POST', '/v1/chat/completions/:completionId'],
  'chat.delete': ['DELETE', '/v1/chat/completions/:completionId'],
  'chat.messages': ['GET', '/v1/chat/completions/:completionId/messages'],
  'responses.create': ['POST', '/v1/responses'],
  'responses.retrieve': ['GET', '/v1/responses/:responseId'],
  'responses.delete': ['DELETE', '/v1/responses/:responseId'],
  'responses.cancel': ['POST', '/v1/responses/:responseId/cancel'],
  'responses.inputItems': ['GET', '/v1/responses/:responseId/input_items'],
  'conversations.create': ['POST', '/v1/conversations'],
  'conversations.retrieve': ['GET', '/v1/conversations/:conversationId'],
  'conversations.modify': ['POST', '/v1/conversations/:conversationId'],
  'conversations.delete': ['DELETE', '/v1/conversations/:conversationId'],
  'conversationItems.create': ['POST', '/v1/conversations/:conversationId/items'],
  'conversationItems.list': ['GET', '/v1/conversations/:conversationId/items'],
  'conversationItems.retrieve': ['GET', '/v1/conversations/:conversationId/items/:itemId'],
  'conversationItems.delete': ['DELETE', '/v1/conversations/:conversationId/items/:itemId'],
  'agentSessions.create': ['POST', '/v1/agents/sessions'],
  'agentSessions.list': ['GET', '/v1/agents/sessions'],
  'agentSessions.retrieve': ['GET', '/v1/agents/sessions/:sessionId'],
  'agentSessions.update': ['POST', '/v1/agents/sessions/:sessionId'],
  'agentSessions.delete': ['DELETE', '/v1/agents/sessions/:sessionId'],
  'agentSessions.items': ['GET', '/v1/agents/sessions/:sessionId/items'],
  'agentEvents.create': ['POST', '/v1/agents/sessions/:sessionId/events'],
  'agentEvents.stream': ['GET', '/v1/agents/sessions/:sessionId/events'],
  'agentTurns.list': ['GET', '/v1/agents/sessions/:sessionId/turns'],
  'agentTurns.retrieve': ['GET', '/v1/agents/sessions/:sessionId/turns/:turnId'],
  'agentTurns.items': ['GET', '/v1/agents/sessions/:sessionId/turns/:turnId/items'],
} as const satisfies Record<string, readonly ['GET' | 'POST' | 'DELETE', string]>;

export type OperationName = keyof typeof OPERATIONS;

export const OPERATION_NAMES = Object.keys(OPERATIONS) as OperationName[];

const PATTERNS = OPERATION_NAMES.map((name) => {
  const [method, path] = OPERATIONS[name];
  return { name, method, pattern: new RegExp(`^${path.replaceAll(/:(\w+)/g, '(?<$1>[^/]+)')}$`) };
});

export interface Recognised {
  operation: OperationName | undefined;
  /** The ids in the path, such as `{threadId, runId}`. */
  ids: Partial<Record<string, string>>;
}

/** Which operation a request is, told before any handler has seen it. */
export function recognise(method: string, path: string): Recognised {
  for (const known of PATTERNS) {
    const match = known.method === method ? known.pattern.exec(path) : null;
    if (match) return { operation: known.name, ids: { ...match.groups } };
  }
  return { operation: undefined, ids: {} };
}
