import type { DecisionKind } from '../src/contracts/approval/decision.ts';
import { factsOf, POINT_NAMES, VICTIMS, type PointName, type Victim } from './points.ts';
import { planDisturbances, type Disturbance } from './disturbances.ts';
import { APPROVERS, REQUESTER, type Approver } from './people.ts';
import { createRandom, type Random } from './random.ts';
import { gatedToolsOf, type GatedTool, type Shape } from './shapes.ts';

/** What a campaign is going to do, derived from its seed alone. The names in it are the names in every record. */
export interface Plan {
  seed: number;
  turns: TurnPlan[];
  kills: RandomKill[];
  disturbances: Disturbance[];
  /**
   * A turn that takes longer than this has hung somewhere, whatever came of it; `parked` ones wait for their run's end first. Absent
   * where turns are held for as long as it takes.
   */
  turnWithinMs?: number;
  parkedTurnWithinMs?: number;
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
  /** When somebody takes the grant back, counted from when it is seen. */
  revokeAfterMs?: number;
  strike?: Strike;
}

export interface DecisionPlan {
  /** Sent at the same time; whichever comes first counts. */
  rivals: Rival[];
  /** Counted from when the question is seen, or from when it is parked. */
  afterMs: number;
  /** Sent one after the other, each about what stands there then. */
  isInTurn?: true;
  /** Not before the question is over: it can only be told so. */
  isTooLate?: boolean;
}

export interface Rival {
  kind: DecisionKind;
  approver: Approver;
  /** Left as a signal, past the gateway. */
  isSignal?: boolean;
  /** Nobody has signed it, so it must not count. */
  isForged?: true;
  /** By right of emergency. */
  isBreakGlass?: true;
  /** Later calls, too. */
  isGrant?: true;
  note?: string;
}

/** One death ordered at a point of this turn. */
export interface Strike {
  point: PointName;
  victim: Victim;
  /** How often the turn comes by unharmed before. */
  passes?: number;
  /** Of `later` points: how much later. */
  delayMs: number;
}

/** One death at some time, wherever everybody is. */
export interface RandomKill {
  atMs: number;
  victim: (typeof KILLABLE)[number];
  /** SIGTERM is a restart as a deploy makes it: the process may finish what it holds. */
  signal: 'SIGKILL' | 'SIGTERM';
}

const KILLABLE = ['worker-1', 'worker-2', 'gateway', 'temporal', 'simulator', 'store'] as const;

export interface PlanOptions {
  seed: number;
  /** How many deaths at points; `all` is every point with every victim, once each. */
  strikes: number | 'all';
  /** Turns without a death of their own. */
  calmTurns: number;
  randomKills: number;
  /** Answers of the provider that are nonsense, and messages of strangers; an eighth as many restarts by SIGTERM and cuts of the store. */
  disturbances: number;
  /** Over how long the random kills are spread. */
  spreadMs: number;
  /** Turns that are parked and answered late; needs a run that is over within the campaign's time. */
  parkedTurns: number;
  /** See {@link Plan}. */
  turnWithinMs?: number;
}

/** Several deaths around one turn cost it some tens of seconds; minutes are no accident. */
const TURN_WITHIN_MS = 90_000;
/** A run of a minute, a decision up to its deadline of 80 s, and the same for deaths. */
const PARKED_TURN_WITHIN_MS = 150_000;

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
  const anyTime = (): number => random.whole(5_000, Math.max(5_000, options.spreadMs));
  const kills = Array.from({ length: options.randomKills }, () => ({
    ...{ atMs: anyTime(), victim: random.pick(KILLABLE), signal: 'SIGKILL' as const },
  }));
  const restarts = Array.from({ length: Math.ceil(options.disturbances / 8) }, () => ({
    ...{ atMs: anyTime(), victim: random.pick(KILLABLE), signal: 'SIGTERM' as const },
  }));
  return {
    seed,
    turns: [...parked, ...shapes].map((turn, index) => planTurn(random, seed, index, turn)),
    kills: [...kills, ...restarts].toSorted((one, other) => one.atMs - other.atMs),
    disturbances: planDisturbances(random, options.disturbances, anyTime),
    turnWithinMs: options.turnWithinMs ?? TURN_WITHIN_MS,
    parkedTurnWithinMs: PARKED_TURN_WITHIN_MS,
  };
}

