import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { runCampaign, type CampaignResult } from './campaign.ts';
import { makePlan, type PlanOptions } from './plan.ts';
import { POINT_NAMES } from './points.ts';
import { summarise, toTable } from './report.ts';
import type { StoreKind } from './store/store.ts';

/** What every command of `npm run fault` gets. */
export interface Command {
  folder: string;
  workflowBundle: string;
  seed: number;
  signal: AbortSignal;
  say: (line?: string) => void;
  onProgress: (line: string) => void;
  writeJson: (result: unknown) => Promise<void>;
}

interface Extent {
  seeds: number;
  plan: Omit<PlanOptions, 'seed'>;
  store: StoreKind;
  inFlight: number;
  turnLimitMs: number;
  beginWithinMs: number;
  /** Everything of one seed, start and verdict included. */
  limitMs: number;
}

const EXTENTS = {
  quick: {
    seeds: 1,
    plan: {
      strikes: POINT_NAMES.length,
      calmTurns: 10,
      randomKills: 4,
      disturbances: 24,
      spreadMs: 35_000,
      parkedTurns: 3,
    },
    store: 'sqlite',
    inFlight: 6,
    turnLimitMs: 110_000,
    beginWithinMs: 75_000,
    limitMs: 175_000,
  },
  full: {
    seeds: 10,
    plan: {
      strikes: 'all',
      calmTurns: 36,
      randomKills: 8,
      disturbances: 40,
      spreadMs: 80_000,
      parkedTurns: 5,
    },
    store: 'postgres',
    inFlight: 8,
    turnLimitMs: 150_000,
    beginWithinMs: 480_000,
    limitMs: 720_000,
  },
} as const satisfies Record<string, Extent>;

/** Long enough for decisions that wait for a process to come back, short enough for parked turns to be seen through. */
const RUN_TTL_SECONDS = 60;

/** What turns may still take when everything is up again. */
const PATIENCE_MS = 30_000;

/** Runs a campaign for each seed, one after the other. @returns whether the oracle found nothing */
export async function runCampaigns(
  command: Command & { extent: keyof typeof EXTENTS; turns?: number; seeds?: number; store?: StoreKind },
): Promise<boolean> {
  const { seed: firstSeed, say, onProgress, turns } = command;
  const extent: Extent = EXTENTS[command.extent];
  const seeds = command.seeds ?? extent.seeds;
  const results: CampaignResult[] = [];
  for (let seed = firstSeed; seed < firstSeed + seeds; seed += 1) {
    const plan = makePlan({ ...sized(extent.plan, turns), seed });
    onProgress(
      `seed ${seed}: ${plan.turns.length} turns, ${plan.turns.filter(({ strike }) => strike).length} strikes`,
    );
    const folder = join(command.folder, `seed-${seed}`);
    await mkdir(folder, { recursive: true });
    const result = await within(extent.limitMs, `Seed ${seed}`, command.signal, (signal) =>
      runCampaign({
        ...{ plan, folder, runTtlSeconds: RUN_TTL_SECONDS },
        workflowBundle: command.workflowBundle,
        store: command.store ?? extent.store,
        inFlight: extent.inFlight,
        turnLimitMs: extent.turnLimitMs,
        beginWithinMs: extent.beginWithinMs,
        patienceMs: PATIENCE_MS,
        ...{ signal, onProgress },
      }),
    );
    results.push(result);
    const { deaths, violations, tookMs } = result;
    onProgress(
      `seed ${seed}: ${deaths.length} kills, ${violations.length} violations, ${Math.round(tookMs / 1_000)} s`,
    );
    for (const { kind, subject, detail } of violations) say(`         ${kind}  ${subject}  ${detail}`);
    await command.writeJson({ extent: command.extent, summary: summarise(results), campaigns: results });
  }
  const summary = summarise(results);
  say();
  say(toTable(summary));
  return Object.keys(summary.violations).length === 0 && summary.processesLeft === 0;
}

/** With `--turns` the calm turns make up for what the strikes and parked turns leave. */
function sized(plan: Omit<PlanOptions, 'seed'>, turns: number | undefined): Omit<PlanOptions, 'seed'> {
  if (turns === undefined) return plan;
  const { turns: others } = makePlan({ ...plan, calmTurns: 0, seed: 0 });
  return { ...plan, calmTurns: Math.max(0, turns - others.length) };
}

/** Ends what does not end by itself; says so in a sentence. */
export async function within<T>(
  limitMs: number,
  what: string,
  stopped: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = AbortSignal.timeout(limitMs);
  try {
    return await work(AbortSignal.any([stopped, limit]));
  } catch (error) {
    if (stopped.aborted) throw new Error(`${what} was stopped.`, { cause: error });
    if (limit.aborted) throw new Error(`${what} was not over within ${limitMs / 1_000} s.`, { cause: error });
    throw error;
  }
}
