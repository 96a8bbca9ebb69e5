import type { Store } from '../state/store.ts';
import type { Change } from '../state/tables.ts';
import { callOfAnotherTurn, keyConflict, keyLength, unknownCall } from './errors.ts';
import type { InputEvent, ToolResult } from './schemas.ts';
import type { StoredSession } from './session-state.ts';
import { openCalls, type StoredTurn } from './turn-machine.ts';
import { USED_KEYS } from './tables.ts';

/**
 * Whether events may come in. A batch is taken wholly or not at all; what is taken is stored at once and shows its effect a
 * moment later.
 */

export interface Keyed {
  /** The same batch came with this key before: it is accepted again and has no second effect. */
  isRepeat: boolean;
  changes: Change[];
}

/** @throws ApiError 400 for a key that is no key, 409 when it came with other events before. */
export function useKey(
  store: Store,
  sessionId: string,
  key: string | undefined,
  events: readonly InputEvent[],
): Keyed {
  if (key === undefined) return { isRepeat: false, changes: [] };
  if (key.length < 1 || key.length > 256) throw keyLength();
  const id = `${sessionId} ${key}`;
  const body = JSON.stringify(events);
  const used = store.get(USED_KEYS, id);
  if (used !== undefined && used.body !== body) throw keyConflict();
  return { isRepeat: used !== undefined, changes: [USED_KEYS.put({ id, body })] };
}

/** @throws ApiError 400 for a result that no call of the session waits for. */
export function checkResults(
  session: StoredSession,
  turns: readonly StoredTurn[],
  events: readonly InputEvent[],
): void {
  const answered = new Set(session.accepted.flatMap(({ event }) => callIds([event])));
  const latest = turns.at(-1);
  const open = new Set(latest === undefined ? [] : openCalls(latest).map(({ callId }) => callId));
  for (const result of events.filter(isResult)) {
    if (!open.has(result.call_id) || answered.has(result.call_id)) throw unknownCall(result.call_id);
    if (result.turn_id !== latest?.id) throw callOfAnotherTurn();
    answered.add(result.call_id);
  }
}

function callIds(events: readonly InputEvent[]): string[] {
  return events.filter(isResult).map(({ call_id }) => call_id);
}

function isResult(event: InputEvent): event is ToolResult {
  return event.type === 'agent.session.input.tool_result';
}
