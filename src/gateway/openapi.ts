import { z, type OpenAPIHono } from '@hono/zod-openapi';

import type { GatewayEnv } from './gateway-env.ts';
import { ProblemDocument } from './schemas/common.ts';

/** Pieces the route definitions share, and the document made of them. */

const PROBLEM_MEANINGS: Record<ProblemStatus, string> = {
  400: 'A header, a path or the query is not valid, or the body is not JSON.',
  401: 'No valid credential.',
  403: 'The credential may not do this.',
  404: 'The tenant has nothing with this id.',
  409: 'Another decision came first, or the arguments changed.',
  410: 'The approval has expired or was cancelled.',
  413: 'The body, or a field of it, is too large; `errors` names the fields.',
  415: 'The content type is not supported, or the body is compressed.',
  422: 'The body is not valid; `errors` names the fields.',
  429: 'The gateway is busy, or the conversation’s queue is full; nothing was stored.',
  501: 'The gateway is not configured for files.',
  502: 'The provider refused it; `detail` has its words.',
  503: 'Temporal or the provider does not answer, or the gateway is busy or shutting down.',
};

type ProblemStatus = 400 | 401 | 403 | 404 | 409 | 410 | 413 | 415 | 422 | 429 | 501 | 502 | 503;

/** Responses of a route that are problems. */
export function problems<Status extends ProblemStatus>(...statuses: Status[]) {
  const content = { 'application/problem+json': { schema: ProblemDocument } };
  const headers = {
    'x-request-id': { description: 'Also in `requestId`.', schema: { type: 'string' as const } },
  };
  return Object.fromEntries(
    statuses.map((status) => [status, { description: PROBLEM_MEANINGS[status], headers, content }]),
  ) as Record<Status, { description: string; headers: typeof headers; content: typeof content }>;
}

/** A JSON response. */
export function json<Schema extends z.ZodType>(description: string, schema: Schema) {
  return { description, content: { 'application/json': { schema } } };
}

/** A JSON request body. */
export function jsonBody<Schema extends z.ZodType>(schema: Schema) {
  return { required: true, content: { 'application/json': { schema } } };
}

/** Checked by hand, because a missing or repeated header deserves its own words. */
export const IdempotencyHeaders = z.object({
  'idempotency-key': z.string().optional().openapi({
    description: '1 to 255 visible ASCII characters. A request repeated with the same key takes effect once.',
    maxLength: 255,
  }),
});

/** OpenAPI security of a route: an API key with one scope. */
export function apiKeyWith(scope: string) {
  return [{ apiKey: [scope] }];
}

export function openApiDocument(app: OpenAPIHono<GatewayEnv>) {
  app.openAPIRegistry.registerComponent('securitySchemes', 'apiKey', {
    type: 'http',
    scheme: 'bearer',
    description: 'An API key ("countersign keys create"). Each route names the scope it needs.',
  });
  app.openAPIRegistry.registerComponent('securitySchemes', 'webhookSignature', {
    type: 'apiKey',
    in: 'header',
    name: 'webhook-signature',
    description: 'Standard Webhooks: HMAC-SHA256 over id, timestamp and raw body.',
  });
  app.openAPIRegistry.registerComponent('securitySchemes', 'handoverToken', {
    type: 'apiKey',
    in: 'query',
    name: 'token',
    description: 'Part of the address that came with one question.',
  });
  return app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'Countersign',
      version: '0.1.0',
      description: 'Durable human sign-off for AI agents’ actions.',
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    servers: [{ url: '/' }],
    tags: [
      { name: 'turns' },
      { name: 'files' },
      { name: 'approvals' },
      { name: 'decisions' },
      { name: 'operations' },
    ],
  });
}
