import { toSeconds } from '../clock.ts';
import type { Parts } from '../parts.ts';
import { chooseScript } from '../scenario/model.ts';
import { checkAnswers, latestMessage } from './context.ts';
import {
  backgroundNeedsStore,
  duplicateItem,
  itemNotFound,
  noInput,
  onlyOneOf,
  previousNotFound,
  previousNotOver,
} from './errors.ts';
import { toItem, userMessage } from './items.ts';
import { newBody } from './response-body.ts';
import { isOver, type StoredResponse } from './response-machine.ts';
import type { Responses } from './responses.ts';
import type { CreateResponse, InputItem } from './schemas.ts';
import { toolUse } from './tools.ts';
import type { Item } from './wire.ts';
import { CONVERSATION_ITEMS } from './tables.ts';

/**
 * A new response, with its script and the time of its next step. It is not stored yet.
 *
 * @throws ApiError for arguments that contradict each other, for what they name and is not there, while the conversation is
 *   locked, and when a call is left unanswered.
 */
export function newResponse(parts: Parts, responses: Responses, sent: CreateResponse): StoredResponse {
  checkArguments(sent);
  const { clock, scenario, latency } = parts;
  const conversationId = conversationOf(sent);
  const earlier = earlierItems(responses, sent, conversationId);
  const input = newInput(responses, parts, sent.input ?? [], earlier);
  const context = [...earlier, ...input];
  checkAnswers(context);
  toolUse(sent);

  const nowMs = clock.nowMs();
  const body = newBody(sent, toSeconds(nowMs), conversationId);
  const script = chooseScript(scenario, latestMessage(context));
  const thinkMs = script.rule.thinkMs ?? latency.thinkMs;
  return {
    id: body.id,
    body,
    request: sent,
    script,
    input,
    due: body.background
      ? { atMs: nowMs + latency.startMs, what: 'start' }
      : { atMs: nowMs + latency.startMs + thinkMs, what: 'act' },
    thinkMs,
    isDeleted: !body.store,
  };
}

function checkArguments(sent: CreateResponse): void {
  if (sent.conversation != null && sent.previous_response_id != null)
    throw onlyOneOf('previous_response_id', 'conversation');
  const hasMore = sent.conversation != null || sent.previous_response_id != null;
  if (sent.input === undefined && !hasMore) throw noInput();
  if (sent.background === true && sent.store === false) throw backgroundNeedsStore();
}

function conversationOf({ conversation }: CreateResponse): string | undefined {
  return typeof conversation === 'string' ? conversation : conversation?.id;
}

/** What the model has read and said before. */
function earlierItems(
  responses: Responses,
  { previous_response_id: previousId }: CreateResponse,
  conversationId: string | undefined,
): Item[] {
  if (conversationId !== undefined) {
    responses.conversation(conversationId);
    responses.requireFree(conversationId);
    return responses.itemsOf(conversationId);
  }
  if (previousId == null) return [];
  const previous = responses.find(previousId);
  if (previous === undefined) throw previousNotFound(previousId);
  if (!isOver(previous)) throw previousNotOver(previousId, previous.body.status);
  return [...responses.before(previous), ...previous.input, ...previous.body.output];
}

function newInput(
  responses: Responses,
  { store }: Parts,
  sent: string | InputItem[],
  earlier: readonly Item[],
): Item[] {
  if (typeof sent === 'string') return [userMessage(sent)];
  const known = new Set(earlier.map(({ id }) => id));
  return sent.map((item): Item => {
    const made = item.type === 'item_reference' ? referred(item.id) : toItem(item, 50);
    if (known.has(made.id)) throw duplicateItem(made.id);
    known.add(made.id);
    return made;
  });

  function referred(id: string): Item {
    const inConversation = store.all(CONVERSATION_ITEMS).find(({ item }) => item.id === id)?.item;
    const inResponses = () =>
      responses
        .all()
        .flatMap(({ input, body }) => [...input, ...body.output])
        .find((it) => it.id === id);
    const found = inConversation ?? inResponses();
    if (found === undefined) throw itemNotFound(id);
    return found;
  }
}
