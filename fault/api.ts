import { setTimeout as sleep } from 'node:timers/promises';

import type { TurnView } from '../src/contracts/turn.ts';
import { REQUESTER } from './people.ts';
import type { Processes } from './processes.ts';
import type { DecisionAnswer } from './records.ts';

/** The gateway as its clients see it: it may be gone at any time, so whoever asks asks again with the same key. */
export interface Api {
  /** @returns the turn's id, or null when it was not accepted */
  startTurn(request: { conversationId: string; message: string; key: string }): Promise<string | null>;
  /** @returns null when nothing could be read */
  readTurn(turnId: string, waitSeconds?: number): Promise<TurnView | null>;
  cancelTurn(turnId: string): Promise<boolean>;
  decide(request: DecideRequest): Promise<DecisionAnswer>;
  /** @returns whether it is taken back */
  revokeGrant(grantId: string, apiKey: string): Promise<boolean>;
}

interface DecideRequest {
  approvalId: string;
  /** The approver's API key. */
  apiKey: string;
  decisionId: string;
  body: Record<string, unknown>;
}

interface HttpAnswer {
  status: number | null;
  body: Record<string, unknown>;
}

const LIMIT_MS = 25_000;

export function createApi({ gateway, keys }: Pick<Processes, 'gateway' | 'keys'>, signal: AbortSignal): Api {
  async function request(
    path: string,
    apiKey: string,
    sent?: { method?: 'DELETE'; body?: unknown; key?: string },
  ): Promise<HttpAnswer> {
    try {
      const response = await fetch(`${gateway}${path}`, {
        method: sent === undefined ? 'GET' : (sent.method ?? 'POST'),
        headers: {
          authorization: `Bearer ${apiKey}`,
          'content-type': 'application/json',
          ...(sent?.key !== undefined && { 'idempotency-key': sent.key }),
        },
        ...(sent?.body !== undefined && { body: JSON.stringify(sent.body) }),
        signal: AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]),
      });
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    } catch {
      signal.throwIfAborted();
      return { status: null, body: {} };
    }
  }

  return {
    async startTurn({ conversationId, message, key }) {
      const path = `/v1/conversations/${conversationId}/turns`;
      const answer = await request(path, keys.service, {
        body: { message, context: { user: REQUESTER } },
        key,
      });
      return answer.status === 202 ? String(answer.body.turnId) : null;
    },
    async readTurn(turnId, waitSeconds = 0) {
      const answer = await request(`/v1/turns/${turnId}?wait=${waitSeconds}`, keys.service);
      return answer.status === 200 ? (answer.body as unknown as TurnView) : null;
    },
    async cancelTurn(turnId) {
      return (await request(`/v1/turns/${turnId}/cancel`, keys.service, { body: {} })).status === 200;
    },
    async revokeGrant(grantId, apiKey) {
      return (await request(`/v1/grants/${grantId}`, apiKey, { method: 'DELETE' })).status === 200;
    },
    async decide({ approvalId, apiKey, decisionId, body }) {
      const path = `/v1/approvals/${approvalId}/decision`;
      return toDecisionAnswer(await request(path, apiKey, { body, key: decisionId }));
    },
  };
}

function toDecisionAnswer({ status, body }: HttpAnswer): DecisionAnswer {
  const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
  const outcome = textOf(body.outcome) ?? textOf(body.type)?.split(':').at(-1) ?? 'no answer';
  const winner = body.winner as DecisionAnswer['winner'];
  return {
    at: new Date().toISOString(),
    status,
    outcome,
    ...(winner !== undefined && { winner }),
  };
}

/** Whether asking again is worth it: nobody answered, or the one who did could not know. */
export function isInconclusive({ status }: Pick<DecisionAnswer, 'status'>): boolean {
  return status === null || status >= 500 || status === 429;
}

/** Asks until something comes of it. @returns null when the time is up */
export async function until<T>(
  look: () => Promise<T | null>,
  { withinMs, pauseMs = 200, signal }: { withinMs: number; pauseMs?: number; signal: AbortSignal },
): Promise<T | null> {
  const endMs = Date.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    if (Date.now() >= endMs) return null;
    await sleep(pauseMs, undefined, { signal });
  }
}
