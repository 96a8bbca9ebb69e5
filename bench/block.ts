import { usageOf } from './processes.ts';

/** So many units of work, done so many at once. */
export interface Block {
  count: number;
  atOnce: number;
}

export interface BlockResult {
  perSecond: number;
  /** Processor time per unit, in ms, by process; that of this one as `client`. */
  cpuMs: Record<string, number>;
  /** Resident memory of each process at the end, in bytes. */
  memoryBytes: Record<string, number>;
}

/** Runs a block and accounts for the processor time that each of the processes spends on it. */
export async function runBlock(
  { count, atOnce }: Block,
  pids: Record<string, number>,
  unit: () => Promise<void>,
): Promise<BlockResult> {
  const before = await readAll(pids);
  const own = process.cpuUsage();
  const beganAt = performance.now();
  await inParallel(count, atOnce, unit);
  const seconds = (performance.now() - beganAt) / 1_000;
  const { user, system } = process.cpuUsage(own);
  const after = await readAll(pids);
  const spent = Object.keys(pids).map((name) => [
    name,
    ((after[name]?.cpuMs ?? 0) - (before[name]?.cpuMs ?? 0)) / count,
  ]);
  const memory = Object.entries(after).map(([name, { memoryBytes }]) => [name, memoryBytes]);
  return {
    perSecond: count / seconds,
    cpuMs: {
      ...(Object.fromEntries(spent) as Record<string, number>),
      client: (user + system) / 1_000 / count,
    },
    memoryBytes: Object.fromEntries(memory) as Record<string, number>,
  };
}

/** Runs `work` `count` times, never more than `atOnce` together. */
export async function inParallel(
  count: number,
  atOnce: number,
  work: (index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const one = async (): Promise<void> => {
    while (next < count) {
      const index = next;
      next += 1;
      await work(index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, one));
}

async function readAll(pids: Record<string, number>) {
  const read = Object.entries(pids).map(async ([name, pid]) => [name, await usageOf(pid)] as const);
  return Object.fromEntries(await Promise.all(read));
}
