import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { runCampaign } from './campaign.ts';
import { within, type Command } from './campaigns.ts';
import type { ViolationKind } from './oracle/violations.ts';
import type { Approver } from './people.ts';
import { makePlan, type Rival, type TurnPlan } from './plan.ts';
import type { Plant } from './settings.ts';

/** What is planted, and what the oracle must call it. Nothing planted must be called nothing. */
const TRIALS: readonly { plant: Plant | null; found: ViolationKind | null }[] = [
  { plant: null, found: null },
  { plant: 'double-submit', found: 'submit.twice' },
  { plant: 'double-effect', found: 'effect.twice' },
  { plant: 'lost-decision', found: 'decision.lost' },
  { plant: 'told-denied', found: 'told.wrong' },
  { plant: 'left-run', found: 'run.left' },
  { plant: 'left-approval', found: 'approval.left-open' },
  { plant: 'unasked', found: 'approval.missing' },
  { plant: 'unsubmitted', found: 'submit.missing' },
  { plant: 'other-tenant', found: 'tenant.wrong' },
  { plant: 'empty-reply', found: 'reply.empty' },
  { plant: 'hung', found: 'turn.hung' },
  { plant: 'dropped-entry', found: 'entry.missing' },
  { plant: 'doubled-entry', found: 'entry.twice' },
  { plant: 'unrecorded-effect', found: 'effect.unrecorded' },
  { plant: 'torn-record', found: 'record.hole' },
  { plant: 'one-vote', found: 'rule.broken' },
  { plant: 'unsigned', found: 'decision.forged' },
  { plant: 'kept-grant', found: 'effect.ungranted' },
];

const TURNS = 5;
/** Without its decision a turn waits in vain; long enough for the others. */
const TURN_LIMIT_MS = 25_000;
/** What is held for longer has hung. */
const TURN_WITHIN_MS = 10_000;
/** One trial, start and verdict included. */
const LIMIT_MS = 90_000;

/** An oracle that finds nothing proves nothing until it has found what was put there. @returns whether it did */
export async function runSelfTest(command: Command): Promise<boolean> {
  const { folder, seed, onProgress } = command;
  const trials = [];
  for (const { plant, found } of TRIALS) {
    const name = plant ?? 'nothing';
    const own = join(folder, name);
    await mkdir(own, { recursive: true });
    const { violations, processesLeft } = await within(
      LIMIT_MS,
      `The trial with ${name}`,
      command.signal,
      (signal) =>
        runCampaign({
          plan: shortPlan(seed),
          ...{ folder: own, workflowBundle: command.workflowBundle, signal, onProgress },
          ...(plant !== null && { plant }),
          ...{ runTtlSeconds: 600, store: 'sqlite' },
          inFlight: TURNS,
          turnLimitMs: TURN_LIMIT_MS,
          beginWithinMs: TURN_LIMIT_MS,
          patienceMs: 1_000,
        }),
    );
    const kinds = [...new Set(violations.map(({ kind }) => kind))];
    const isRight = found === null ? kinds.length === 0 : kinds.includes(found);
    trials.push({ planted: name, expected: found, found: kinds, isRight, processesLeft });
    onProgress(`planted ${name}: found ${kinds.join(', ') || 'nothing'}: ${isRight ? 'right' : 'WRONG'}`);
  }
  await command.writeJson({ seed, trials });
  return trials.every(({ isRight, processesLeft }) => isRight && processesLeft === 0);
}

const yes = (approver: Approver): Rival => ({ kind: 'approve', approver });
const SIGNED_OFF: Pick<TurnPlan, 'shape' | 'decisions' | 'revokeAfterMs'>[] = [
  { shape: 'single', decisions: { pay: { rivals: [yes('ada')], afterMs: 0 } } },
  {
    shape: 'pair',
    decisions: { wire: { rivals: [yes('grace'), yes('edsger')], afterMs: 0, isInTurn: true } },
  },
  {
    shape: 'granted',
    decisions: {
      charge: { rivals: [{ ...yes('ada'), isGrant: true }], afterMs: 0 },
      // The grant has been taken back for a while when the last call comes.
      transfer: { rivals: [yes('ada')], afterMs: 2_000 },
    },
    revokeAfterMs: 0,
  },
  {
    shape: 'single',
    decisions: {
      pay: {
        rivals: [{ ...yes('grace'), isSignal: true, isForged: true }, yes('ada')],
        ...{ afterMs: 0, isInTurn: true },
      },
    },
  },
];

/** Turns whose tools run, and one that is cancelled, so that every plant has its occasion. */
function shortPlan(seed: number): ReturnType<typeof makePlan> {
  const plan = makePlan({
    ...{ seed, strikes: 0, calmTurns: TURNS, randomKills: 0, disturbances: 0, spreadMs: 0, parkedTurns: 0 },
    turnWithinMs: TURN_WITHIN_MS,
  });
  const [withdrawn, ...others] = plan.turns.map(({ cancelAfterMs: _, revokeAfterMs: __, ...turn }) => turn);
  const turns: TurnPlan[] = others.map((turn, index) => ({
    ...turn,
    ...(SIGNED_OFF[index] ?? SIGNED_OFF[0]),
  }));
  if (withdrawn !== undefined) {
    turns.push({ ...withdrawn, shape: 'withdrawn', decisions: {}, cancelAfterMs: 100 });
  }
  return { ...plan, turns };
}
