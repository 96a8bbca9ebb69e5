import { randomUUID } from 'node:crypto';

import type { MiddlewareHandler } from 'hono';
import { routePath } from 'hono/route';

import type { GatewayEnv, GatewayParts } from './gateway-env.ts';

const SANE_REQUEST_ID = /^[A-Za-z0-9_.:-]{1,128}$/;

/** Gives every request its id, and every answer a line in the log and a count in the metrics. */
export function accessLog({ log, metrics, draining }: GatewayParts): MiddlewareHandler<GatewayEnv> {
  return async (c, next) => {
    const given = c.req.header('x-request-id');
    const requestId = given !== undefined && SANE_REQUEST_ID.test(given) ? given : randomUUID();
    c.set('requestId', requestId);
    const startedAt = performance.now();

    await next();

    c.header('x-request-id', requestId);
    c.header('x-content-type-options', 'nosniff');
    if (!c.res.headers.has('cache-control')) c.header('cache-control', 'no-store');
    // A kept connection would outlive the drain; its client opens the next one to a gateway that stays.
    if (draining.aborted) c.header('connection', 'close');
    const seconds = (performance.now() - startedAt) / 1_000;
    const answer = { method: methodOf(c.req.method), route: routeOf(routePath(c, -1)), status: c.res.status };
    metrics.countRequest({ ...answer, seconds });
    // The route's pattern, not the path: a path may hold whatever a stranger typed, the query a sign-in token.
    log('http.answered', {
      requestId,
      ...answer,
      durationMs: Math.round(seconds * 1_000),
      ...callerOf(c.var),
    });
  };
}

function callerOf({ apiKey, session }: Partial<GatewayEnv['Variables']>): Record<string, string> {
  if (apiKey) return { tenant: apiKey.tenant, caller: apiKey.name };
  return session ? { tenant: session.tenant, caller: session.approver.id } : {};
}

function routeOf(pattern: string): string {
  return pattern.includes('*') ? 'none' : pattern;
}

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

function methodOf(method: string): string {
  return METHODS.has(method) ? method : 'other';
}
