import type { MiddlewareHandler } from 'hono';

import type { SimulatorEnv } from './environment.ts';
import { missingBeta, missingKey, wrongKey } from './errors.ts';

/** What `OpenAI-Beta` has to hold, by the path. */
const BETAS = [
  { below: /^\/v1\/(assistants|threads)\b/, api: 'Assistants', beta: 'assistants=v2' },
  { below: /^\/v1\/agents\b/, api: 'Agents', beta: 'agents=v1' },
];

/**
 * Refuses, as OpenAI does, who brings no bearer token or the wrong one; below /assistants and /threads also who brings no
 * `OpenAI-Beta: assistants=v2`, below /agents who brings no `agents=v1`.
 */
export function requireCredentials(apiKey: string | undefined): MiddlewareHandler<SimulatorEnv> {
  return async (c, next) => {
    const key = /^Bearer\s+(\S+)\s*$/i.exec(c.req.header('authorization') ?? '')?.[1];
    if (key === undefined) throw missingKey();
    if (apiKey !== undefined && key !== apiKey) throw wrongKey(key);
    const needed = BETAS.find(({ below }) => below.test(c.req.path));
    const betas = (c.req.header('openai-beta') ?? '').split(',').map((beta) => beta.trim());
    if (needed !== undefined && !betas.includes(needed.beta)) throw missingBeta(needed);
    return next();
  };
}
