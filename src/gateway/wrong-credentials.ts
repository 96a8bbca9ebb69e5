import { setTimeout as sleep } from 'node:timers/promises';

import type { MiddlewareHandler } from 'hono';

import type { GatewayEnv, GatewayParts } from './gateway-env.ts';
import { Problem, problemResponse } from './problem.ts';

/**
 * Whoever goes on with wrong credentials is answered later and later: keys, signatures, tokens and sign-in links alike. A right one is
 * never slowed, also not from the same address: behind a proxy everybody has one.
 */

/** So many from one address are answered at once; one is forgotten every two seconds. */
const FREE = 20;
const FORGOTTEN_PER_SECOND = 0.5;
/** Each further one is answered so much later than the one before. */
const STEP_MS = 50;
const LONGEST_MS = 2_000;
/** Answers that are kept back at a time, and addresses that are remembered. */
const KEPT_BACK = 500;
const ADDRESSES = 10_000;

export function slowWrongCredentials({
  draining,
}: Pick<GatewayParts, 'draining'>): MiddlewareHandler<GatewayEnv> {
  const wrong = new Map<string, { count: number; atMs: number }>();
  let keptBack = 0;
  return async (c, next) => {
    await next();
    if (c.res.status !== 401) return;
    const delayMs = Math.min((countWrong(addressOf({ ...c.env })) - FREE) * STEP_MS, LONGEST_MS);
    if (delayMs <= 0) return;
    if (keptBack >= KEPT_BACK) {
      const headers = { 'retry-after': String(LONGEST_MS / 1_000) };
      c.res = problemResponse(c, new Problem('too-busy', 'Too many credentials were wrong.', { headers }));
      return;
    }
    keptBack += 1;
    const signal = AbortSignal.any([draining, c.req.raw.signal]);
    await sleep(delayMs, undefined, { signal }).catch(() => undefined); // nobody waits any more
    keptBack -= 1;
  };

  function countWrong(address: string): number {
    const nowMs = performance.now();
    const before = wrong.get(address) ?? { count: 0, atMs: nowMs };
    const forgotten = ((nowMs - before.atMs) / 1_000) * FORGOTTEN_PER_SECOND;
    const count = Math.max(0, before.count - forgotten) + 1;
    wrong.delete(address); // a map keeps the order of insertion
    wrong.set(address, { count, atMs: nowMs });
    const [oldest] = wrong.keys();
    if (wrong.size > ADDRESSES && oldest !== undefined) wrong.delete(oldest);
    return count;
  }
}

function addressOf({ incoming }: GatewayEnv['Bindings']): string {
  return incoming?.socket.remoteAddress ?? 'unknown';
}
