import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';

import type { GatewayEnv, GatewayParts } from '../gateway-env.ts';
import { json } from '../openapi.ts';

const JwksDocument = z
  .object({
    keys: z.array(
      z.object({
        kty: z.literal('OKP'),
        crv: z.literal('Ed25519'),
        x: z.string(),
        kid: z.string().optional(),
        tenant: z.string().optional().openapi({ description: 'The key counts for this tenant alone.' }),
      }),
    ),
  })
  .openapi('Jwks', { description: 'Public keys (RFC 7517, RFC 8037).' });

/** The public keys with which anybody verifies attestations and checkpoints. */
export function createKeyRoutes({ publicKeys }: GatewayParts): OpenAPIHono<GatewayEnv> {
  const app = new OpenAPIHono<GatewayEnv>();
  const route = createRoute({
    method: 'get',
    path: '/.well-known/countersign/jwks.json',
    operationId: 'getKeys',
    summary: 'The public keys that sign decisions and checkpoints',
    tags: ['operations'],
    responses: { 200: json('The keys; none where nothing is signed.', JwksDocument) },
  });
  app.openapi(route, (c) => c.json(publicKeys, 200, { 'cache-control': 'public, max-age=300' }));
  return app;
}
