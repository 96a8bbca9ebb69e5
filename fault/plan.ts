import type { DecisionKind } from '../src/contracts/approval.ts';
import { factsOf, POINT_NAMES, VICTIMS, type PointName, type Victim } from './points.ts';
import { createRandom, type Random } from './random.ts';
import { gatedToolsOf, type GatedTool, type Shape } from './shapes.ts';

/** What a campaign is going to do, derived from its seed alone. The names in it are the names in every record. */
export interface Plan {
  seed: number;
  turns: TurnPlan[];
  kills: RandomKill[];
}

export interface TurnPlan {
  conversationId: string;
  shape: Shape;
  orderId: string;
  amountCents: number;
  /** By tool: what is decided about its call. A tool without one is left to its deadline. */
  decisions: Partial<Record<GatedTool, DecisionPlan>>;
  /** When the service cancels, counted from when the first question stands. */
  cancelAfterMs?: number;
  strike?: Strike;
}

export interface DecisionPlan {
  /** Sent at the same time; whichever comes first counts. */
  rivals: Rival[];
  /** Counted from when the question is seen, or from when it is parked. */
  afterMs: number;
  /** Not before the question is over: it can only be told so. */
  isTooLate?: boolean;
}

export interface Rival {
  kind: DecisionKind;
  approver: Approver;
}

export const APPROVERS = ['ada', 'grace', 'edsger'] as const;
export type Approver = (typeof APPROVERS)[number];

/** One death ordered at a point of this turn. */
export interface Strike {
  point: PointName;
  victim: Victim;
  /** Of `later` points: how much later. */
  delayMs: number;
}

/** One death at some time, wherever everybody is. */
export interface RandomKill {
  atMs: number;
  victim: (typeof KILLABLE)[number];
}

const KILLABLE = ['worker-1', 'worker-2', 'gateway', 'temporal', 'simulator'] as const;

export interface PlanOptions {
  seed: number;
  /** How many deaths at points; `all` is every point with every victim, once each. */
  strikes: number | 'all';
  /** Turns without a death of their own. */
  calmTurns: number;
  randomKills: number;
  /** Over how long the random kills are spread. */
  spreadMs: number;
  /** Turns that are parked and answered late; needs a run that is over within the campaign's time. */
  parkedTurns: number;
}

export function makePlan(options: PlanOptions): Plan {
  const { seed, calmTurns, parkedTurns } = options;
  const random = createRandom(seed);
  const strikes = planStrikes(random, options.strikes);
  const shapes: { shape: Shape; strike?: Strike }[] = [
    ...random.shuffled([
      ...strikes.map((strike) => ({ shape: random.pick(factsOf(strike.point).shapes), strike })),
      ...Array.from({ length: calmTurns }, () => ({ shape: random.pick(CALM) })),
    ]),
  ];
  // First, because they take longest.
  const parked = Array.from({ length: parkedTurns }, () => ({ shape: 'parked' as const }));
  const kills = Array.from({ length: options.randomKills }, () => ({
    atMs: random.whole(5_000, Math.max(5_000, options.spreadMs)),
    victim: random.pick(KILLABLE),
  }));
  return {
    seed,
    turns: [...parked, ...shapes].map((turn, index) => planTurn(random, seed, index, turn)),
    kills: kills.toSorted((one, other) => one.atMs - other.atMs),
  };
}

/** Shapes of turns nobody strikes; the commonest stand twice. */
const CALM: readonly Shape[] = [
  ...(['single', 'single', 'careful', 'careful', 'once', 'mixed', 'mixed', 'rounds', 'rounds'] as const),
  ...(['brief', 'withdrawn'] as const),
];

/** Every point once before any comes again, with another victim each time. */
function planStrikes(random: Random, wanted: number | 'all'): Strike[] {
  const points = random.shuffled(POINT_NAMES).map((point) => ({ point, victims: random.shuffled(VICTIMS) }));
  const pairs = VICTIMS.flatMap((_, round) =>
    points.flatMap(({ point, victims }) => {
      const victim = victims[round];
      return victim === undefined ? [] : [{ point, victim }];
    }),
  );
  const chosen = wanted === 'all' ? pairs : pairs.slice(0, wanted);
  return chosen.map((pair) => ({ ...pair, delayMs: random.whole(1, 25) }));
}

function planTurn(
  random: Random,
  seed: number,
  index: number,
  { shape, strike }: { shape: Shape; strike?: Strike },
): TurnPlan {
  const decisions = Object.fromEntries(
    gatedToolsOf(shape).map((tool) => [tool, planDecision(random, shape, strike)]),
  );
  // Cancelled before anybody decides; or a parked question that nobody answers at all.
  const isLeftAlone =
    shape === 'withdrawn' || (shape === 'parked' && strike === undefined && index % 3 === 2);
  return {
    conversationId: `fault-${seed}-${index}`,
    shape,
    orderId: `A-${seed}-${index}`,
    amountCents: random.whole(1_000, 90_000),
    decisions: isLeftAlone ? {} : decisions,
    ...(shape === 'withdrawn' && { cancelAfterMs: random.whole(0, 800) }),
    ...(strike && { strike }),
  };
}

function planDecision(random: Random, shape: Shape, strike: Strike | undefined): DecisionPlan {
  const rival = (kind: DecisionKind): Rival => ({ kind, approver: random.pick(APPROVERS) });
  const afterMs = random.whole(0, shape === 'parked' ? 3_000 : 1_200);
  if (shape === 'brief') return { rivals: [rival('approve')], afterMs, isTooLate: true };
  // A turn that is struck at its tool must come to run it.
  if (strike?.point.startsWith('tool.')) return { rivals: [rival(random.pick(RUNS))], afterMs };
  const many = random.next() < 0.2 ? random.whole(2, 4) : 1;
  return { rivals: Array.from({ length: many }, () => rival(random.pick(KINDS))), afterMs };
}

const RUNS: readonly DecisionKind[] = ['approve', 'edit'];
const KINDS: readonly DecisionKind[] = ['approve', 'approve', 'approve', 'edit', 'edit', 'deny', 'respond'];
