import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';

import { DecisionBodySchema } from '../../contracts/approval/decision.ts';
import { isApprovalId } from '../../contracts/ids.ts';
import { toListed } from '../../contracts/approval/listed.ts';
import { LIST_QUERY, needsStore, toFilter } from '../lists/query.ts';
import { listText, toStream } from '../lists/text.ts';
import { approverOf, holderOf, requireScope } from '../auth.ts';
import { followList } from '../live/follow.ts';
import { takeDecision } from '../take-decision.ts';
import type { GatewayEnv, GatewayParts } from '../gateway-env.ts';
import { LIST_BYTES, TURN_BYTES } from '../memory.ts';
import { apiKeyWith, IdempotencyHeaders, json, jsonBody, problems } from '../openapi.ts';
import { Problem } from '../problem.ts';
import { approvalNotFound, countedReceipt } from '../receipt-problem.ts';
import { idempotencyKeyOf, requireJson } from '../bodies/request-body.ts';
import { ApprovalParams, wholeNumber } from '../parameters.ts';
import { ApprovalDocument, ApprovalPageDocument } from '../schemas/approval.ts';
import { AcceptedDocument, ReceiptDocument } from '../schemas/decision.ts';
import { inWords, refuseInvalid } from '../validation.ts';

/** Whole approvals in one list. */
const MOST_EXPANDED = 20;

