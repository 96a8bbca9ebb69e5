import { randomBytes } from 'node:crypto';

import type { MiddlewareHandler } from 'hono';

import type { SimulatorEnv } from './environment.ts';

/**
 * The headers OpenAI puts on every answer. No `x-ratelimit-*`: no recording of a thread or run has them.
 *
 * @param nowMs - the simulator's clock. `date` is what a client measures its time left by, so it has to be this clock's.
 */
export function openaiHeaders(nowMs: () => number): MiddlewareHandler<SimulatorEnv> {
  return async (c, next) => {
    const startedMs = performance.now();
    await next();
    if (c.get('dropped')) return;
    c.header('date', new Date(nowMs()).toUTCString());
    c.header('openai-version', '2020-10-01');
    c.header('openai-processing-ms', String(Math.max(1, Math.round(performance.now() - startedMs))));
    c.header('x-request-id', `req_${randomBytes(16).toString('hex')}`);
  };
}

const REQUESTS = 30_000;
const TOKENS = 150_000_000;

/**
 * The headers of a request that a model answers at once, also when it refuses it; not those of a 401 [recorded]. Nothing
 * is counted: the limits are never reached.
 *
 * @param isLimited - tells by the body whether a request is one of those; all are by default.
 */
export function rateLimitHeaders(
  isLimited: (body: unknown) => boolean = () => true,
): MiddlewareHandler<SimulatorEnv> {
  return async (c, next) => {
    await next();
    if (!isLimited(c.get('sent').body)) return;
    c.header('x-ratelimit-limit-requests', String(REQUESTS));
    c.header('x-ratelimit-limit-tokens', String(TOKENS));
    c.header('x-ratelimit-remaining-requests', String(REQUESTS - 1));
    c.header('x-ratelimit-remaining-tokens', String(TOKENS - 25));
    c.header('x-ratelimit-reset-requests', '2ms');
    c.header('x-ratelimit-reset-tokens', '0s');
  };
}
