import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';

import { StoreUnavailableError } from '../../store/errors.ts';
import type { GatewayEnv, GatewayParts } from '../gateway-env.ts';
import { json, openApiDocument, problems } from '../openapi.ts';
import { Problem } from '../problem.ts';

const OkDocument = z.object({ status: z.literal('ok') }).openapi('Ok');
const ok = { status: 'ok' } as const;

/** For whatever runs the gateway: is it alive, may it get traffic, and how is it doing. None needs a credential. */
export function createOperationRoutes({
  client,
  metrics,
  draining,
  store,
}: GatewayParts): OpenAPIHono<GatewayEnv> {
  const app = new OpenAPIHono<GatewayEnv>();

  const health = createRoute({
    method: 'get',
    path: '/healthz',
    operationId: 'getHealth',
    summary: 'Whether the process is up',
    tags: ['operations'],
    responses: { 200: json('It is.', OkDocument) },
  });
  app.openapi(health, (c) => c.json(ok, 200));

  const readiness = createRoute({
    method: 'get',
    path: '/readyz',
    operationId: 'getReadiness',
    summary: 'Whether the gateway is ready for traffic',
    tags: ['operations'],
    responses: { 200: json('Temporal answers.', OkDocument), ...problems(503) },
  });
  app.openapi(readiness, async (c) => {
    if (draining.aborted) throw new Problem('draining', 'The gateway finishes its last requests.');
    try {
      await client.checkHealth();
    } catch {
      throw new Problem('temporal-unavailable', 'Temporal does not answer. Check TEMPORAL_ADDRESS.');
    }
    return c.json(ok, 200);
  });

  const metricsRoute = createRoute({
    method: 'get',
    path: '/metrics',
    operationId: 'getMetrics',
    summary: 'Metrics for Prometheus',
    tags: ['operations'],
    responses: { 200: { description: 'Text format.', content: { 'text/plain': { schema: z.string() } } } },
  });
  app.openapi(metricsRoute, async (c) => {
    // A store that is down leaves what was known before.
    const [ended, undelivered] = await Promise.all([
      whileItAnswers(store?.endpoints.ended()),
      whileItAnswers(store?.notices.undelivered()),
    ]);
    if (ended !== undefined) metrics.setEndedEndpoints(ended.map(({ name }) => name));
    if (undelivered !== undefined) metrics.setUndeliveredNotices(undelivered);
    return c.text(metrics.render(), 200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' });
  });

  return app;
}

/** `GET /openapi.json`; added last, because it describes the other routes. */
export function addOpenApiRoute(app: OpenAPIHono<GatewayEnv>): void {
  const route = createRoute({
    method: 'get',
    path: '/openapi.json',
    operationId: 'getOpenApi',
    summary: 'This document',
    tags: ['operations'],
    responses: { 200: json('OpenAPI 3.1.', z.looseObject({})) },
  });
  app.openAPIRegistry.registerPath(route);
  const document = openApiDocument(app);
  app.get(route.getRoutingPath(), (c) => c.json(document));
}

/** @returns undefined while the store cannot be used. */
async function whileItAnswers<T>(asked: Promise<T> | undefined): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof StoreUnavailableError) return undefined;
    throw error;
  }
}
