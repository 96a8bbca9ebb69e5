import type { Death, Deaths, UnplannedEnd } from './deaths.ts';
import { saveEvidence } from './evidence.ts';
import { harvest } from './harvest.ts';
import { judge } from './oracle/judge.ts';
import { tally, type Tally } from './oracle/tally.ts';
import type { Violation } from './oracle/violations.ts';
import type { Plan, Strike } from './plan.ts';
import type { HttpRecord } from './records.ts';
import { withStage, type Stage, type StageOptions } from './stage.ts';

export interface CampaignOptions extends Omit<StageOptions, 'turns' | 'onPassed'> {
  plan: Plan;
  /** How many turns are under way at once, parked ones not counted. */
  inFlight: number;
  /** No turn is begun after this; those under way may end. */
  beginWithinMs: number;
  /** How long turns that are not over at the end may still take, together. */
  patienceMs: number;
  onProgress: (line: string) => void;
}

export interface CampaignResult {
  plan: Plan;
  tookMs: number;
  deaths: readonly Death[];
  /** Strikes whose point nobody reached, or whose victim was not to be had. */
  missed: { conversationId: string; strike: Strike }[];
  unplannedEnds: readonly UnplannedEnd[];
  turnsNotBegun: number;
  pointsPassed: Record<string, number>;
  /** What was done beside deaths, by name. */
  disturbances: Record<string, number>;
  tally: Tally;
  violations: Violation[];
  processesLeft: number;
}

const PROGRESS_EVERY_MS = 10_000;
const ALL_UP_WITHIN_MS = 60_000;

/** One seed, from an empty folder to the verdict. */
export async function runCampaign(options: CampaignOptions): Promise<CampaignResult> {
  const { plan } = options;
  const beganAt = Date.now();
  let everyPid: number[] = [];
  const result = await withStage({ ...options, turns: plan.turns }, async (stage) => {
    const turnsNotBegun = await underFire(stage, options);
    const { violations, sums } = await verdict(stage, options);
    const { deaths, control, killer } = stage;
    everyPid = stage.processes.everyPid();
    return {
      plan,
      deaths: deaths.list,
      missed: [...control.unfired(), ...killer.failed],
      unplannedEnds: deaths.unplanned,
      turnsNotBegun,
      pointsPassed: passedOf(control.passed),
      disturbances: passedOf(stage.disturber.done),
      tally: sums,
      violations,
    };
  });
  return { ...result, tookMs: Date.now() - beganAt, processesLeft: everyPid.filter(isAlive).length };
}

/** All turns, some at a time, while processes die. @returns how many turns there was no time for */
async function underFire(
  { driver, killer, deaths, disturber }: Stage,
  options: CampaignOptions,
): Promise<number> {
  const { plan, inFlight, beginWithinMs, signal, onProgress } = options;
  const over = new AbortController();
  const untilOver = AbortSignal.any([signal, over.signal]);
  const killing = killer.killAtRandom(plan.kills, untilOver);
  const disturbing = disturber.disturb(plan.disturbances, driver.record, untilOver);
  const progress = setInterval(() => onProgress(progressOf(driver.record, deaths)), PROGRESS_EVERY_MS);
  const endMs = Date.now() + beginWithinMs;
  const waiting = plan.turns.filter(({ shape }) => shape !== 'parked');
  const parked = plan.turns.filter(({ shape }) => shape === 'parked').map((turn) => driver.carry(turn));
  const lane = async (): Promise<void> => {
    while (Date.now() < endMs) {
      const turn = waiting.shift();
      if (turn === undefined) return;
      await driver.carry(turn);
    }
  };
  try {
    await Promise.all([...parked, ...Array.from({ length: inFlight }, lane)]);
  } finally {
    clearInterval(progress);
    over.abort();
    await killing;
    await disturbing;
  }
  return waiting.length;
}

/** Reads all records, once everything is up, and has them compared; keeps the evidence when something is wrong. */
export async function verdict(
  { processes, driver, api }: Stage,
  { plan, folder, patienceMs, signal }: Pick<CampaignOptions, 'plan' | 'folder' | 'patienceMs' | 'signal'>,
): Promise<{ violations: Violation[]; sums: Tally }> {
  if (!(await processes.allUp(ALL_UP_WITHIN_MS))) throw new Error('Not every process came back in time.');
  const records = await harvest({
    ...{ plan, http: driver.record, api, processes, folder, patienceMs, signal },
  });
  const violations = judge(records);
  if (violations.length > 0) await saveEvidence({ folder, processes, records, violations });
  return { violations, sums: tally(records) };
}

function progressOf({ turns, decisions }: HttpRecord, { list }: Deaths): string {
  const dead = Map.groupBy(list, ({ process }) => process);
  const who = [...dead].map(([name, their]) => `${name} ${their.length}`).join(', ');
  return `${turns.length} turns begun, ${decisions.length} decisions sent, ${list.length} kills${who && ` (${who})`}`;
}

function passedOf(passed: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...passed].toSorted(([one], [other]) => one.localeCompare(other)));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
