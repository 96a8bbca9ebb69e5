import type { AnyShownApproval, CountersignClient } from '../../client.ts';
import type { TurnView } from '../../contracts/turn.ts';
import type { Store } from '../../store/store.ts';
import type { ApiKeys } from '../api-keys.ts';
import type { Metrics } from '../metrics.ts';
import type { InboxSessions, OpenSession } from '../sign-in/session.ts';
import { createKeyGuard, createSessionGuard, type KeyTicket } from './guards.ts';
import { createTenantNews, type TenantNews } from './news.ts';
import { createStreams, type Guard, type Streams } from './streams.ts';
import { createWatcher, type Pause, type Watcher } from './watcher.ts';

/** What of a gateway moves by itself: streams, and what is looked at once for all of them. */
export interface Live {
  streams: Streams;
  keys: Guard<KeyTicket>;
  sessions: Guard<OpenSession>;
  /** null without a store. */
  news: TenantNews | null;
  turns: Watcher<TurnView>;
  approvals: Watcher<AnyShownApproval>;
  /** How often a stream says that it is there. */
  beatMs: number;
}

/** What runs is about to change; what waits for people has all day, and the record has news of it. */
const SOON: Pause = { firstMs: 250, mostMs: 2_000 };
const UNDER_WAY: Pause = { firstMs: 500, mostMs: 10_000 };
/** Of what an operator ends there is no entry. */
const WAITS: Pause = { firstMs: 30_000, mostMs: 60_000 };
const WAITS_WITHOUT_STORE: Pause = { firstMs: 2_000, mostMs: 4_000 };

export function createLive(
  parts: {
    client: Pick<CountersignClient, 'getTurn' | 'getApproval'>;
    store: Pick<Store, 'record'> | null;
    apiKeys: ApiKeys;
    sessions: InboxSessions;
    draining: AbortSignal;
    metrics: Pick<Metrics, 'setStreams'>;
  },
  beatMs = 15_000,
): Live {
  const { client, store, apiKeys, sessions } = parts;
  const news = store && createTenantNews(store);
  const waits = store === null ? WAITS_WITHOUT_STORE : WAITS;
  return {
    streams: createStreams(parts, beatMs),
    keys: createKeyGuard(apiKeys),
    sessions: createSessionGuard(sessions),
    ...{ news, beatMs },
    turns: createWatcher({
      read: (tenant, turnId) => client.getTurn(tenant, turnId),
      told: toldOfTurn,
      pauseOf: (turn) => pauseOfTurn(turn, waits),
      names: ({ turns }) => turns,
      news,
    }),
    approvals: createWatcher({
      read: (tenant, approvalId) => client.getApproval(tenant, approvalId),
      pauseOf: (approval) => pauseOfApproval(approval, waits),
      names: ({ approvals }) => approvals,
      news,
      tellsNews: true,
    }),
  };
}

/** A turn in short: enough to know whether it is worth reading again. */
export function toldOfTurn({ turnId, status, approvals, continuations }: TurnView) {
  return {
    ...{ turnId, status },
    approvals: approvals.map(({ approvalId, status: now, outcome, votes, argumentsDigest }) => ({
      ...{ approvalId, status: now, argumentsDigest },
      ...(outcome && { outcome }),
      ...(votes && { votes: votes.length }),
    })),
    ...(continuations && { continuations }),
  };
}

function pauseOfTurn({ status }: TurnView, waits: Pause): Pause | null {
  switch (status) {
    case 'queued':
    case 'running':
      return SOON;
    case 'awaiting_decision':
    case 'parked':
      return waits;
    case 'completed':
    case 'failed':
    case 'expired':
    case 'cancelled':
      return null;
    default:
      return status satisfies never;
  }
}

function pauseOfApproval(
  { status, outcome = 'executing', turnId }: AnyShownApproval,
  waits: Pause,
): Pause | null {
  if (status === 'pending') return waits;
  return status === 'approved' && outcome === 'executing' && turnId !== undefined ? UNDER_WAY : null;
}
