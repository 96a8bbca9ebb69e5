import { setTimeout as sleep } from 'node:timers/promises';

import type { ControlOptions } from './control.ts';
import type { Death, Deaths } from './deaths.ts';
import type { RandomKill, Strike } from './plan.ts';
import { WORKERS, type ProcessName, type Processes } from './processes.ts';

/** Carries out the deaths of a plan. */
export interface Killer extends Pick<ControlOptions, 'killOther' | 'willDie'> {
  /** Whom there is to kill; nobody before this is called. */
  use(processes: Pick<Processes, 'isUp' | 'kill'>): void;
  /** Waits a while for a victim that is not up. @returns whether it was killed */
  kill(name: ProcessName, why: Death['why'], signal?: RandomKill['signal']): Promise<boolean>;
  killAtRandom(kills: readonly RandomKill[], signal: AbortSignal): Promise<void>;
  /** Strikes whose victim was not to be had. */
  readonly failed: { conversationId: string; strike: Strike }[];
}

/** How long a strike waits for a victim that is just being started again. */
const VICTIM_WAIT_MS = 8_000;

export function createKiller(deaths: Deaths): Killer {
  let processes: Pick<Processes, 'isUp' | 'kill'> | undefined;
  const failed: Killer['failed'] = [];

  async function kill(
    name: ProcessName,
    why: Death['why'],
    signal: RandomKill['signal'] = 'SIGKILL',
  ): Promise<boolean> {
    const giveUpAt = Date.now() + VICTIM_WAIT_MS;
    while (Date.now() < giveUpAt) {
      // Two orders for one process are two deaths, one after the other.
      if (processes?.isUp(name) === true && !deaths.isExpected(name)) {
        deaths.expect(name, why);
        if (processes.kill(name, { signal })) return true;
        deaths.forget(name);
      }
      await sleep(50);
    }
    return false;
  }

  return {
    failed,
    kill,
    use: (started) => {
      processes = started;
    },
    willDie({ process, strike, conversationId }) {
      deaths.expect(process as ProcessName, { point: strike.point, conversationId });
    },
    async killOther({ conversationId, strike }, victim) {
      const anyWorker = WORKERS.find((name) => processes?.isUp(name)) ?? WORKERS[0];
      const name = victim === 'any worker' ? anyWorker : victim;
      if (!(await kill(name, { point: strike.point, conversationId })))
        failed.push({ conversationId, strike });
    },
    async killAtRandom(kills, signal) {
      const beganAt = Date.now();
      for (const { atMs, victim, signal: how } of kills) {
        try {
          await sleep(Math.max(0, beganAt + atMs - Date.now()), undefined, { signal });
        } catch {
          return; // all turns are over
        }
        await kill(victim, 'at random', how);
      }
    },
  };
}
