import { newMetadata } from '../metadata.ts';
import { toMessage } from './bodies.ts';
import { attach } from '../files/resources.ts';
import { paginate } from '../http/pagination.ts';
import { noQuery, onDelete, onGet, onPost } from '../http/router.ts';
import { modifyMetadata } from '../http/schemas.ts';
import { createMessage, listMessagesQuery } from './schemas.ts';
import type { Parts } from '../parts.ts';
import type { Message } from './wire.ts';
import { MESSAGES } from './tables.ts';

export function addMessageRoutes(parts: Parts): void {
  const { api, store, clock, runs, rules } = parts;
  /** Looking at the thread's runs first lets a reply appear that was due. */
  function messagesOf(threadId: string): Message[] {
    runs.thread(threadId);
    runs.active(threadId);
    return store.all(MESSAGES).filter((message) => message.thread_id === threadId);
  }

  function find(threadId: string, messageId: string): Message {
    const message = messagesOf(threadId).find(({ id }) => id === messageId);
    if (message === undefined) throw rules.refusals.notFound('message', messageId);
    return message;
  }

  onPost(api, 'messages.create', createMessage, ({ ids: { threadId }, body }) => {
    const thread = runs.thread(threadId);
    runs.requireFree(threadId, 'message');
    const message = toMessage(body, threadId, clock.nowMs(), rules.ids);
    store.write([...attach(parts, thread, [message]).changes, MESSAGES.put(message)]);
    return message;
  });

  onGet(api, 'messages.list', listMessagesQuery, ({ ids, query }) => {
    const messages = messagesOf(ids.threadId);
    const asked = rules.listFilters ? query.run_id : undefined;
    return paginate(
      asked === undefined ? messages : messages.filter(({ run_id }) => run_id === asked),
      query,
      rules,
    );
  });

  onGet(api, 'messages.retrieve', noQuery, ({ ids }) => find(ids.threadId, ids.messageId));

  onPost(api, 'messages.modify', modifyMetadata, ({ ids, body }) => {
    const old = find(ids.threadId, ids.messageId);
    const message = { ...old, metadata: newMetadata(body.metadata, old.metadata) };
    store.write([MESSAGES.put(message)]);
    // This one answer has file_ids in place of attachments [recorded].
    const { attachments, metadata, ...rest } = message;
    return { ...rest, file_ids: attachments.map(({ file_id }) => file_id), metadata };
  });

  onDelete(api, 'messages.delete', ({ threadId, messageId }) => {
    find(threadId, messageId);
    store.write([MESSAGES.remove(messageId)]);
    return { id: messageId, object: 'thread.message.deleted', deleted: true };
  });
}
