import { createTable } from '../state/tables.ts';
import type { StoredSession } from './session-state.ts';
import type { StoredTurn } from './turn-machine.ts';
import type { AgentItem } from './wire.ts';

export const SESSIONS = createTable<StoredSession>('agentSessions');
export const TURNS = createTable<StoredTurn>('agentTurns');
export const ITEMS = createTable<{ id: string; sessionId: string; item: AgentItem }>('agentItems');
/** Idempotency keys that were used, with the body they came with. */
export const USED_KEYS = createTable<{ id: string; body: string }>('agentKeys');
