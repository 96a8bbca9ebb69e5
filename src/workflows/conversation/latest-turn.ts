import type { Held } from '../messages.ts';

/**
 * The turn of a conversation that was started last, as the conversation knows it.
 *
 *               begin                        ask
 *   idle ─────────────────▶ running ─────────────────▶ asked
 *     ▲                        │                          │
 *     └──────── leave ◀────────┴───────── leave ◀─────────┘
 *
 *   idle     there was none yet, or the latest is over or parked and what it leaves is known: the next one may begin
 *   running  nobody waits behind it, so it says nothing of its end; it is looked at when somebody does
 *   asked    somebody waits, and it has been asked to tell what it leaves; it is looked at again now and then, because one that an
 *            operator has terminated tells nothing
 *
 * Running or asked, it may be held: it waits for persons, and its assistant does not let messages wait that long.
 *
 * Every step asserts the mode it leads from; any other is a fault in this code. What turns tell may come twice, late, or of a turn that
 * another one has followed: `is` comes before every step that a message leads to.
 */
export type LatestState =
  { mode: 'idle'; turnId?: string } | { mode: 'running' | 'asked'; turnId: string; held?: Held };

export interface LatestTurn {
  readonly state: LatestState;
  /** Whether it is this turn, and still keeps the conversation. */
  is(turnId: string): boolean;
  begin(turnId: string): void;
  ask(): void;
  /** Persons hold it, or nobody any more when there is no approval among them. */
  hold(held: Held): void;
  /** It goes on without the persons that held it. */
  release(): void;
  leave(): void;
}

export function createLatestTurn(before: LatestState | undefined): LatestTurn {
  let state: LatestState = before ?? { mode: 'idle' };

  /** The turn that is under way. */
  function underWay(): Exclude<LatestState, { mode: 'idle' }> {
    if (state.mode === 'idle') throw new TypeError('No turn is under way.');
    return state;
  }

  return {
    get state() {
      return state;
    },
    is: (turnId) => state.mode !== 'idle' && state.turnId === turnId,
    begin(turnId) {
      if (state.mode !== 'idle') throw new TypeError(`Turn ${state.turnId} is still under way.`);
      state = { mode: 'running', turnId };
    },
    ask() {
      const turn = underWay();
      if (turn.mode !== 'running') throw new TypeError(`Turn ${turn.turnId} has been asked before.`);
      state = { ...turn, mode: 'asked' };
    },
    hold(held) {
      const { mode, turnId } = underWay();
      state = { mode, turnId, ...(held.approvalIds.length > 0 && { held }) };
    },
    release() {
      const { mode, turnId } = underWay();
      state = { mode, turnId };
    },
    leave() {
      state = { mode: 'idle', turnId: underWay().turnId };
    },
  };
}