/** Shapes of turns nobody strikes; the commonest stand twice. */
const CALM: readonly Shape[] = [
  ...(['single', 'single', 'careful', 'careful', 'once', 'mixed', 'mixed', 'rounds', 'rounds'] as const),
  ...(['brief', 'withdrawn', 'retracted', 'retracted', 'twins', 'twins'] as const),
  ...(['pair', 'pair', 'pair', 'fresh', 'granted'] as const),
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
    gatedToolsOf(shape).map((tool) => [tool, planDecision(random, shape, strike, tool)]),
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
    ...(shape === 'granted' && { revokeAfterMs: random.whole(0, 1_500) }),
    ...(shape === 'retracted' && { cancelAfterMs: random.whole(0, 120) }),
    // The effect of the first call is by people, that of the second by their grant.
    ...(strike && { strike: { ...strike, ...(shape === 'granted' && { passes: 1 }) } }),
  };
}

function planDecision(
  random: Random,
  shape: Shape,
  strike: Strike | undefined,
  tool: GatedTool,
): DecisionPlan {
  const isRefused = strike?.point.startsWith('entry.refused.') === true;
  const rival = (kind: DecisionKind): Rival => ({
    ...{ kind, approver: random.pick(APPROVERS) },
    // What the gateway refuses it must have been asked.
    ...(random.next() < SIGNALS && !isRefused && { isSignal: true }),
  });
  const afterMs = random.whole(0, shape === 'parked' ? 3_000 : 1_200);
  // The decision and the cancellation meet, also in the middle of an edit's review.
  if (shape === 'retracted') return { rivals: [rival(random.pick(RUNS))], afterMs: random.whole(0, 100) };
  if (shape === 'brief') return { rivals: [rival('approve')], afterMs, isTooLate: true };
  if (shape === 'pair') return planVotes(random, afterMs, strike);
  if (tool === 'charge') return { rivals: [{ ...yes(random.pick(APPROVERS)), isGrant: true }], afterMs };
  // A turn that is struck at its tool must come to run it; one that is struck at a settlement alone must not.
  if (shape === 'fresh' || (strike && RUN_TO.test(strike.point)))
    return { rivals: [rival(random.pick(RUNS))], afterMs };
  if (strike?.point.startsWith('entry.settled.'))
    return { rivals: [rival(random.pick(RUNS_NOTHING))], afterMs };
  const many = random.next() < 0.2 ? random.whole(2, 4) : 1;
  const rivals = Array.from({ length: many }, () => rival(random.pick(KINDS)));
  return { rivals: random.next() < FORGERIES ? [FORGED, ...rivals] : rivals, afterMs };
}

/** Of one approval. */
function planVotes(random: Random, afterMs: number, strike: Strike | undefined): DecisionPlan {
  const isRun = strike !== undefined && RUN_TO.test(strike.point);
  const { isTogether, rivals } = random.pick(
    isRun ? VOTES.filter(({ isDenied }) => isDenied !== true) : VOTES,
  );
  return { rivals, afterMs, ...(isTogether !== true && { isInTurn: true }) };
}

const FORGED: Rival = { kind: 'approve', approver: 'grace', isSignal: true, isForged: true };
/** How many questions somebody tries to answer without a signature. */
const FORGERIES = 0.15;

const yes = (approver: Approver): Rival => ({ kind: 'approve', approver });
/** What two people must agree to, and the requester may not. */
const VOTES: readonly { rivals: Rival[]; isTogether?: true; isDenied?: true }[] = [
  { rivals: [yes('grace'), yes('edsger')] },
  { rivals: [yes('barbara'), yes('edsger'), yes('grace')], isTogether: true },
  { rivals: [yes(REQUESTER), FORGED, yes('grace'), yes('barbara')] },
  { rivals: [yes('barbara'), yes('barbara'), yes('edsger')] },
  // A change is a new proposal, for which the first vote does not count.
  { rivals: [yes('grace'), { kind: 'edit', approver: 'barbara' }, yes('edsger')] },
  { rivals: [{ ...yes('edsger'), isBreakGlass: true, note: 'The warehouse is on fire.' }] },
  { rivals: [yes('grace'), { kind: 'deny', approver: 'barbara' }], isDenied: true },
];

/** How many of the decisions go past the gateway. */
const SIGNALS = 0.2;

const RUNS: readonly DecisionKind[] = ['approve', 'edit'];
const RUNS_NOTHING: readonly DecisionKind[] = ['deny', 'respond'];
export const RUN_TO = /^(tool|entry\.started|entry\.ended)\./;
const KINDS: readonly DecisionKind[] = ['approve', 'approve', 'approve', 'edit', 'edit', 'deny', 'respond'];
