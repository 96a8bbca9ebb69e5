import type { DecisionKind } from '../src/contracts/approval/decision.ts';
import { factsOf, POINT_NAMES, VICTIMS, type PointName, type Victim } from './points.ts';
import * as messages from '../src/workflows/messages.ts';
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
  /** Left as a signal, past the gateway. */
  isSignal?: boolean;
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
  /** SIGTERM is a restart as a deploy makes it: the process may finish what it holds. */
  signal: 'SIGKILL' | 'SIGTERM';
}

/** Something that must not change what becomes of a turn. */
export type Disturbance = { atMs: number } & (
  | { kind: 'provider'; name: string; operation: string; fault: Record<string, unknown> }
  /** The store cannot be reached for so long. */
  | { kind: 'store'; name: string; forMs: number }
  /** A message of a stranger, to the turn or the conversation of a turn that is under way then. */
  | { kind: 'signal'; to: 'turn' | 'conversation'; name: string; payloads: unknown[]; pick: number }
);

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
/** From less than a reply waits for its entries to more than a statement waits for a lock. */
const CUT_MS = [500, 6_000] as const;
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
  const disturbances = Array.from({ length: options.disturbances }, (_, index) => ({
    ...{ atMs: anyTime(), ...planDisturbance(random, index) },
  }));
  const cuts = Array.from({ length: Math.ceil(options.disturbances / 8) }, () => ({
    ...{ atMs: anyTime(), kind: 'store' as const, name: 'the store out of reach' },
    forMs: random.whole(...CUT_MS),
  }));
  return {
    seed,
    turns: [...parked, ...shapes].map((turn, index) => planTurn(random, seed, index, turn)),
    kills: [...kills, ...restarts].toSorted((one, other) => one.atMs - other.atMs),
    disturbances: [...disturbances, ...cuts].toSorted((one, other) => one.atMs - other.atMs),
    turnWithinMs: options.turnWithinMs ?? TURN_WITHIN_MS,
    parkedTurnWithinMs: PARKED_TURN_WITHIN_MS,
  };
}

/** Shapes of turns nobody strikes; the commonest stand twice. */
const CALM: readonly Shape[] = [
  ...(['single', 'single', 'careful', 'careful', 'once', 'mixed', 'mixed', 'rounds', 'rounds'] as const),
  ...(['brief', 'withdrawn', 'retracted', 'retracted', 'twins', 'twins'] as const),
];

/** Every kind once before any comes again. */
function planDisturbance(random: Random, index: number) {
  const answers = PROVIDER_ANSWERS[index >> 1];
  if (index % 2 === 0 && answers !== undefined) return { kind: 'provider' as const, ...answers };
  if (index % 2 === 0) return { kind: 'provider' as const, ...random.pick(PROVIDER_ANSWERS) };
  const { to, name } = STRAYS[(index >> 1) % STRAYS.length] ?? random.pick(STRAYS);
  return { kind: 'signal' as const, to, name, payloads: random.pick(NONSENSE), pick: random.whole(0, 1_000) };
}

const HTML = { type: 'malformed', text: '<html><body>Bad gateway</body></html>', contentType: 'text/html' };
const LATER = { type: 'status', status: 429, headers: { 'retry-after': '0' } };
const LONG_PAGE = { type: 'status', status: 502, body: 'x'.repeat(200_000) };

/** Each hits the next such request of whichever turn. */
const PROVIDER_ANSWERS = [
  { name: 'a list of runs that is a page', operation: 'runs.list', fault: HTML },
  { name: 'a list of messages that is a page', operation: 'messages.list', fault: HTML },
  { name: 'create: try again after 0 s', operation: 'runs.create', fault: LATER },
  { name: 'submit: try again after 0 s', operation: 'runs.submit', fault: LATER },
  { name: 'look: try again after 0 s', operation: 'runs.retrieve', fault: LATER },
  { name: 'submit: answered, and the answer lost', operation: 'runs.submit', fault: { type: 'drop_after' } },
  { name: 'create: answered, and the answer lost', operation: 'runs.create', fault: { type: 'drop_after' } },
  { name: 'submit: a long page of an error', operation: 'runs.submit', fault: LONG_PAGE },
] as const;

/** Every signal our workflows listen to, and one they do not. `park` has no payload that could be wrong: it would park. */
const STRAYS = [
  ...Object.values(messages).flatMap((it) =>
    typeof it === 'object' && 'type' in it && it.type === 'signal' && it.name !== 'park' ? [it.name] : [],
  ),
  'nobodyKnowsThis',
].flatMap((name) => [
  { to: 'conversation' as const, name },
  { to: 'turn' as const, name },
]);

const NONSENSE: readonly unknown[][] = [
  [],
  [null],
  ['text'],
  [[]],
  [{}],
  [{ turnId: 7, approvalId: {}, message: [], approvalIds: 'all' }],
  [{ turnId: 'x'.repeat(5_000), approvalId: 'x.y.z', decision: 'approve', approver: {} }],
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
    ...(shape === 'retracted' && { cancelAfterMs: random.whole(0, 120) }),
    ...(strike && { strike }),
  };
}

function planDecision(random: Random, shape: Shape, strike: Strike | undefined): DecisionPlan {
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
  // A turn that is struck at its tool must come to run it; one that is struck at a settlement alone must not.
  if (strike && RUN_TO.test(strike.point)) return { rivals: [rival(random.pick(RUNS))], afterMs };
  if (strike?.point.startsWith('entry.settled.'))
    return { rivals: [rival(random.pick(RUNS_NOTHING))], afterMs };
  const many = random.next() < 0.2 ? random.whole(2, 4) : 1;
  return { rivals: Array.from({ length: many }, () => rival(random.pick(KINDS))), afterMs };
}

/** How many of the decisions go past the gateway. */
const SIGNALS = 0.2;

const RUNS: readonly DecisionKind[] = ['approve', 'edit'];
const RUNS_NOTHING: readonly DecisionKind[] = ['deny', 'respond'];
export const RUN_TO = /^(tool|entry\.started|entry\.ended)\./;
const KINDS: readonly DecisionKind[] = ['approve', 'approve', 'approve', 'edit', 'edit', 'deny', 'respond'];
