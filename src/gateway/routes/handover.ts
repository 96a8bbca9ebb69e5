import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';

import type { GatewayEnv, GatewayParts } from '../gateway-env.ts';
import { parseJson } from '../bodies/json-text.ts';
import { problems } from '../openapi.ts';
import { Problem } from '../problem.ts';
import { readBody } from '../bodies/request-body.ts';

/** Where a decision's id stands in bodies of this kind; what else a body holds is not looked at. */
const HintSchema = z.union([
  z.looseObject({ id: z.string().min(1).max(200) }).transform(({ id }) => id),
  z.looseObject({ decision_id: z.string().min(1).max(200) }).transform((body) => body.decision_id),
]);

/**
 * `POST /v1/webhooks/handover?tenant=…&approval=…&token=…`: somebody has answered at the Handover, as it says. The address was made
 * for one approval and is known to the Handover only; the body is no more than a hint at which decision to read there.
 */
export function createHandoverRoutes({
  client,
  maximumBodyBytes,
  log,
}: GatewayParts): OpenAPIHono<GatewayEnv> {
  const app = new OpenAPIHono<GatewayEnv>();

  const receiveHint = createRoute({
    method: 'post',
    path: '/v1/webhooks/handover',
    operationId: 'receiveHandoverHint',
    summary: 'Tell that the Handover may have an answer',
    description:
      'The Handover calls the address that came with a question. The body may be anything: the worker reads the answer from the Handover. Without `approval` in the query, the request belongs to a webhook source of this name, and is 401 if there is none.',
    tags: ['approvals'],
    security: [{ handoverToken: [] }],
    request: { query: z.object({ tenant: z.string(), approval: z.string(), token: z.string() }) },
    responses: {
      204: { description: 'The answer will be read from the Handover.' },
      ...problems(401, 413, 415, 429, 503),
    },
  });
  // Documented, not registered with `app.openapi`: without an approval in its query the request is a signed webhook's.
  app.openAPIRegistry.registerPath(receiveHint);
  app.post(receiveHint.getRoutingPath(), async (c, next) => {
    const { tenant = '', approval: approvalId, token = '' } = c.req.query();
    if (approvalId === undefined) return next();
    const readDecisionId = async () => {
      const body = parseJson(new TextDecoder().decode(await readBody(c, maximumBodyBytes)));
      return body.ok ? HintSchema.safeParse(body.value).data : undefined;
    };
    if (!(await client.hintHandover({ tenant, approvalId, token, readDecisionId }))) throw notGivenOut();
    log('handover.hinted', { requestId: c.var.requestId, tenant, approvalId });
    return c.body(null, 204);
  });

  return app;
}

/** The same words for a wrong token, and for an approval that was never asked about there. */
function notGivenOut(): Problem {
  return new Problem('webhook-not-verified', 'This address was not given to the Handover.', {
    headers: { 'www-authenticate': 'HandoverToken' },
  });
}
