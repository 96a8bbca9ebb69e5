import { TemporalUnavailableError } from '../client.ts';
import type { GatewayClient } from './gateway-env.ts';

/** Longer than the client's own limit of an update and the signal after it. */
const LIMIT_MS = 15_000;

/**
 * The same client, but no call outlasts a limit: with Temporal gone the SDK retries for a while, and a person in front of a
 * form waits at most this long. What was under way may still happen; a decision sent again with its id counts once.
 */
export function boundedClient(client: GatewayClient): GatewayClient {
  return {
    startTurn: (...args) => bounded(client.startTurn(...args)),
    getTurn: (tenant, turnId, waitMs?: number) =>
      bounded(client.getTurn(tenant, turnId, waitMs), LIMIT_MS + (waitMs ?? 0)),
    getConversation: (...args) => bounded(client.getConversation(...args)),
    listConversations: (...args) => bounded(client.listConversations(...args)),
    listMessages: (...args) => bounded(client.listMessages(...args)),
    cancelTurn: (...args) => bounded(client.cancelTurn(...args)),
    hintHandover: (...args) => bounded(client.hintHandover(...args)),
    hintRun: (...args) => bounded(client.hintRun(...args)),
    askForDecision: (...args) => bounded(client.askForDecision(...args)),
    getRequest: (...args) => bounded(client.getRequest(...args)),
    listPending: (...args) => bounded(client.listPending(...args)),
    getApproval: (...args) => bounded(client.getApproval(...args)),
    decide: (...args) => bounded(client.decide(...args)),
    checkHealth: () => bounded(client.checkHealth(), 2_500),
  };
}

async function bounded<T>(call: Promise<T>, limitMs = LIMIT_MS): Promise<T> {
  const { promise: limit, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new TemporalUnavailableError(`Temporal did not answer within ${limitMs} ms.`)),
    limitMs,
  );
  try {
    return await Promise.race([call, limit]);
  } finally {
    clearTimeout(timer);
  }
}
