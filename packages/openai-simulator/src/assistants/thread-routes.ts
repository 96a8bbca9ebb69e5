import { newMetadata } from '../metadata.ts';
import { toMessage, toThread } from './bodies.ts';
import { attach, resolveResources } from '../files/resources.ts';
import { noQuery, onDelete, onGet, onPost } from '../http/router.ts';
import { createThread, modifyThread } from './schemas.ts';
import type { Parts } from '../parts.ts';
import { RUNS } from './run-state.ts';
import { MESSAGES, STEPS, THREADS } from './tables.ts';

export function addThreadRoutes(parts: Parts): void {
  const { api, store, clock, runs, rules } = parts;
  onPost(api, 'threads.create', createThread, ({ body }) => {
    const nowMs = clock.nowMs();
    const { resources, changes } = resolveResources(parts, body.tool_resources);
    const thread = toThread(body, resources, nowMs, rules.ids);
    const messages = (body.messages ?? []).map((sent) => toMessage(sent, thread.id, nowMs, rules.ids));
    const attached = attach(parts, thread, messages);
    const rows = [THREADS.put(thread), ...attached.changes];
    store.write([...changes, ...rows, ...messages.map((row) => MESSAGES.put(row))]);
    return attached.thread;
  });

  onGet(api, 'threads.retrieve', noQuery, ({ ids }) => runs.thread(ids.threadId));

  onPost(api, 'threads.modify', modifyThread, ({ ids, body }) => {
    const old = runs.thread(ids.threadId);
    const { resources, changes } = resolveResources(parts, body.tool_resources, old.tool_resources);
    const thread = {
      ...old,
      metadata: newMetadata(body.metadata, old.metadata),
      tool_resources: resources,
    };
    store.write([...changes, THREADS.put(thread)]);
    return thread;
  });

  onDelete(api, 'threads.delete', ({ threadId }) => {
    runs.thread(threadId);
    const within = (row: { thread_id: string }) => row.thread_id === threadId;
    store.write([
      ...store
        .all(MESSAGES)
        .filter(within)
        .map(({ id }) => MESSAGES.remove(id)),
      ...store
        .all(STEPS)
        .filter(within)
        .map(({ id }) => STEPS.remove(id)),
      ...runs.ofThread(threadId).map(({ id }) => RUNS.remove(id)),
      THREADS.remove(threadId),
    ]);
    return { id: threadId, object: 'thread.deleted', deleted: true };
  });
}
