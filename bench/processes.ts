import { readdir, readFile } from 'node:fs/promises';

/** Processor time and memory of a process with all its descendants, from /proc; Linux only. */
export interface Usage {
  /** User and system time so far. */
  cpuMs: number;
  /** Resident memory now, in bytes. */
  memoryBytes: number;
}

/** Clock ticks a second in /proc/PID/stat: fixed at 100 on Linux for user space. */
const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4_096;

/** @returns zeros for a process that has ended. */
export async function usageOf(pid: number): Promise<Usage> {
  const stats = await readStats();
  const family = descendants(pid, stats);
  return family.reduce(
    (sum, { cpuMs, memoryBytes }) => ({
      cpuMs: sum.cpuMs + cpuMs,
      memoryBytes: sum.memoryBytes + memoryBytes,
    }),
    { cpuMs: 0, memoryBytes: 0 },
  );
}

/** When a process was started, in ms since 1970, to within a clock tick. */
export async function startOf(pid: number): Promise<number> {
  const [stat, uptime] = await Promise.all([
    readFile(`/proc/${pid}/stat`, 'utf8'),
    readFile('/proc/uptime', 'utf8'),
  ]);
  const bootedAt = Date.now() - Number(uptime.split(' ')[0]) * 1_000;
  return bootedAt + (fieldOf(stat)(22) * 1_000) / TICKS_PER_SECOND;
}

interface Stat extends Usage {
  pid: number;
  parent: number;
}

async function readStats(): Promise<Stat[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const stats = await Promise.all(pids.map((pid) => readStat(Number(pid))));
  return stats.filter((stat) => stat !== null);
}

async function readStat(pid: number): Promise<Stat | null> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null); // it has ended in the meantime
  if (text === null) return null;
  const field = fieldOf(text);
  return {
    pid,
    parent: field(4),
    cpuMs: ((field(14) + field(15)) * 1_000) / TICKS_PER_SECOND,
    memoryBytes: field(24) * PAGE_BYTES,
  };
}

/** The numbered fields of a stat file: the name in parentheses may hold blanks, what follows it counts from 3 (proc(5)). */
function fieldOf(stat: string): (number: number) => number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (number) => Number(fields[number - 3]);
}

function descendants(pid: number, stats: Stat[]): Stat[] {
  const own = stats.filter((stat) => stat.pid === pid);
  const children = stats.filter((stat) => stat.parent === pid);
  return [...own, ...children.flatMap((child) => descendants(child.pid, stats))];
}
