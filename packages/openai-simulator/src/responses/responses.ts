import type { Clock } from '../clock.ts';
import type { IdStyle } from '../ids.ts';
import type { Scenario } from '../scenario/schema.ts';
import type { Store } from '../state/store.ts';
import type { Change } from '../state/tables.ts';
import { answer, type Answer } from './answer.ts';
import { conversationLocked, conversationNotFound, responseNotFound } from './errors.ts';
import { advance, finish, isOver, withUsage, type StoredResponse } from './response-machine.ts';
import { toRow } from './items.ts';
import type { Conversation, Item } from './wire.ts';
import { CONVERSATIONS, CONVERSATION_ITEMS, RESPONSES } from './tables.ts';

/** Finds responses and conversations as they are now: whatever was due until now has happened, and is stored. */
export interface Responses {
  /** @throws ApiError 404 when it is unknown, deleted, or was not to be stored. */
  response(id: string): StoredResponse;
  /** As {@link Responses.response}, undefined in place of the error. */
  find(id: string): StoredResponse | undefined;
  /** What stood before the new input of a response, oldest first. */
  before(response: StoredResponse): Item[];
  /** @throws ApiError 404 */
  conversation(id: string): Conversation;
  /** The items of a conversation, oldest first. */
  itemsOf(conversationId: string): Item[];
  /** @throws ApiError 400 `conversation_locked` while a response of it is under way. */
  requireFree(conversationId: string): void;
  save(before: StoredResponse | undefined, after: StoredResponse): StoredResponse;
  /** Ends a response that somebody waits for. */
  finishNow(id: string): StoredResponse;
  all(): StoredResponse[];
}

export function createResponses(store: Store, clock: Clock, scenario: Scenario, ids: IdStyle): Responses {
  const itemsIn = (conversationId: string) =>
    store
      .all(CONVERSATION_ITEMS)
      .filter((row) => row.conversationId === conversationId)
      .map(({ item }) => item);

  function before({ body, input }: StoredResponse): Item[] {
    if (body.conversation !== undefined) {
      const items = itemsIn(body.conversation.id);
      const own = items.findIndex(({ id }) => id === input[0]?.id);
      return own === -1 ? items : items.slice(0, own);
    }
    const previous = store.get(RESPONSES, body.previous_response_id ?? '');
    return previous === undefined ? [] : [...before(previous), ...previous.input, ...previous.body.output];
  }

  const context = (stored: StoredResponse) => [...before(stored), ...stored.input];
  const think = (stored: StoredResponse): Answer =>
    answer(stored.request, stored.script, context(stored), scenario, ids);

  function save(old: StoredResponse | undefined, after: StoredResponse): StoredResponse {
    if (after === old) return after;
    const isEnding = isOver(after) && (old === undefined || !isOver(old));
    const hasWorked = isEnding && ['completed', 'incomplete'].includes(after.body.status);
    const row = hasWorked ? withUsage(after, context(after)) : after;
    store.write([RESPONSES.put(row), ...(isEnding ? conversationChanges(row) : [])]);
    return row;
  }

  /** Input and output stand among the items once the response has finished [recorded]; not when it failed [ours]. */
  function conversationChanges({ body, input }: StoredResponse): Change[] {
    const conversationId = body.conversation?.id;
    if (conversationId === undefined || store.get(CONVERSATIONS, conversationId) === undefined) return [];
    if (body.status !== 'completed' && body.status !== 'incomplete') return [];
    return [...input, ...body.output].map((item) => CONVERSATION_ITEMS.put(toRow(conversationId, item)));
  }

  function upToDate(stored: StoredResponse): StoredResponse {
    return save(
      stored,
      advance(stored, () => think(stored), clock.nowMs()),
    );
  }

  function find(id: string): StoredResponse | undefined {
    const stored = store.get(RESPONSES, id);
    return stored === undefined || stored.isDeleted ? undefined : upToDate(stored);
  }

  /** Every response is brought up to date first: one that is over lets its items appear. */
  function refresh(conversationId: string): StoredResponse[] {
    return store
      .all(RESPONSES)
      .filter(({ body }) => body.conversation?.id === conversationId)
      .map(upToDate);
  }

  return {
    find,
    response(id) {
      const found = find(id);
      if (found === undefined) throw responseNotFound(id);
      return found;
    },
    before,
    conversation(id) {
      const conversation = store.get(CONVERSATIONS, id);
      if (conversation === undefined) throw conversationNotFound(id);
      refresh(id);
      return conversation;
    },
    itemsOf: itemsIn,
    requireFree(conversationId) {
      if (refresh(conversationId).some((stored) => !isOver(stored))) throw conversationLocked();
    },
    save,
    finishNow(id) {
      const stored = store.get(RESPONSES, id);
      if (stored === undefined) throw responseNotFound(id);
      return isOver(stored) ? stored : save(stored, finish(stored, think(stored), clock.nowMs()));
    },
    all: () => store.all(RESPONSES).map(upToDate),
  };
}
