import { createApi, type Api } from './api.ts';
import { startControl, type Control } from './control.ts';
import { createDeaths, type Deaths } from './deaths.ts';
import { createDisturber, type Disturber } from './disturber.ts';
import { createDriver, type Driver } from './driver.ts';
import { createKiller, type Killer } from './killer.ts';
import type { TurnPlan } from './plan.ts';
import { startProcesses, type Processes } from './processes.ts';
import type { Plant } from './settings.ts';
import type { StoreKind } from './store/store.ts';

export interface StageOptions {
  /** Everything the processes write is in here. */
  folder: string;
  workflowBundle: string;
  runTtlSeconds: number;
  store: StoreKind;
  turnLimitMs: number;
  /** Whose strikes are armed. */
  turns: readonly TurnPlan[];
  plant?: Plant | undefined;
  signal: AbortSignal;
  onPassed?: (conversationId: string, point: string) => void;
}

/** Everything that is needed to put turns under fire. */
export interface Stage {
  processes: Processes;
  control: Control;
  api: Api;
  driver: Driver;
  deaths: Deaths;
  killer: Killer;
  disturber: Disturber;
}

/** Starts everything, lets something be done with it, and stops everything, whatever happened. */
export async function withStage<T>(options: StageOptions, play: (stage: Stage) => Promise<T>): Promise<T> {
  const { folder, plant, turns, turnLimitMs, signal, onPassed } = options;
  const deaths = createDeaths();
  const killer = createKiller(deaths);
  const control = await startControl({ turns, ...killer, ...(onPassed && { onPassed }) });
  try {
    const processes = await startProcesses({
      ...{ folder, control: control.url, plant },
      workflowBundle: options.workflowBundle,
      runTtlSeconds: options.runTtlSeconds,
      store: options.store,
      onEvent: (event) => deaths.note(event),
    });
    const disturber = createDisturber(processes);
    try {
      signal.throwIfAborted();
      killer.use(processes);
      const api = createApi(processes, signal);
      const { signingKey } = processes;
      const driver = createDriver({
        ...{ api, disturber, signingKey, turnLimitMs, signal },
        keys: processes.keys.approvers,
      });
      return await play({ processes, control, api, driver, deaths, killer, disturber });
    } finally {
      await disturber.close();
      await processes.stop();
    }
  } finally {
    await control.close();
  }
}
