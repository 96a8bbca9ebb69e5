import type { MiddlewareHandler } from 'hono';

import type { SimulatorEnv } from './environment.ts';
import { recognise } from './operations.ts';

/** Gives what created an object of the Assistants API the status the played server has for it: OpenAI answers 200. */
export function answerCreated(status: 200 | 201): MiddlewareHandler<SimulatorEnv> {
  return async (c, next) => {
    await next();
    const { operation } = recognise(c.req.method, c.req.path);
    if (status === 200 || c.res.status !== 200 || !isCreation(operation)) return;
    c.res = new Response(c.res.body, { status, headers: c.res.headers });
  };
}

function isCreation(operation: string | undefined): boolean {
  return operation !== undefined && /^(assistants|threads|messages|runs)\.create(AndRun)?$/.test(operation);
}
