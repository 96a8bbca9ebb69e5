import { randomBytes } from 'node:crypto';

import type { MiddlewareHandler } from 'hono';

import type { SimulatorEnv } from './environment.ts';

/**
 * The headers OpenAI puts on every answer of this API. No `x-ratelimit-*`: no recording of a thread or run has them.
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
