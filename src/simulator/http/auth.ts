import type { MiddlewareHandler } from 'hono';

import type { SimulatorEnv } from './environment.ts';
import { missingBeta, missingKey, wrongKey } from './errors.ts';

/**
 * Refuses, as OpenAI does, who brings no bearer token or the wrong one; below /assistants and /threads also who brings no
 * `OpenAI-Beta: assistants=v2`.
 */
export function requireCredentials(apiKey: string | undefined): MiddlewareHandler<SimulatorEnv> {
  return async (c, next) => {
    const key = /^Bearer\s+(\S+)\s*$/i.exec(c.req.header('authorization') ?? '')?.[1];
    if (key === undefined) throw missingKey();
    if (apiKey !== undefined && key !== apiKey) throw wrongKey(key);
    if (!/^\/v1\/(assistants|threads)\b/.test(c.req.path)) return next();
    const betas = (c.req.header('openai-beta') ?? '').split(',').map((beta) => beta.trim());
    if (!betas.includes('assistants=v2')) throw missingBeta();
    return next();
  };
}
