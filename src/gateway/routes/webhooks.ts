import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';

import { ApproverSchema, DecisionBodySchema } from '../../contracts/approval/decision.ts';
import { isApprovalId } from '../../contracts/ids.ts';
import type { GatewayEnv, GatewayParts } from '../gateway-env.ts';
import { json, jsonBody, problems } from '../openapi.ts';
import { Problem } from '../problem.ts';
import { approvalNotFound, countedReceipt } from '../receipt-problem.ts';
import { readSigned, SignatureHeaders } from '../bodies/signed-webhook.ts';
import { AcceptedDocument, ReceiptDocument } from '../schemas/decision.ts';
import { takeDecision } from '../take-decision.ts';
import { invalidBody, inWords } from '../validation.ts';
import { notAllowedToName } from '../webhook-secrets.ts';

const WebhookBodySchema = DecisionBodySchema.safeExtend({
  approvalId: z.string(),
  approver: ApproverSchema,
});

/** `POST /v1/webhooks/{source}`: a decision from elsewhere. The source's signature vouches for approver and decision. */
export function createWebhookRoutes(parts: GatewayParts): OpenAPIHono<GatewayEnv> {
  const { webhookSources } = parts;
  const app = new OpenAPIHono<GatewayEnv>();

  const receiveWebhook = createRoute({
    method: 'post',
    path: '/v1/webhooks/{source}',
    operationId: 'receiveWebhook',
    summary: 'Decide by a signed webhook',
    description:
      'Signed by Standard Webhooks over the raw body. The `webhook-id` identifies the decision unless the body has a `decisionId`, so a redelivery is a duplicate.',
    tags: ['approvals'],
    security: [{ webhookSignature: [] }],
    request: {
      params: z.object({ source: z.string() }),
      headers: SignatureHeaders,
      body: jsonBody(WebhookBodySchema),
    },
    responses: {
      200: json('The decision counts.', ReceiptDocument),
      202: json('The decision is stored for a worker.', AcceptedDocument),
      ...problems(400, 401, 403, 404, 409, 410, 413, 415, 422, 429, 503),
    },
  });
  // Documented, not registered with `app.openapi`: nothing may read the body or the headers before the signature is checked.
  app.openAPIRegistry.registerPath(receiveWebhook);
  app.post(receiveWebhook.getRoutingPath(), async (c) => {
    const name = c.req.param('source');
    const sources = typeof webhookSources === 'function' ? webhookSources() : webhookSources;
    const source = sources.find((entry) => entry.source === name);
    const { id, value } = await readSigned(parts, c, { source: name, secrets: source?.secrets ?? null });
    if (source === undefined) throw new Error('A webhook of no source was verified.');
    const { tenant } = source;
    const parsed = WebhookBodySchema.safeParse(value);
    if (!parsed.success) throw invalidBody(parsed.error.issues);
    const { approvalId, approver, ...body } = parsed.data;
    const errors = notAllowedToName(source, approver);
    if (errors.length > 0)
      throw new Problem('source-not-allowed', `This source may not name this approver: ${inWords(errors)}`, {
        errors,
      });
    if (!isApprovalId(approvalId)) throw approvalNotFound();
    const answer = await takeDecision(parts, {
      tenant,
      approvalId,
      approver,
      onlyGroups: source.groups,
      authenticated: { by: 'webhook', name: source.source },
      source: `webhook:${source.source}`,
      body,
      ...(body.decisionId === undefined && { key: id }),
      requestId: c.var.requestId,
    });
    const receipt = countedReceipt(answer);
    return c.json(receipt, receipt.outcome === 'accepted' ? 202 : 200);
  });

  return app;
}