/** Approvals: what waits for a person (`approvals:read`), and deciding it (`approvals:decide`). */
export function createApprovalRoutes(parts: GatewayParts): OpenAPIHono<GatewayEnv> {
  const { client, lists, live, apiKeys, maximumBodyBytes } = parts;
  const app = new OpenAPIHono<GatewayEnv>({ defaultHook: refuseInvalid });

  const listApprovals = createRoute({
    method: 'get',
    path: '/v1/approvals',
    operationId: 'listApprovals',
    summary: 'List approvals',
    description:
      'What waits for a decision, the nearest deadline first; with `status` what was decided, too. A gateway without a store lists only what waits, in the order of turns.',
    tags: ['approvals'],
    security: apiKeyWith('approvals:read'),
    middleware: [requireScope(apiKeys, 'approvals:read')],
    request: {
      query: z.object({
        ...LIST_QUERY,
        limit: wholeNumber(1, 200, 50),
        expand: z
          .literal('arguments', { error: 'must be "arguments"' })
          .optional()
          .openapi({
            description: `Whole approvals instead of previews. \`limit\` is then ${MOST_EXPANDED} at most.`,
          }),
      }),
    },
    responses: {
      200: json('A page of approvals.', ApprovalPageDocument),
      ...problems(400, 401, 403, 429, 503),
    },
  });
  app.openapi(listApprovals, async (c) => {
    const { limit, expand, ...query } = c.req.valid('query');
    if (!lists.hasIndex) refuseWithoutStore(needsStore(query));
    if (expand && limit > MOST_EXPANDED && c.req.query('limit') !== undefined) throw tooManyExpanded();
    await c.var.hold(LIST_BYTES);
    const of = { tenant: c.var.apiKey.tenant, reader: approverOf(c.var.apiKey) };
    const filter = toFilter(query);
    if (!expand) {
      const { approvals, ...page } = await lists.page(of, filter, limit);
      return c.json({ approvals: approvals.map(toListed), ...page }, 200);
    }
    const pieces = listText(lists.each(of, filter), Math.min(limit, MOST_EXPANDED));
    const headers = { 'content-type': 'application/json' };
    return c.body(await toStream(pieces), 200, headers) as never; // typed as the value that the text is of
  });

  const followApprovals = createRoute({
    method: 'get',
    path: '/v1/events',
    operationId: 'followApprovals',
    summary: 'Follow the lists of approvals',
    description:
      'Server-sent events: `changed` whenever something has happened to an approval of the tenant, so that lists are worth reading again. The id is the size of the record; with `Last-Event-ID` nothing is told twice. A comment comes every 15 seconds. A stream ends after an hour, when its key is taken away, and when the gateway shuts down.',
    tags: ['approvals'],
    security: apiKeyWith('approvals:read'),
    middleware: [requireScope(apiKeys, 'approvals:read')],
    responses: {
      200: { description: 'The events.', content: { 'text/event-stream': { schema: z.string() } } },
      ...problems(401, 403, 429, 501, 503),
    },
  });
  app.openapi(followApprovals, (c) => {
    const { news } = live;
    if (news === null)
      throw new Problem('record-not-configured', 'This gateway has no store. Set COUNTERSIGN_DATABASE_URL.');
    const { apiKey } = c.var;
    const { tenant } = apiKey;
    return live.streams.open(c, {
      owner: { tenant, id: holderOf(apiKey) },
      guard: live.keys,
      ticket: { apiKey, scope: 'approvals:read' },
      follow: ({ tell }) => followList(news, tenant, { lastId: c.req.header('last-event-id'), tell }),
    });
  });

  const getApproval = createRoute({
    method: 'get',
    path: '/v1/approvals/{approvalId}',
    operationId: 'getApproval',
    summary: 'Read an approval',
    tags: ['approvals'],
    security: apiKeyWith('approvals:read'),
    middleware: [requireScope(apiKeys, 'approvals:read')],
    request: { params: ApprovalParams },
    responses: { 200: json('The approval.', ApprovalDocument), ...problems(401, 403, 404, 429, 503) },
  });
  app.openapi(getApproval, async (c) => {
    const { approvalId } = c.req.valid('param');
    const known = isApprovalId(approvalId);
    await c.var.hold(TURN_BYTES);
    const approval = known ? await client.getApproval(c.var.apiKey.tenant, approvalId) : null;
    if (approval === null) throw approvalNotFound();
    lists.hasRead(approval);
    return c.json(approval, 200);
  });

  const decide = createRoute({
    method: 'post',
    path: '/v1/approvals/{approvalId}/decision',
    operationId: 'decideApproval',
    summary: 'Decide an approval',
    description:
      'The approver is the API key’s person, or else the key by its name. The Idempotency-Key, or else `decisionId`, identifies the decision: sent again, it is a duplicate. Send the `argumentsDigest` of what you showed.',
    tags: ['approvals'],
    security: apiKeyWith('approvals:decide'),
    middleware: [requireScope(apiKeys, 'approvals:decide'), ...requireJson(maximumBodyBytes)],
    request: { params: ApprovalParams, headers: IdempotencyHeaders, body: jsonBody(DecisionBodySchema) },
    responses: {
      200: json('The decision counts.', ReceiptDocument),
      202: json('The decision is stored for a worker.', AcceptedDocument),
      ...problems(400, 401, 403, 404, 409, 410, 413, 415, 422, 429, 503),
    },
  });
  app.openapi(decide, async (c) => {
    const { approvalId } = c.req.valid('param');
    if (!isApprovalId(approvalId)) throw approvalNotFound();
    const body = c.req.valid('json');
    const answer = await takeDecision(parts, {
      tenant: c.var.apiKey.tenant,
      approvalId,
      approver: approverOf(c.var.apiKey),
      authenticated: { by: 'key', name: c.var.apiKey.name },
      source: 'api',
      body,
      key: idempotencyKeyOf(c),
      requestId: c.var.requestId,
    });
    const receipt = countedReceipt(answer);
    return receipt.outcome === 'accepted' ? c.json(receipt, 202) : c.json(receipt, 200);
  });

  return app;
}

function refuseWithoutStore(fields: string[]): void {
  if (fields.length === 0) return;
  const message = 'needs a store, which this gateway has not: set COUNTERSIGN_DATABASE_URL';
  const errors = fields.map((field) => ({ field, message }));
  throw new Problem('invalid-request', `The query is not valid: ${inWords(errors)}.`, { errors });
}

function tooManyExpanded(): Problem {
  const message = `must be at most ${MOST_EXPANDED} with "expand=arguments"`;
  return new Problem('invalid-request', `The query is not valid: limit ${message}.`, {
    errors: [{ field: 'limit', message }],
  });
}
