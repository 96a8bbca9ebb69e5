import { newMetadata, toMessage, toThread } from './bodies.ts';
import { noQuery, onDelete, onGet, onPost } from './http/router.ts';
import { createThread, modifyThread } from './http/schemas.ts';
import type { Parts } from './parts.ts';
import { put, remove } from './state/tables.ts';

export function addThreadRoutes({ api, store, clock, runs, rules }: Parts): void {
  onPost(api, 'threads.create', createThread, ({ body }) => {
    const nowMs = clock.nowMs();
    const thread = toThread(body, nowMs, rules.ids);
    const messages = (body.messages ?? []).map((sent) => toMessage(sent, thread.id, nowMs, rules.ids));
    store.write([put('threads', thread), ...messages.map((row) => put('messages', row))]);
    return thread;
  });

  onGet(api, 'threads.retrieve', noQuery, ({ ids }) => runs.thread(ids.threadId));

  onPost(api, 'threads.modify', modifyThread, ({ ids, body }) => {
    const old = runs.thread(ids.threadId);
    const thread = {
      ...old,
      metadata: newMetadata(body.metadata, old.metadata),
      tool_resources: body.tool_resources ?? old.tool_resources,
    };
    store.write([put('threads', thread)]);
    return thread;
  });

  onDelete(api, 'threads.delete', ({ threadId }) => {
    runs.thread(threadId);
    const within = (row: { thread_id: string }) => row.thread_id === threadId;
    store.write([
      ...store
        .all('messages')
        .filter(within)
        .map(({ id }) => remove('messages', id)),
      ...store
        .all('steps')
        .filter(within)
        .map(({ id }) => remove('steps', id)),
      ...runs.ofThread(threadId).map(({ id }) => remove('runs', id)),
      remove('threads', threadId),
    ]);
    return { id: threadId, object: 'thread.deleted', deleted: true };
  });
}
