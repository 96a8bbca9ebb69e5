import type { CampaignResult } from './campaign.ts';
import { pointOf } from './deaths.ts';
import { TALLIED } from './oracle/tally.ts';
import { VIOLATIONS, type ViolationKind } from './oracle/violations.ts';
import { POINT_NAMES, VICTIMS } from './points.ts';

/** The sums of some campaigns, for people and for machines. */
export interface Summary {
  campaigns: number;
  tookMs: number;
  kills: number;
  killsAtRandom: number;
  /** By point, then by victim. */
  killsAtPoints: Record<string, Partial<Record<string, number>>>;
  missedStrikes: number;
  turnsNotBegun: number;
  unplannedEnds: number;
  processesLeft: number;
  /** Median time from a kill until the process could be used again, by process. */
  backAfterMs: Record<string, number | null>;
  tally: Record<string, number>;
  violations: Partial<Record<ViolationKind, number>>;
}

export function summarise(results: readonly CampaignResult[]): Summary {
  const deaths = results.flatMap((result) => result.deaths);
  const sum = (of: (result: CampaignResult) => number): number =>
    results.reduce((total, result) => total + of(result), 0);
  const violations = results.flatMap((result) => result.violations);
  const byProcess = Map.groupBy(deaths, (death) => victimOf(death.process));
  return {
    campaigns: results.length,
    tookMs: sum(({ tookMs }) => tookMs),
    kills: deaths.length,
    killsAtRandom: deaths.filter((death) => pointOf(death) === 'at random').length,
    killsAtPoints: Object.fromEntries(
      POINT_NAMES.map((point) => {
        const here = deaths.filter((death) => pointOf(death) === point);
        return [point, countBy(here, (death) => victimOf(death.process))];
      }),
    ),
    missedStrikes: sum(({ missed }) => missed.length),
    turnsNotBegun: sum(({ turnsNotBegun }) => turnsNotBegun),
    unplannedEnds: sum(({ unplannedEnds }) => unplannedEnds.length),
    processesLeft: sum(({ processesLeft }) => processesLeft),
    backAfterMs: Object.fromEntries(
      [...byProcess].map(([name, their]) => [
        name,
        median(their.flatMap(({ backAfterMs }) => backAfterMs ?? [])),
      ]),
    ),
    tally: Object.fromEntries(TALLIED.map((name) => [name, sum((result) => result.tally[name])])),
    violations: countBy(violations, ({ kind }) => kind),
  };
}

export function toTable(summary: Summary): string {
  const line = (name: string, value: string | number): string =>
    `  ${name.padEnd(34)}${String(value).padStart(8)}`;
  const kills = Object.entries(summary.killsAtPoints).map(
    ([point, by]) =>
      `  ${point.padEnd(26)}${VICTIMS.map((victim) => String(by[victim] ?? 0).padStart(10)).join('')}`,
  );
  const { violations } = summary;
  return [
    `${''.padEnd(28)}${VICTIMS.map((victim) => victim.padStart(10)).join('')}`,
    ...kills,
    line('kills at random', summary.killsAtRandom),
    line('kills altogether', summary.kills),
    line('strikes nobody came by', summary.missedStrikes),
    line('ends nobody ordered', summary.unplannedEnds),
    ...Object.entries(summary.backAfterMs).map(([name, ms]) =>
      line(`${name} back after (median, ms)`, ms ?? '-'),
    ),
    '',
    ...Object.entries(summary.tally).map(([name, count]) => line(name, count)),
    line('turns there was no time for', summary.turnsNotBegun),
    line('processes left', summary.processesLeft),
    '',
    ...(Object.keys(VIOLATIONS) as ViolationKind[]).map((kind) => line(kind, violations[kind] ?? 0)),
  ].join('\n');
}

/** worker-1 and worker-2 are workers. */
function victimOf(process: string): string {
  return process.replace(/-\d$/, '');
}

export function countBy<T, Key extends string>(
  list: readonly T[],
  keyOf: (item: T) => Key,
): Partial<Record<Key, number>> {
  const groups = [...Map.groupBy(list, keyOf)].map(([key, items]) => [key, items.length] as const);
  return Object.fromEntries(groups) as Partial<Record<Key, number>>;
}

export function median(samples: readonly number[]): number | null {
  return samples.toSorted((one, other) => one - other)[Math.floor(samples.length / 2)] ?? null;
}
