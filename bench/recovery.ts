import { setTimeout as sleep } from 'node:timers/promises';

import { approve, completed } from './parked/held.ts';
import { clearRequests, doneTwice } from './recovery/oracle.ts';
import { outcomeOfHeld, outcomeOfRunning, type Outcome } from './recovery/outcomes.ts';
import { holdAll, killWorker, RECOVERY_SCENARIO, startRunning, type Restart } from './recovery/scene.ts';
import { report, type Row } from './results.ts';
import { completedTurn, progress, withStage, type Stage } from './stage.ts';
import { median } from './statistics.ts';

/** The supervisor starts a process again after its shortest pause when it was up for 30 s. */
const STEADY_MS = 30_000;
/** From the new worker's start until the last turn is served again. */
const GOAL_SECONDS = 5;

interface Repetition {
  restart: Restart;
  outcomes: Outcome[];
  twice: string[];
}

/**
 * The worker is killed by SIGKILL with 50 turns held and 20 in the middle of their work; the supervisor starts it again. Every held
 * turn is decided at the moment of the kill, so that each decision meets a worker that is gone.
 *
 * What bounds the way back, and which turn waited for what is in the result ("waited for …"):
 *
 *   an activity of the dead worker   its heartbeat timeout, 4 s from its last heartbeat (src/workflows/steps.ts), and then the
 *                                    first interval of its retry policy
 *   a decision                       the sticky schedule-to-start timeout, 2 s from the decision (src/worker.ts)
 *   a task in its hands              the workflow task timeout, 4 s from its start (WORKFLOW_TASK_TIMEOUT)
 */
export async function benchRecovery({ count = 5 }: { count?: number }): Promise<void> {
  await withStage({ keepsState: true, scenario: RECOVERY_SCENARIO }, async (stage) => {
    const repetitions: Repetition[] = [];
    for (let number = 1; number <= count; number += 1) {
      progress(`Repetition ${number} of ${count}`);
      repetitions.push(await repeat(stage));
    }
    await report('recovery', toRows(repetitions));
  });
}

async function repeat(stage: Stage): Promise<Repetition> {
  await sleep(STEADY_MS);
  await clearRequests(stage);
  const held = await holdAll(stage);
  const running = await startRunning(stage);
  progress(`${held.length} held, ${running.length} running: killing the worker`);
  const restarting = killWorker(stage);
  const deciding = Promise.all(held.map((approval) => approve(stage.client, approval)));
  const restart = await restarting;
  await deciding;
  await Promise.all([
    ...held.map((approval) => completed(stage.client, approval)),
    ...running.map(({ turnId }) => completedTurn(stage.client, turnId)),
  ]);
  const outcomes = await Promise.all([
    ...held.map((approval) => outcomeOfHeld(stage, approval)),
    ...running.map((turn) => outcomeOfRunning(stage, turn)),
  ]);
  return { restart, outcomes, twice: await doneTwice(stage) };
}

function toRows(repetitions: Repetition[]): Row[] {
  const row = (name: string, of: (repetition: Repetition) => number, goal?: number): Row => {
    const values = repetitions.map(of);
    const value = median(values);
    return {
      name,
      unit: 's',
      value,
      spread: [Math.min(...values), Math.max(...values)],
      samples: values.length,
      worse: 'higher',
      ...(goal !== undefined && { goal: { text: `at most ${goal}`, met: value <= goal } }),
    };
  };
  const since = (at: keyof Restart, pick: Pick) => (repetition: Repetition) =>
    pick(repetition.outcomes) / 1_000 - repetition.restart[at] / 1_000;
  const kinds = { tool: 'a tool at work', run: 'a run in progress', held: 'held, decided at the kill' };
  const twice = repetitions.flatMap((repetition) => repetition.twice);
  return [
    row(
      'worker: from the kill to its start',
      ({ restart }) => (restart.startedAt - restart.killedAt) / 1_000,
    ),
    row('worker: from its start to ready', ({ restart }) => (restart.readyAt - restart.startedAt) / 1_000),
    ...Object.entries(kinds).flatMap(([kind, name]) => {
      const takenUp =
        (pick: Choose): Pick =>
        (outcomes) =>
          pick(...outcomes.filter((outcome) => outcome.kind === kind).map(({ takenUpAt }) => takenUpAt));
      const complete =
        (pick: Choose): Pick =>
        (outcomes) =>
          pick(...outcomes.filter((outcome) => outcome.kind === kind).map(({ completeAt }) => completeAt));
      return [
        row(`${name}: first taken up`, since('startedAt', takenUp(Math.min))),
        row(`${name}: last taken up`, since('startedAt', takenUp(Math.max)), GOAL_SECONDS),
        row(`${name}: last taken up, after ready`, since('readyAt', takenUp(Math.max))),
        row(`${name}: first complete`, since('startedAt', complete(Math.min))),
        // The work that was left is in these: a tool of the scenario takes four seconds.
        row(`${name}: last complete`, since('startedAt', complete(Math.max))),
      ];
    }),
    ...causeRows(repetitions),
    {
      name: 'runs created or outputs submitted twice, tools of a decision run twice',
      unit: '',
      value: twice.length,
      worse: 'higher',
      goal: { text: 'none', met: twice.length === 0 },
    },
  ];
}

type Pick = (outcomes: Outcome[]) => number;
type Choose = (...values: number[]) => number;

/** How many turns waited for what, and when the last of those went on: what bounds the whole. */
function causeRows(repetitions: Repetition[]): Row[] {
  const found = new Map<string, number[]>();
  for (const { outcomes, restart } of repetitions) {
    for (const { causes, kind, takenUpAt } of outcomes) {
      const name = `${kind}: waited for ${[...new Set(causes)].join(', ')}`;
      found.set(name, [...(found.get(name) ?? []), (takenUpAt - restart.startedAt) / 1_000]);
    }
  }
  return [...found].sort().map(([name, seconds]) => ({
    name: `${name} (turns of all repetitions: ${seconds.length})`,
    unit: 's, taken up',
    value: median(seconds),
    spread: [Math.min(...seconds), Math.max(...seconds)],
    samples: seconds.length,
  }));
}
