import { setTimeout as sleep } from 'node:timers/promises';

import type { Outbox, OutboxRow } from '../store/outbox.ts';

/** Hears of entries. It may hear of one twice: it keeps nothing itself, and starts or signals workflows under ids that follow from it. */
export type Listener = (row: OutboxRow) => Promise<void>;

/**
 * Takes what is in the outbox to those who listen:
 *
 *   idle ──half a second, or a moment after a nudge──▶ takes rows ──▶ every listener has heard ──▶ the rows are gone ──▶ takes rows … idle
 *                                                                       └──one has failed──▶ the row is put back
 */
export interface Dispatcher {
  /** There is something new: look now. */
  nudge(): void;
  /** Finishes what it has begun. */
  stop(): Promise<void>;
}

const POLL_MS = 500;
/** A nudge comes in the middle of a turn: its effect goes first. What comes meanwhile is taken along. */
const MOMENT_MS = 100;
const CLAIM_MS = 10_000;
const ROWS = 50;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

export function startDispatcher({
  outbox,
  listeners,
  log,
}: {
  outbox: Outbox;
  listeners: readonly Listener[];
  log: (event: string, fields: Record<string, unknown>) => void;
}): Dispatcher {
  const stopped = new AbortController();
  let wake = new AbortController();
  let isDown = false;
  const running = run();

  async function run(): Promise<void> {
    while (!stopped.signal.aborted) {
      const woken = wake.signal;
      const count = await round();
      if (count === ROWS) continue;
      if (count === 0) await pause(POLL_MS, AbortSignal.any([woken, stopped.signal]));
      if (count > 0 || woken.aborted) await pause(MOMENT_MS, stopped.signal);
      if (woken.aborted) wake = new AbortController();
    }
  }

  async function pause(ms: number, signal: AbortSignal): Promise<void> {
    await sleep(ms, null, { signal }).catch(() => undefined); // woken
  }

  async function round(): Promise<number> {
    try {
      const rows = await outbox.take({ forMs: CLAIM_MS, limit: ROWS });
      const heard = await Promise.all(rows.map(hear));
      await outbox.done(heard.flatMap((number) => number ?? []));
      isDown = false;
      return rows.length;
    } catch (error) {
      // A store that is down: what is in the outbox waits there.
      if (!isDown)
        log('outbox.unavailable', { error: error instanceof Error ? error.message : String(error) });
      isDown = true;
      return 0;
    }
  }

  async function hear(row: OutboxRow): Promise<number | null> {
    try {
      await Promise.all(listeners.map((listener) => listener(row)));
      return row.number;
    } catch (error) {
      const { tenant, entryId, attempts } = row;
      const afterMs = Math.min(FIRST_PAUSE_MS * 2 ** (attempts - 1), LONGEST_PAUSE_MS);
      log('outbox.not_heard', { tenant, entryId, attempts, afterMs, error: String(error) });
      await outbox.putBack(row.number, { afterMs });
      return null;
    }
  }

  return {
    nudge: () => wake.abort(),
    async stop() {
      stopped.abort();
      await running;
    },
  };
}
