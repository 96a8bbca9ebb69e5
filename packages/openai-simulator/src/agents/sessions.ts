import { toSeconds, type Clock } from '../clock.ts';
import { newId, type IdStyle } from '../ids.ts';
import { chooseScript } from '../scenario/model.ts';
import type { Scenario } from '../scenario/schema.ts';
import type { Store } from '../state/store.ts';
import type { Change } from '../state/tables.ts';
import { sessionNotFound, turnNotFound } from './errors.ts';
import type { Accepted, StoredSession } from './session-state.ts';
import type { InputMessage } from './schemas.ts';
import { cancel, happen, isOver, settle, type Step, type StoredTurn } from './turn-machine.ts';
import type { AgentItem } from './wire.ts';
import { ITEMS, SESSIONS, TURNS } from './tables.ts';

/** Finds sessions, turns and items as they are now: whatever was accepted or due until now has happened, and is stored. */
export interface Sessions {
  /** @throws ApiError 404 when it is unknown or deleted. */
  session(id: string): StoredSession;
  /** Oldest first. */
  turns(sessionId: string): StoredTurn[];
  latest(sessionId: string): StoredTurn | undefined;
  /** @throws ApiError 404 when the session has no such turn. */
  turn(sessionId: string, turnId: string): StoredTurn;
  /** Oldest first. */
  items(sessionId: string): AgentItem[];
  /** What is written when a message begins a turn. */
  begin(session: StoredSession, input: readonly InputMessage[], atMs: number): Change[];
  all(): StoredSession[];
}

export interface SessionsParts {
  store: Store;
  clock: Clock;
  scenario: Scenario;
  latency: { startMs: number; thinkMs: number };
  ids: IdStyle;
}

export function createSessions({ store, clock, scenario, latency, ids }: SessionsParts): Sessions {
  const turns = (sessionId: string) => store.all(TURNS).filter(({ turn }) => turn.session_id === sessionId);
  const latest = (sessionId: string) => turns(sessionId).at(-1);

  /** Everything that happened until now, one thing after another, each written as it happens. */
  function upToDate(session: StoredSession): StoredSession {
    const nowMs = clock.nowMs();
    let current = session;
    for (;;) {
      const [next] = current.accepted.toSorted((a, b) => a.atMs - b.atMs);
      const turn = latest(current.id);
      const dueMs = turn !== undefined && !isOver(turn) ? (turn.due?.atMs ?? Infinity) : Infinity;
      const acceptedMs = next?.atMs ?? Infinity;
      if (Math.min(dueMs, acceptedMs) > nowMs) return current;
      if (next !== undefined && acceptedMs <= dueMs) current = apply(current, next, turn);
      else if (turn !== undefined) store.write(changes(current.id, happen(turn, ids)));
    }
  }

  /** What was accepted takes its effect. */
  function apply(
    session: StoredSession,
    accepted: Accepted,
    latestTurn: StoredTurn | undefined,
  ): StoredSession {
    const { atMs, event } = accepted;
    const after: StoredSession = {
      ...session,
      base: { ...session.base, last_active_at: toSeconds(atMs) },
      accepted: session.accepted.filter((other) => other !== accepted),
    };
    const active = latestTurn !== undefined && !isOver(latestTurn) ? latestTurn : undefined;
    store.write([SESSIONS.put(after), ...effects()]);
    return after;

    function effects(): Change[] {
      switch (event.type) {
        case 'agent.session.input.message':
          // A message sent during an active turn steers that turn [documented]; no model here lets itself be steered.
          return active === undefined
            ? begin(session, event.input, atMs)
            : messages(active.id, event.input).map((item) => row(session.id, item));
        case 'agent.session.input.cancel':
          return active === undefined ? [] : changes(session.id, cancel(active, atMs));
        case 'agent.session.input.tool_result': {
          if (active?.id !== event.turn_id) return [];
          const { success, output = null, error = null } = event;
          const result = { success, output, error };
          return changes(session.id, settle(active, event.call_id, result, atMs, ids));
        }
        case 'agent.session.input.computer_use_approval_request_result':
          return [];
        default:
          return event satisfies never;
      }
    }
  }

  function begin(session: StoredSession, input: readonly InputMessage[], atMs: number): Change[] {
    const text = input
      .at(-1)
      ?.content.flatMap((part) => (part.type === 'input_text' ? [part.text] : []))
      .join('\n');
    const script = chooseScript(scenario, text ?? '');
    const id = newId('turn', ids);
    const stored: StoredTurn = {
      id,
      turn: {
        id,
        object: 'agent.session.turn',
        agent_id: session.base.agent.id,
        completed_at: null,
        created_at: toSeconds(atMs),
        error: null,
        session_id: session.id,
        started_at: null,
        status: 'queued',
        subagent_id: null,
        usage: null,
      },
      script,
      round: 0,
      settled: [],
      calls: [],
      due: { atMs: atMs + latency.startMs, what: 'start' },
      latency: { startMs: latency.startMs, thinkMs: script.rule.thinkMs ?? latency.thinkMs },
    };
    return [TURNS.put(stored), ...messages(id, input).map((item) => row(session.id, item))];
  }

  function messages(turnId: string, input: readonly InputMessage[]): AgentItem[] {
    return input.map(({ content }) => ({
      id: newId('msg', ids),
      type: 'message',
      role: 'user',
      content,
      phase: null,
      status: 'completed',
      turn_id: turnId,
    }));
  }

  return {
    session(id) {
      const session = store.get(SESSIONS, id);
      if (session === undefined || session.isDeleted) throw sessionNotFound(id);
      return upToDate(session);
    },
    turns,
    latest,
    turn(sessionId, turnId) {
      const found = turns(sessionId).find(({ id }) => id === turnId);
      if (found === undefined) throw turnNotFound(turnId, sessionId);
      return found;
    },
    items: (sessionId) =>
      store
        .all(ITEMS)
        .filter((it) => it.sessionId === sessionId)
        .map(({ item }) => item),
    begin,
    all: () => store.all(SESSIONS).map(upToDate),
  };
}

function changes(sessionId: string, { stored, items }: Step): Change[] {
  return [TURNS.put(stored), ...items.map((item) => row(sessionId, item))];
}

function row(sessionId: string, item: AgentItem): Change {
  return ITEMS.put({ id: item.id, sessionId, item });
}
