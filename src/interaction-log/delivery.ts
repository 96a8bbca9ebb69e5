import { setTimeout as sleep } from 'node:timers/promises';

import type { Interaction, InteractionSink } from '../contracts/interaction-log/interaction.ts';
import { createLosses, type LossReport } from './losses.ts';

/**
 * Between turns and a sink: a bounded queue that is emptied in the background.
 *
 *   offer ─▶ waiting (up to 1,000 and 8 million characters, else lost) ─▶ writing (up to 8 at a time, 5 s each)
 *                                                                            ├─▶ delivered
 *                                                                            ├─▶ lost: it threw, or its time is up
 *   close ─▶ what waits and is being written gets the grace time; the rest is lost
 *
 * A write whose time is up is given up, but keeps its place until the sink lets go of it: a sink that never answers holds eight
 * interactions for good, not eight more every five seconds. Losses are counted, nothing is tried twice.
 */
export interface Delivery {
  /**
   * Takes an interaction that is still to be made. Never throws and never waits.
   *
   * @param characters - about how much it holds until then.
   * @param make - puts it together, in the background; null when there is nothing to tell.
   */
  offer(characters: number, make: () => Promise<Interaction | null>): void;
  /** Resolves when all is delivered or the grace time is over. Nothing is taken any more. */
  close(): Promise<void>;
}

export interface DeliveryLimits {
  waiting: number;
  waitingCharacters: number;
  atATime: number;
  writeMs: number;
  graceMs: number;
  reportEveryMs: number;
}

const LIMITS: DeliveryLimits = {
  waiting: 1_000,
  waitingCharacters: 8_000_000,
  atATime: 8,
  writeMs: 5_000,
  graceMs: 3_000,
  reportEveryMs: 60_000,
};

interface Waiting {
  characters: number;
  make: () => Promise<Interaction | null>;
}

export function createDelivery({
  sink,
  report,
  limits: given = {},
}: {
  sink: InteractionSink;
  report: (losses: LossReport) => void;
  limits?: Partial<DeliveryLimits>;
}): Delivery {
  const limits = { ...LIMITS, ...given };
  const losses = createLosses({ sink: sink.name, report, everyMs: limits.reportEveryMs });
  const waiting: Waiting[] = [];
  let waitingCharacters = 0;
  const writing = new Set<Promise<void>>();
  let givenUp = 0;
  let isClosed = false;

  function next(): void {
    while (writing.size < limits.atATime) {
      const taken = waiting.shift();
      if (taken === undefined) return;
      waitingCharacters -= taken.characters;
      const write = deliver(taken).finally(() => {
        writing.delete(write);
        next();
      });
      writing.add(write);
    }
  }

  /** Resolves when the sink has let go, and never rejects. */
  async function deliver({ make }: Waiting): Promise<void> {
    const giveUp = new AbortController();
    const timer = setTimeout(() => {
      givenUp += 1;
      losses.add('timed_out');
      giveUp.abort();
    }, limits.writeMs);
    timer.unref();
    try {
      const interaction = await make();
      if (interaction !== null && !giveUp.signal.aborted) await sink.write(interaction, giveUp.signal);
    } catch (error) {
      if (!giveUp.signal.aborted) losses.add('failed', error);
    } finally {
      clearTimeout(timer);
      if (giveUp.signal.aborted) givenUp -= 1;
    }
  }

  return {
    offer(characters, make) {
      const isFull =
        waiting.length >= limits.waiting || waitingCharacters + characters > limits.waitingCharacters;
      if (isClosed || isFull) {
        losses.add(isClosed ? 'shutdown' : 'queue_full');
        return;
      }
      waiting.push({ characters, make });
      waitingCharacters += characters;
      // Not in this tick: what the sink does at once must not hold up the activity that offers.
      setImmediate(next);
    },
    async close() {
      isClosed = true;
      next();
      const over = new AbortController();
      const grace = sleep(limits.graceMs, undefined, { signal: over.signal }).catch(() => undefined);
      const end = { isReached: false };
      void grace.then(() => (end.isReached = true));
      while (writing.size > 0 && !end.isReached) await Promise.race([grace, ...writing]);
      over.abort();
      const left = waiting.splice(0).length + writing.size - givenUp;
      for (let index = 0; index < left; index += 1) losses.add('shutdown');
      losses.close();
    },
  };
}
