import { modelFailure } from '../http/errors.ts';
import { eventStream } from '../http/event-stream.ts';
import { rateLimitHeaders } from '../http/headers.ts';
import { paginate } from '../http/pagination.ts';
import { onDelete, onGet, onPost } from '../http/router.ts';
import { nothing } from '../http/schemas.ts';
import type { Parts } from '../parts.ts';
import { newResponse } from './creation.ts';
import { notCancellable, notStreamed } from './errors.ts';
import { sendEnd } from './events.ts';
import { cancel, isOver, type StoredResponse } from './response-machine.ts';
import type { Responses } from './responses.ts';
import { createResponse, itemsQuery, retrieveQuery } from './schemas.ts';
import { streamResponse } from './stream.ts';
import { RESPONSES } from './tables.ts';

/** How often a stream looks whether its response in the background is over. */
const POLL_MS = 10;

export function addResponseRoutes(parts: Parts, responses: Responses): void {
  const { api, store, clock, latency, webhook, pause } = parts;
  api.use('/v1/responses', rateLimitHeaders(isPlain));

  onPost(api, 'responses.create', createResponse, async ({ body: sent }) => {
    const created = responses.save(undefined, newResponse(parts, responses, sent));
    if (created.body.background) tellEnd(created);
    if (sent.stream === true) return eventStream(streamResponse(created, () => over(created)));
    if (created.body.background) return created.body;
    return ended(await over(created));
  });

  onGet(api, 'responses.retrieve', retrieveQuery, ({ ids, query }) => {
    const found = responses.response(ids.responseId);
    if (query.stream !== 'true') return found.body;
    if (found.request.stream !== true) throw notStreamed(found.id);
    const from = query.starting_after === undefined ? 0 : Number(query.starting_after) + 1;
    return eventStream(streamResponse(found, () => over(found), from));
  });

  onPost(api, 'responses.cancel', nothing, ({ ids }) => {
    const before = responses.response(ids.responseId);
    if (!before.body.background) throw notCancellable('synchronous');
    if (before.body.status === 'cancelled') return before.body;
    if (isOver(before)) throw notCancellable(before.body.status);
    return responses.save(before, cancel(before)).body;
  });

  onDelete(api, 'responses.delete', ({ responseId }) => {
    store.write([RESPONSES.put({ ...responses.response(responseId), isDeleted: true })]);
    return { id: responseId, object: 'response.deleted', deleted: true };
  });

  onGet(api, 'responses.inputItems', itemsQuery, ({ ids, query }) => {
    const response = responses.response(ids.responseId);
    return paginate([...responses.before(response), ...response.input], query, { listFilters: true });
  });

  /** The response once it is over: at its own time in the background, else when the model has thought. */
  async function over(begun: StoredResponse): Promise<StoredResponse> {
    if (!begun.body.background) {
      await pause(latency.startMs + begun.thinkMs);
      return responses.finishNow(begun.id);
    }
    let current = begun;
    while (!isOver(current)) {
      await pause(POLL_MS);
      current = responses.find(begun.id) ?? cancel(current);
    }
    return current;
  }

  function tellEnd(begun: StoredResponse): void {
    if (webhook === undefined) return;
    over(begun)
      .then((ended) => sendEnd(webhook, ended, clock, pause))
      .catch(ignoreClosing);
  }

  /** Who waits for a response that fails gets an error, and no response. */
  function ended(stored: StoredResponse): StoredResponse['body'] {
    const { error, status } = stored.body;
    if (status !== 'failed' || error === null) return stored.body;
    store.write([RESPONSES.put({ ...stored, isDeleted: true })]);
    throw modelFailure(error);
  }
}

/** The simulator has been closed meanwhile: nobody is told any more. */
function ignoreClosing(error: unknown): void {
  if (!(error instanceof Error && error.name === 'AbortError')) throw error;
}

/** Neither in the background nor with a server's tools nor streamed: only these answers show the limits [recorded]. */
function isPlain(sent: unknown): boolean {
  if (typeof sent !== 'object' || sent === null) return true;
  const { background, tools, stream } = sent as { background?: unknown; tools?: unknown; stream?: unknown };
  const hasServer =
    Array.isArray(tools) && tools.some((tool: { type?: unknown } | null) => tool?.type === 'mcp');
  return background !== true && stream !== true && !hasServer;
}
