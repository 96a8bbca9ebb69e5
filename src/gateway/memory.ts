import type { MiddlewareHandler } from 'hono';

import type { GatewayEnv } from './gateway-env.ts';
import { Problem } from './problem.ts';

/**
 * How much of a gateway's memory requests may hold at a time: a share for each account, and a total. An account is a tenant, or all
 * requests without a credential together. A request that does not fit waits a moment, in order of arrival, and is then refused.
 *
 * Sizes are estimated before anything is read. A byte of a body is in memory about four times: as bytes, text, value and payload.
 */

const TOTAL_BYTES = 64 * 1024 * 1024;
const ACCOUNT_BYTES = 24 * 1024 * 1024;
const PATIENCE_MS = 1_000;

export const BODY_COPIES = 4;
/** A page of turns as Temporal sends it, and what is shown of the pages before. */
export const LIST_BYTES = 8 * 1024 * 1024;
/** All approvals of one turn. */
export const TURN_BYTES = 2 * 1024 * 1024;

/** The account of requests without a credential. */
export const STRANGERS = 'strangers';

interface Waiting {
  account: string;
  bytes: number;
  resolve: () => void;
}

function createMemoryBudget({
  totalBytes = TOTAL_BYTES,
  accountBytes = ACCOUNT_BYTES,
  patienceMs = PATIENCE_MS,
} = {}) {
  const held = new Map<string, number>();
  const waiting = new Set<Waiting>();
  let heldByAll = 0;

  return {
    /**
     * Reserves this many bytes for an account.
     *
     * @returns a function that releases them.
     * @throws Problem `too-busy` when there is no room in time.
     */
    take: async (account: string, wanted: number): Promise<() => void> => {
      const bytes = Math.min(wanted, accountBytes);
      if (fits(account, bytes)) add(account, bytes);
      else await untilRoom(account, bytes);
      return () => {
        add(account, -bytes);
        for (const next of waiting) {
          if (!fits(next.account, next.bytes)) continue;
          waiting.delete(next);
          add(next.account, next.bytes);
          next.resolve();
        }
      };
    },
  };

  function fits(account: string, bytes: number): boolean {
    return heldByAll + bytes <= totalBytes && (held.get(account) ?? 0) + bytes <= accountBytes;
  }

  function add(account: string, bytes: number): void {
    const ofAccount = (held.get(account) ?? 0) + bytes;
    heldByAll += bytes;
    if (ofAccount === 0) held.delete(account);
    else held.set(account, ofAccount);
  }

  function untilRoom(account: string, bytes: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        waiting.delete(entry);
        reject(
          new Problem('too-busy', 'This gateway is handling too much at once. Nothing was done; try again.', {
            headers: { 'retry-after': '2' },
          }),
        );
      }, patienceMs);
      const entry: Waiting = {
        account,
        bytes,
        resolve: () => {
          clearTimeout(timer);
          resolve();
        },
      };
      waiting.add(entry);
    });
  }
}

/** Lets the parts of a request hold memory (`c.var.hold`) until its answer is sent or the client has gone. */
export function holdMemory(): MiddlewareHandler<GatewayEnv> {
  const budget = createMemoryBudget();
  return async (c, next) => {
    const holds: (() => void)[] = [];
    let isOver = false;
    const release = () => {
      isOver = true;
      for (const giveBack of holds.splice(0)) giveBack();
    };
    c.set('hold', async (bytes) => {
      const giveBack = await budget.take(accountOf(c.var), bytes);
      if (isOver) giveBack();
      else holds.push(giveBack);
    });
    try {
      await next();
    } finally {
      const { outgoing } = { ...c.env }; // without a server there is no environment at all
      // What a wrong credential came with is not needed while its answer is kept back.
      if (outgoing === undefined || outgoing.closed || c.res.status === 401) release();
      else outgoing.once('close', release);
    }
  };
}

export function accountOf({ apiKey, session }: Partial<GatewayEnv['Variables']>): string {
  const tenant = apiKey?.tenant ?? session?.tenant;
  return tenant === undefined ? STRANGERS : `tenant:${tenant}`;
}
