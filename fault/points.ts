import type { Shape } from './shapes.ts';

/**
 * The places in a turn where death can be ordered. Every effect has one before it and one after it: the effect has happened
 * and nobody has been told. `later` is a few milliseconds after that: the answer went back, and death comes while Temporal is
 * being told of it or while the next task is on its way.
 */
export interface PointFacts {
  /** Which kind of process comes by. */
  host: 'worker' | 'gateway';
  /** Which turns come by. */
  shapes: readonly Shape[];
  /** Whose answer has to get lost earlier in the same turn, for anybody to come by at all. */
  afterLoss?: PointName;
}

const ANY = ['single', 'careful', 'once', 'mixed', 'rounds', 'pair'] as const;
/** One call, so that a denial is all there is to write. */
const SINGLE = ['single', 'careful', 'once'] as const;
/** Points a parked turn is struck at too: while its run takes the notice that it is parked, and with its late decision. */
const TO_THE_END = [...ANY, 'parked'] as const;
/** Points around an effect: whoever dies there comes back after an approval of seconds is too old, or a grant is taken back. */
const EFFECT = [...TO_THE_END, 'fresh', 'granted', 'granted'] as const;

export const POINTS = {
  'turn.start.before': { host: 'gateway', shapes: ANY },
  'turn.start.after': { host: 'gateway', shapes: ANY },
  'thread.open.before': { host: 'worker', shapes: ANY },
  'thread.open.after': { host: 'worker', shapes: ANY },
  'run.create.before': { host: 'worker', shapes: ANY },
  'run.create.after': { host: 'worker', shapes: ANY },
  'run.create.later': { host: 'worker', shapes: ANY },
  'run.find.before': { host: 'worker', shapes: ANY, afterLoss: 'run.create.after' },
  'run.find.after': { host: 'worker', shapes: ANY, afterLoss: 'run.create.after' },
  'run.retrieve.before': { host: 'worker', shapes: ANY },
  'run.retrieve.after': { host: 'worker', shapes: ANY },
  'decision.give.before': { host: 'gateway', shapes: TO_THE_END },
  'decision.give.after': { host: 'gateway', shapes: TO_THE_END },
  'tool.execute.before': { host: 'worker', shapes: EFFECT },
  'tool.execute.after': { host: 'worker', shapes: EFFECT },
  'tool.execute.later': { host: 'worker', shapes: EFFECT },
  'tool.reconcile.before': { host: 'worker', shapes: ['careful', 'parked'], afterLoss: 'tool.execute.after' },
  'tool.reconcile.after': { host: 'worker', shapes: ['careful', 'parked'], afterLoss: 'tool.execute.after' },
  'outputs.submit.before': { host: 'worker', shapes: TO_THE_END },
  'outputs.submit.after': { host: 'worker', shapes: TO_THE_END },
  'outputs.submit.later': { host: 'worker', shapes: TO_THE_END },
  'reply.read.before': { host: 'worker', shapes: TO_THE_END },
  'reply.read.after': { host: 'worker', shapes: TO_THE_END },
  'entry.requested.before': { host: 'worker', shapes: ANY },
  'entry.requested.after': { host: 'worker', shapes: ANY },
  'entry.settled.before': { host: 'worker', shapes: SINGLE },
  'entry.settled.after': { host: 'worker', shapes: SINGLE },
  'entry.started.before': { host: 'worker', shapes: EFFECT },
  'entry.started.after': { host: 'worker', shapes: EFFECT },
  'entry.ended.before': { host: 'worker', shapes: EFFECT },
  'entry.ended.after': { host: 'worker', shapes: EFFECT },
  'entry.refused.before': { host: 'gateway', shapes: ['brief'] },
  'entry.refused.after': { host: 'gateway', shapes: ['brief'] },
  'run.cancel.before': { host: 'worker', shapes: ['withdrawn'] },
  'run.cancel.after': { host: 'worker', shapes: ['withdrawn'] },
} as const satisfies Record<string, { host: string; shapes: readonly Shape[]; afterLoss?: string }>;

export type PointName = keyof typeof POINTS;

export const POINT_NAMES = Object.keys(POINTS) as PointName[];

export function factsOf(point: PointName): PointFacts {
  return POINTS[point];
}

/**
 * Who dies when a point is reached. `worker` is the one that reached it, or either when the gateway did. `store` is PostgreSQL; a store that
 * is a file is locked for some seconds.
 */
export const VICTIMS = ['worker', 'gateway', 'temporal', 'store'] as const;
export type Victim = (typeof VICTIMS)[number];
