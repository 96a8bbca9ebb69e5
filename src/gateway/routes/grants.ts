import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';

import { shownGrant } from '../../contracts/approval/grant.ts';
import { isApprovalId } from '../../contracts/ids.ts';
import { revokeGrant } from '../../record/grants.ts';
import type { Store } from '../../store/store.ts';
import { approverOf, requireScope } from '../auth.ts';
import type { GatewayEnv, GatewayParts } from '../gateway-env.ts';
import { apiKeyWith, json, problems } from '../openapi.ts';
import { wholeNumber } from '../parameters.ts';
import { Problem } from '../problem.ts';
import { GrantDocument } from '../schemas/approval.ts';
import { refuseInvalid } from '../validation.ts';

const GrantPageDocument = z
  .object({
    grants: z.array(GrantDocument),
    more: z.boolean().openapi({ description: 'Whether the limit left some out.' }),
  })
  .openapi('GrantPage');

/** Grants that hold: listed (`approvals:read`), and taken back (`approvals:decide`). */
export function createGrantRoutes({
  apiKeys,
  store,
  clock,
  log,
  identify,
}: GatewayParts): OpenAPIHono<GatewayEnv> {
  const app = new OpenAPIHono<GatewayEnv>({ defaultHook: refuseInvalid });

  const listGrants = createRoute({
    method: 'get',
    path: '/v1/grants',
    operationId: 'listGrants',
    summary: 'List grants',
    description:
      'Grants that have not ended: first those that hold, then those that were taken back. Of each the one that ends last comes first.',
    tags: ['grants'],
    security: apiKeyWith('approvals:read'),
    middleware: [requireScope(apiKeys, 'approvals:read')],
    request: { query: z.object({ limit: wholeNumber(1, 200, 50) }) },
    responses: { 200: json('Grants.', GrantPageDocument), ...problems(400, 401, 403, 429, 501, 503) },
  });
  app.openapi(listGrants, async (c) => {
    const { limit } = c.req.valid('query');
    const { grants, more } = await requireStore().grants.list(c.var.apiKey.tenant, { nowMs: clock(), limit });
    return c.json({ grants: grants.map(shownGrant), more }, 200);
  });

  const revoke = createRoute({
    method: 'delete',
    path: '/v1/grants/{grantId}',
    operationId: 'revokeGrant',
    summary: 'Take a grant back',
    description:
      'No effect begins by it any more; people are asked again. The record tells who has taken it back. Sent again, it changes nothing.',
    tags: ['grants'],
    security: apiKeyWith('approvals:decide'),
    middleware: [requireScope(apiKeys, 'approvals:decide')],
    request: {
      params: z.object({
        grantId: z.string().openapi({ description: 'The id of the approval that it was given with.' }),
      }),
    },
    responses: {
      200: json('The grant as it stands.', GrantDocument),
      ...problems(401, 403, 404, 429, 501, 503),
    },
  });
  app.openapi(revoke, async (c) => {
    const { grantId } = c.req.valid('param');
    const { apiKey, requestId } = c.var;
    const { tenant } = apiKey;
    const kept = requireStore();
    const { approver: by } = await identify(tenant, approverOf(apiKey));
    const known = isApprovalId(grantId);
    const grant = known ? await revokeGrant(kept, tenant, grantId, { by, nowMs: clock() }) : null;
    if (grant === null) throw new Problem('grant-not-found', 'This tenant has no such grant.');
    log('grant.revoked', { requestId, tenant, grantId, by: by.id });
    return c.json(shownGrant(grant), 200);
  });

  return app;

  function requireStore(): Store {
    if (store !== null) return store;
    throw new Problem('record-not-configured', 'Grants are kept in a store. Set COUNTERSIGN_DATABASE_URL.');
  }
}
