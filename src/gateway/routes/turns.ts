import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';

import { conversationOfTurn, ID_RULES, isConversationId } from '../../contracts/ids.ts';
import { TurnBodySchema } from '../../contracts/turn.ts';
import { holderOf, requireScope } from '../auth.ts';
import { followTurn, OVER } from '../live/follow.ts';
import { definedOnly } from '../defined-only.ts';
import type { GatewayEnv, GatewayParts } from '../gateway-env.ts';
import { apiKeyWith, IdempotencyHeaders, json, jsonBody, problems } from '../openapi.ts';
import { Problem } from '../problem.ts';
import { idempotencyKeyOf, limitBody, requireJson } from '../bodies/request-body.ts';
import { ConversationParams, TurnParams, wholeNumber } from '../parameters.ts';
import { StartedTurnDocument, TurnDocument } from '../schemas/turn.ts';
import { openAttachments, sealCitations } from '../tenant-files.ts';
import { refuseInvalid } from '../validation.ts';

const MAXIMUM_WAIT_SECONDS = 60;

/** Turns: start one, read it, cancel it. All need the scope `turns:write`. */
export function createTurnRoutes(parts: GatewayParts): OpenAPIHono<GatewayEnv> {
  const { client, apiKeys, maximumBodyBytes, log, draining, live } = parts;
  const app = new OpenAPIHono<GatewayEnv>({ defaultHook: refuseInvalid });
  const turnsWrite = requireScope(apiKeys, 'turns:write');

  const startTurn = createRoute({
    method: 'post',
    path: '/v1/conversations/{conversationId}/turns',
    operationId: 'startTurn',
    summary: 'Start a turn',
    description: 'The same Idempotency-Key in the same conversation names the same turn.',
    tags: ['turns'],
    security: apiKeyWith('turns:write'),
    middleware: [turnsWrite, ...requireJson(maximumBodyBytes)],
    request: { params: ConversationParams, headers: IdempotencyHeaders, body: jsonBody(TurnBodySchema) },
    responses: {
      202: {
        ...json('The turn is accepted.', StartedTurnDocument),
        headers: { location: { description: 'Where to read it.', schema: { type: 'string' } } },
      },
      ...problems(400, 401, 403, 409, 413, 415, 422, 429, 503),
    },
  });
  app.openapi(startTurn, async (c) => {
    const { conversationId } = c.req.valid('param');
    if (!isConversationId(conversationId)) throw illegalConversationId();
    const { tenant } = c.var.apiKey;
    const startedBy = holderOf(c.var.apiKey);
    const { attachments: sent, ...body } = c.req.valid('json');
    const attachments = sent && openAttachments(parts, tenant, sent.map(definedOnly));
    const started = await client.startTurn({
      ...definedOnly({ ...body, attachments, idempotencyKey: idempotencyKeyOf(c) }),
      ...{ tenant, conversationId, startedBy },
    });
    log('turn.accepted', { requestId: c.var.requestId, tenant, conversationId, turnId: started.turnId });
    return c.json(started, 202, { location: `/v1/turns/${started.turnId}` });
  });

  const getTurn = createRoute({
    method: 'get',
    path: '/v1/turns/{turnId}',
    operationId: 'getTurn',
    summary: 'Read a turn',
    description:
      'With `wait`, the answer comes as soon as the turn needs a person, is parked or is over, or after that many seconds.',
    tags: ['turns'],
    security: apiKeyWith('turns:write'),
    middleware: [turnsWrite],
    request: {
      params: TurnParams,
      query: z.object({ wait: wholeNumber(0, MAXIMUM_WAIT_SECONDS, 0) }),
    },
    responses: { 200: json('The turn.', TurnDocument), ...problems(400, 401, 403, 404, 429, 503) },
  });
  app.openapi(getTurn, async (c) => {
    const { turnId } = c.req.valid('param');
    if (conversationOfTurn(turnId) === null) throw turnNotFound();
    const waitMs = c.req.valid('query').wait * 1_000;
    const { tenant } = c.var.apiKey;
    // A gateway that shuts down answers with what it sees; who has gone away waits for nothing.
    const signal = AbortSignal.any([draining, c.req.raw.signal]);
    const view = await client.getTurn(tenant, turnId, waitMs, { signal });
    if (view === null) throw turnNotFound();
    return c.json(sealCitations(parts, tenant, view), 200);
  });

  const followTurnRoute = createRoute({
    method: 'get',
    path: '/v1/turns/{turnId}/events',
    operationId: 'followTurn',
    summary: 'Follow a turn',
    description:
      'Server-sent events: `changed` with the turn in short, as it is now and whenever it changes; read the turn for the rest. `over` comes last, and the stream ends. With `Last-Event-ID` nothing is told twice; a turn that is over and was told to the end is answered 204. A comment comes every 15 seconds. A stream ends after an hour, when its key is taken away, and when the gateway shuts down.',
    tags: ['turns'],
    security: apiKeyWith('turns:write'),
    middleware: [turnsWrite],
    request: { params: TurnParams },
    responses: {
      200: {
        description: 'The events. The data of `changed` is JSON.',
        content: { 'text/event-stream': { schema: z.string() } },
      },
      204: { description: 'The turn is over, and there is nothing more to tell.' },
      ...problems(401, 403, 404, 429, 503),
    },
  });
  app.openapi(followTurnRoute, async (c) => {
    const { turnId } = c.req.valid('param');
    const { apiKey } = c.var;
    const { tenant } = apiKey;
    const turn = conversationOfTurn(turnId) === null ? null : await client.getTurn(tenant, turnId);
    if (turn === null) throw turnNotFound();
    const lastId = c.req.header('last-event-id');
    if (lastId === OVER) return c.body(null, 204);
    return live.streams.open(c, {
      owner: { tenant, id: holderOf(apiKey) },
      guard: live.keys,
      ticket: { apiKey, scope: 'turns:write' },
      follow: (listener) => followTurn(live, { tenant, turnId, lastId }, listener),
    });
  });

  const cancelTurn = createRoute({
    method: 'post',
    path: '/v1/turns/{turnId}/cancel',
    operationId: 'cancelTurn',
    summary: 'Cancel a turn and its run',
    tags: ['turns'],
    security: apiKeyWith('turns:write'),
    middleware: [turnsWrite, limitBody(maximumBodyBytes)],
    request: { params: TurnParams },
    responses: {
      200: json('The turn as it is now.', TurnDocument),
      ...problems(401, 403, 404, 413, 415, 429, 503),
    },
  });
  app.openapi(cancelTurn, async (c) => {
    const { turnId } = c.req.valid('param');
    const { tenant } = c.var.apiKey;
    const view = conversationOfTurn(turnId) === null ? null : await client.cancelTurn(tenant, turnId);
    if (view === null) throw turnNotFound();
    log('turn.cancel_requested', { requestId: c.var.requestId, tenant, turnId });
    return c.json(sealCitations(parts, tenant, view), 200);
  });

  return app;
}

function turnNotFound(): Problem {
  return new Problem('turn-not-found', 'No turn of this tenant has this id.');
}

export function illegalConversationId(): Problem {
  const message = `must be ${ID_RULES.conversationId}`;
  return new Problem('invalid-request', `The conversation id ${message}.`, {
    errors: [{ field: 'conversationId', message }],
  });
}
