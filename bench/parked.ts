import { idle, type Idle } from './parked/idle.ts';
import { decideMany, holdMany, TENANTS, type Held } from './parked/held.ts';
import { decideFresh, decideOneByOne, type Latencies } from './parked/latency.ts';
import { timeLists } from './parked/lists.ts';
import { addTenantKey } from './parked/tenant-key.ts';
import { report, type Row } from './results.ts';
import { progress, withStage, type Stage } from './stage.ts';
import { latencyRow, median, ratioRow } from './statistics.ts';

const FIRST = 1_000;
const SAMPLES = 50;
const DAY_SECONDS = 86_400;
/** An aged turn has left the worker's cache: of such a one `decision` asks twice the time of a warm one, too. */
const GOALS = { workerMb: 60, listMs: 150, fresh: 1.5, aged: 2, idlePercent: 2 };

/** What later figures are held against: those of nothing open. */
interface Base {
  idle: Idle;
  fresh: Latencies;
}

/**
 * Approvals that wait, by the thousand: what they cost while nothing happens, and what they cost the next decision. Each is in
 * a conversation of its own, so each is two workflows. "Aged" ones have waited while all the others came, so that the worker has
 * long forgotten them.
 */
export async function benchParked({ count = 10_000 }: { count?: number }): Promise<void> {
  await withStage({ keepsState: true, runTtlSeconds: DAY_SECONDS }, async (stage) => {
    const keys: [string, string] = [stage.apiKey, await addTenantKey(stage, TENANTS[1])];
    progress('Warming up');
    await decideMany(stage.client, await holdMany(stage.client, 4 * SAMPLES));
    const base: Base = { fresh: await decideFresh(stage, SAMPLES), idle: await idle(stage) };
    const rows = [
      ...latencyRows('none open', 'fresh', base.fresh),
      ...idleRows('none open', base.idle),
      ...(await listRows(stage, keys, 'none open')),
    ];
    for (const open of new Set([Math.min(FIRST, count), count]))
      rows.push(...(await withOpen(stage, keys, open, base)));
    rows.push(...idleRows('all decided', await idle(stage), base.idle));
    await report('parked', rows);
  });
}

async function withOpen(stage: Stage, keys: [string, string], open: number, base: Base): Promise<Row[]> {
  const name = `${open} open`;
  const beganAt = performance.now();
  const held = await holdMany(stage.client, open + SAMPLES);
  const filledSeconds = (performance.now() - beganAt) / 1_000;
  const now = await idle(stage);
  const lists = await listRows(stage, keys, name);
  const fresh = await decideFresh(stage, SAMPLES);
  const ofLargest = held.filter(({ tenant }) => tenant === TENANTS[0]);
  const oldest = new Set<Held>(ofLargest.slice(0, SAMPLES));
  const aged = await decideOneByOne(stage, [...oldest]);
  progress(`Deciding the other ${open}`);
  const rest = held.filter((approval) => !oldest.has(approval));
  const { decidedSeconds, completedSeconds } = await decideMany(stage.client, rest);
  const seconds = (what: string, value: number): Row => ({
    name: `${name}: ${what}`,
    unit: 's',
    value,
    worse: 'higher',
  });
  return [
    seconds('to open them', filledSeconds),
    ...idleRows(name, now, base.idle),
    ...lists,
    ...latencyRows(name, 'fresh', fresh, base.fresh),
    ...latencyRows(name, 'aged', aged, base.fresh),
    seconds('until all are decided', decidedSeconds),
    seconds('until all their turns are complete', completedSeconds),
  ];
}

function idleRows(name: string, now: Idle, base?: Idle): Row[] {
  const processes = Object.keys(now) as (keyof Idle)[];
  const rows = processes.flatMap((process): Row[] => {
    const { cpuPercent, memoryMb } = now[process];
    const text = `less than ${GOALS.idlePercent}`;
    return [
      { name: `${name}: memory of ${process}`, unit: 'MB', value: memoryMb, worse: 'higher' },
      {
        name: `${name}: idle CPU of ${process}`,
        unit: '% of a CPU',
        value: cpuPercent,
        worse: 'higher',
        ...(process !== 'temporal' && { goal: { text, met: cpuPercent < GOALS.idlePercent } }),
      },
    ];
  });
  if (base === undefined) return rows;
  const more = now.worker.memoryMb - base.worker.memoryMb;
  const goal = { text: `at most ${GOALS.workerMb}`, met: more <= GOALS.workerMb };
  return [
    ...rows,
    { name: `${name}: worker beyond none open`, unit: 'MB', value: more, worse: 'higher', goal },
  ];
}

async function listRows(stage: Stage, keys: [string, string], name: string): Promise<Row[]> {
  const times = Object.entries(await timeLists(stage, keys));
  const text = `at most ${GOALS.listMs}`;
  return times.map(([list, samples]) =>
    latencyRow(`${name}: list, ${list}`, samples, { text, met: median(samples) <= GOALS.listMs }),
  );
}

function latencyRows(
  name: string,
  kind: 'fresh' | 'aged',
  { receipt, tool }: Latencies,
  base?: Latencies,
): Row[] {
  const label = `${name}: ${kind} decision to`;
  return [
    latencyRow(`${label} receipt`, receipt),
    latencyRow(`${label} tool`, tool),
    ...(base === undefined
      ? []
      : [ratioRow(`${label} tool, beside none open`, median(tool), median(base.tool), GOALS[kind])]),
  ];
}
