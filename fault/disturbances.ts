import * as messages from '../src/workflows/messages.ts';
import type { Random } from './random.ts';

/** Something that must not change what becomes of a turn. */
export type Disturbance = { atMs: number } & (
  | { kind: 'provider'; name: string; operation: string; fault: Record<string, unknown> }
  /** The store cannot be reached for so long. */
  | { kind: 'store'; name: string; forMs: number }
  /** A message of a stranger, to the turn or the conversation of a turn that is under way then. */
  | { kind: 'signal'; to: 'turn' | 'conversation'; name: string; payloads: unknown[]; pick: number }
);

/** @param anyTime - draws when one of them happens. */
export function planDisturbances(random: Random, count: number, anyTime: () => number): Disturbance[] {
  const nonsense = Array.from({ length: count }, (_, index) => ({
    ...{ atMs: anyTime(), ...planDisturbance(random, index) },
  }));
  const cuts = Array.from({ length: Math.ceil(count / 8) }, () => ({
    ...{ atMs: anyTime(), kind: 'store' as const, name: 'the store out of reach' },
    forMs: random.whole(...CUT_MS),
  }));
  return [...nonsense, ...cuts].toSorted((one, other) => one.atMs - other.atMs);
}

/** From less than a reply waits for its entries to more than a statement waits for a lock. */
const CUT_MS = [500, 6_000] as const;

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
