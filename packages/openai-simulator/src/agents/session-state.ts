import { toSeconds } from '../clock.ts';
import { newId, type IdStyle } from '../ids.ts';
import type { Metadata } from '../metadata.ts';
import type { CreateSession, InputEvent, SentTool } from './schemas.ts';
import { openCalls, parsed, type StoredTurn } from './turn-machine.ts';
import type { AgentSession } from './wire.ts';

/** A session as it is kept. Its status follows from its latest turn, so it is not among what is kept. */
export interface StoredSession {
  id: string;
  base: Omit<AgentSession, 'status' | 'required_actions' | 'error'>;
  /** What was accepted and shows no effect yet: 202 means accepted, not done [documented]. */
  accepted: Accepted[];
  /** What a list by metadata goes by: it lags behind [documented]. Until `fromMs` it knows `before`, null for nothing. */
  listed: { fromMs: number; before: Metadata | null };
  isDeleted: boolean;
}

export interface Accepted {
  atMs: number;
  event: InputEvent;
}

/** @param listMs - how late a list by metadata shows it. */
export function newSession(
  sent: CreateSession,
  model: string,
  nowMs: number,
  listMs: number,
  ids: IdStyle,
): StoredSession {
  const id = newId('asess', ids);
  const { agent, review } = sent;
  return {
    id,
    base: {
      id,
      object: 'agent.session',
      agent: {
        id: newId('agent', ids),
        instructions: agent?.instructions ?? null,
        model,
        multi_agent: { enabled: false, max_concurrent_subagents: null },
        name: null,
        reasoning: {
          effort: agent?.reasoning?.effort ?? null,
          summary: agent?.reasoning?.summary ?? null,
        },
        service_tier: agent?.service_tier ?? 'auto',
        text: {
          format: agent?.text?.format ?? { type: 'text' },
          verbosity: agent?.text?.verbosity ?? 'medium',
        },
        tools: (agent?.tools ?? []).map(toTool),
      },
      created_at: toSeconds(nowMs),
      environment: { type: 'none' },
      last_active_at: toSeconds(nowMs),
      metadata: sent.metadata ?? {},
      usage: null,
      vault_ids: sent.vault_ids ?? [],
      // Left out when there is none [documented].
      ...(review === 'auto_review' && { review }),
    },
    accepted: [],
    listed: { fromMs: nowMs + listMs, before: null },
    isDeleted: false,
  };
}

export function toTool(sent: SentTool): object {
  if (sent.type !== 'function') return sent;
  const { name, description, parameters, defer_loading, async } = sent;
  return {
    type: 'function',
    defer_loading: defer_loading ?? false,
    description,
    name,
    parameters,
    ...(async !== undefined && { async }),
  };
}

/** The session as it is shown. It stays usable after a turn has failed [reported]. */
export function toBody({ base }: StoredSession, latest: StoredTurn | undefined): AgentSession {
  const calls = latest === undefined ? [] : openCalls(latest);
  return {
    ...base,
    status: latest === undefined ? 'idle' : statusOf(latest.turn.status),
    error: latest?.turn.error?.message ?? null,
    required_actions: calls.map(({ callId, name, arguments: args }) => ({
      type: 'function_call',
      arguments: parsed(args),
      call_id: callId,
      name,
      turn_id: latest?.id ?? '',
    })),
    usage: latest?.turn.usage ?? null,
  };
}

function statusOf(turnStatus: string): string {
  switch (turnStatus) {
    case 'queued':
      return 'in_progress';
    case 'waiting':
      return 'requires_action';
    case 'completed':
    case 'cancelled':
      return 'idle';
    default:
      return turnStatus; // in_progress, failed, or a strange server's
  }
}

/** Whether a list that asks for these pairs shows the session by now. */
export function isListed(
  { base, listed, isDeleted }: StoredSession,
  wanted: Metadata | null | undefined,
  nowMs: number,
): boolean {
  if (isDeleted) return false;
  if (wanted === null || wanted === undefined) return true;
  const known = nowMs >= listed.fromMs ? base.metadata : listed.before;
  return known !== null && Object.entries(wanted).every(([key, value]) => known[key] === value);
}
