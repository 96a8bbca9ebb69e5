import { newMetadata } from '../metadata.ts';
import { toSeconds } from '../clock.ts';
import { paginate } from '../http/pagination.ts';
import { onDelete, onGet, onPost } from '../http/router.ts';
import { includeQuery, nothing } from '../http/schemas.ts';
import { newHexId } from '../ids.ts';
import type { Parts } from '../parts.ts';
import { itemNotFound, itemNotInConversation } from './errors.ts';
import { toItem, toRow } from './items.ts';
import type { Responses } from './responses.ts';
import {
  createConversation,
  createItems,
  itemsQuery,
  modifyConversation,
  type InputItem,
} from './schemas.ts';
import type { Conversation, Item } from './wire.ts';
import { CONVERSATIONS, CONVERSATION_ITEMS } from './tables.ts';

export function addConversationRoutes({ api, store, clock }: Parts, responses: Responses): void {
  onPost(api, 'conversations.create', createConversation, ({ body }) => {
    const conversation: Conversation = {
      id: newHexId('conv', 48),
      object: 'conversation',
      created_at: toSeconds(clock.nowMs()),
      metadata: body.metadata ?? {},
    };
    const items = (body.items ?? []).map(toOwnItem);
    store.write([CONVERSATIONS.put(conversation), ...rows(conversation.id, items)]);
    return conversation;
  });

  onGet(api, 'conversations.retrieve', nothing, ({ ids }) => responses.conversation(ids.conversationId));

  onPost(api, 'conversations.modify', modifyConversation, ({ ids, body }) => {
    const old = responses.conversation(ids.conversationId);
    const conversation = { ...old, metadata: newMetadata(body.metadata, old.metadata) };
    store.write([CONVERSATIONS.put(conversation)]);
    return conversation;
  });

  onDelete(api, 'conversations.delete', ({ conversationId }) => {
    responses.conversation(conversationId);
    const items = responses.itemsOf(conversationId);
    store.write([
      CONVERSATIONS.remove(conversationId),
      ...items.map((item) => CONVERSATION_ITEMS.remove(toRow(conversationId, item).id)),
    ]);
    return { id: conversationId, object: 'conversation.deleted', deleted: true };
  });

  onPost(api, 'conversationItems.create', createItems, ({ ids: { conversationId }, body }) => {
    responses.conversation(conversationId);
    responses.requireFree(conversationId);
    const items = body.items.map(toOwnItem);
    store.write(rows(conversationId, items));
    return paginate(items, { limit: items.length, order: 'asc' }, { listFilters: true });
  });

  onGet(api, 'conversationItems.list', itemsQuery, ({ ids: { conversationId }, query }) => {
    responses.conversation(conversationId);
    return paginate(responses.itemsOf(conversationId), query, { listFilters: true });
  });

  onGet(api, 'conversationItems.retrieve', includeQuery, ({ ids }) => find(ids));

  onDelete(api, 'conversationItems.delete', (ids) => {
    store.write([CONVERSATION_ITEMS.remove(toRow(ids.conversationId, find(ids)).id)]);
    return responses.conversation(ids.conversationId);
  });

  function find({ conversationId, itemId }: { conversationId: string; itemId: string }): Item {
    responses.conversation(conversationId);
    const item = responses.itemsOf(conversationId).find(({ id }) => id === itemId);
    if (item === undefined) throw itemNotInConversation(itemId, conversationId);
    return item;
  }

  /** Items that come without a response: a reference takes over an item of another conversation. */
  function toOwnItem(sent: InputItem): Item {
    if (sent.type !== 'item_reference') return toItem(sent, 48);
    const found = store.all(CONVERSATION_ITEMS).find(({ item }) => item.id === sent.id)?.item;
    if (found === undefined) throw itemNotFound(sent.id);
    return found;
  }
}

function rows(conversationId: string, items: readonly Item[]) {
  return items.map((item) => CONVERSATION_ITEMS.put(toRow(conversationId, item)));
}
