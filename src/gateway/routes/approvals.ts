import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';

import { DecisionBodySchema } from '../../contracts/approval.ts';
import { ID_RULES, isApprovalId, isName } from '../../contracts/ids.ts';
import { approverOf, requireScope } from '../auth.ts';
import { takeDecision } from '../take-decision.ts';
import type { GatewayEnv, GatewayParts } from '../gateway-env.ts';
import { apiKeyWith, IdempotencyHeaders, json, jsonBody, problems } from '../openapi.ts';
import { approvalNotFound, countedReceipt } from '../receipt-problem.ts';
import { idempotencyKeyOf, requireJson } from '../request-body.ts';
import {
  AcceptedDocument,
  ApprovalDocument,
  ApprovalPageDocument,
  ApprovalParams,
  ReceiptDocument,
  wholeNumber,
} from '../schemas.ts';
import { refuseInvalid } from '../validation.ts';

/** Approvals: what waits for a person (`approvals:read`), and deciding it (`approvals:decide`). */
export function createApprovalRoutes(parts: GatewayParts): OpenAPIHono<GatewayEnv> {
  const { client, apiKeys, maximumBodyBytes } = parts;
  const app = new OpenAPIHono<GatewayEnv>({ defaultHook: refuseInvalid });

  const listApprovals = createRoute({
    method: 'get',
    path: '/v1/approvals',
    operationId: 'listApprovals',
    summary: 'What waits for a decision',
    tags: ['approvals'],
    security: apiKeyWith('approvals:read'),
    middleware: [requireScope(apiKeys, 'approvals:read')],
    request: {
      query: z.object({
        status: z
          .literal('pending', { error: 'must be "pending": other approvals are read by id' })
          .optional(),
        tool: z
          .string()
          .refine(isName, `must be ${ID_RULES.name}`)
          .optional()
          .openapi({ description: 'Only approvals of this tool.', example: 'refund_order' }),
        limit: wholeNumber(1, 200, 50),
      }),
    },
    responses: {
      200: json('Pending approvals.', ApprovalPageDocument),
      ...problems(400, 401, 403, 429, 503),
    },
  });
  app.openapi(listApprovals, async (c) => {
    const { limit, tool } = c.req.valid('query');
    return c.json(await client.listPending(c.var.apiKey.tenant, limit, { tool }), 200);
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
    const approval = known ? await client.getApproval(c.var.apiKey.tenant, approvalId) : null;
    if (approval === null) throw approvalNotFound();
    return c.json(approval, 200);
  });

  const decide = createRoute({
    method: 'post',
    path: '/v1/approvals/{approvalId}/decision',
    operationId: 'decideApproval',
    summary: 'Decide an approval',
    description:
      'The approver is the API key’s name. The Idempotency-Key, else `decisionId`, names the decision: sent again it is a duplicate. Send the `argumentsDigest` of what was shown.',
    tags: ['approvals'],
    security: apiKeyWith('approvals:decide'),
    middleware: [requireScope(apiKeys, 'approvals:decide'), ...requireJson(maximumBodyBytes)],
    request: { params: ApprovalParams, headers: IdempotencyHeaders, body: jsonBody(DecisionBodySchema) },
    responses: {
      200: json('The decision counts.', ReceiptDocument),
      202: json('The decision is kept for a worker.', AcceptedDocument),
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
