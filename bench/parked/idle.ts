import { setTimeout as sleep } from 'node:timers/promises';

import { usageOf, type Usage } from '../processes.ts';
import { progress, type Stage } from '../stage.ts';

/**
 * What has to be done after the last request is done by then, the collection of garbage included: a worker looks every ten seconds
 * whether it has become idle (src/cli/worker-memory.ts).
 */
const SETTLE_MS = 30_000;
const IDLE_MS = 20_000;
const PROCESSES = ['worker', 'gateway', 'temporal'] as const;

export type Idle = Record<(typeof PROCESSES)[number], { cpuPercent: number; memoryMb: number }>;

/** What the processes cost while nothing happens: processor time, in percent of one processor, and memory at the end. */
export async function idle(stage: Stage): Promise<Idle> {
  progress('Waiting until nothing happens any more');
  await sleep(SETTLE_MS);
  const pids = await stage.pids();
  const read = (): Promise<Usage[]> => Promise.all(PROCESSES.map((name) => usageOf(pids[name] ?? -1)));
  const before = await read();
  const beganAt = performance.now();
  await sleep(IDLE_MS);
  const after = await read();
  const elapsedMs = performance.now() - beganAt;
  const figures = PROCESSES.map((name, index) => {
    const spentMs = (after[index]?.cpuMs ?? 0) - (before[index]?.cpuMs ?? 0);
    const memoryMb = (after[index]?.memoryBytes ?? 0) / 2 ** 20;
    return [name, { cpuPercent: (spentMs / elapsedMs) * 100, memoryMb }] as const;
  });
  return Object.fromEntries(figures) as Idle;
}
