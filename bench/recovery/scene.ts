import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { ignoreNotFound } from '../../src/client/read-turn.ts';
import { turnWorkflowId } from '../../src/contracts/ids.ts';
import { inParallel } from '../block.ts';
import { hold, type Held } from '../parked/held.ts';
import { startOf } from '../processes.ts';
import { rule, SCENARIO, refund } from '../scenario.ts';
import { TENANT, type Stage } from '../stage.ts';

const HELD = 50;
const RUNNING = 20;
const WORK_MS = 2_000;

/** Half of the running turns have a tool at work, half wait for the provider's run. */
export const RECOVERY_SCENARIO = {
  ...SCENARIO,
  rules: [
    ...SCENARIO.rules,
    rule('tooling', [refund('refund_small', { workMs: WORK_MS })]),
    { when: ['thinking'], thinkMs: WORK_MS, reply: 'It is done.' },
  ],
};

/** A turn that an activity works for at the moment of the kill. */
export interface Running {
  turnId: string;
  work: 'tool' | 'run';
}

export async function holdAll(stage: Stage): Promise<Held[]> {
  const held: Held[] = [];
  await inParallel(HELD, 10, async () => {
    held.push(await hold(stage.client, { tenant: TENANT, message: 'gated' }));
  });
  return held;
}

/** Starts the running turns and resolves when every one that is not over yet is in the middle of its work. */
export async function startRunning(stage: Stage): Promise<Running[]> {
  const turns: Running[] = [];
  await inParallel(RUNNING, RUNNING, async (index) => {
    const work = index % 2 === 0 ? 'tool' : 'run';
    const { turnId } = await stage.client.startTurn({
      tenant: TENANT,
      conversationId: `b-${randomUUID()}`,
      message: work === 'tool' ? 'tooling' : 'thinking',
    });
    turns.push({ turnId, work });
  });
  for (;;) {
    const looks = await Promise.all(turns.map(async (turn) => ({ turn, at: await whereIs(stage, turn) })));
    if (looks.every(({ at }) => at !== 'on its way')) {
      return looks.filter(({ at }) => at === 'in the middle').map(({ turn }) => turn);
    }
    await sleep(20);
  }
}

async function whereIs(
  stage: Stage,
  { turnId, work }: Running,
): Promise<'on its way' | 'in the middle' | 'over'> {
  const turn = stage.temporal.workflow.getHandle(turnWorkflowId(TENANT, turnId));
  const seen = await turn.describe().catch(ignoreNotFound); // its conversation may not have begun it yet
  if (seen === undefined) return 'on its way';
  if (seen.status.name !== 'RUNNING') return 'over';
  const isThere = seen.raw.pendingActivities?.some(
    ({ activityType, lastStartedTime }) =>
      lastStartedTime && (activityType?.name === 'executeAndSubmit') === (work === 'tool'),
  );
  return isThere ? 'in the middle' : 'on its way';
}

export interface Restart {
  killedAt: number;
  /** When the new process was started, and when it said that it works; ms since 1970. */
  startedAt: number;
  readyAt: number;
}

/** Kills the worker and resolves when the supervisor has a new one up. */
export async function killWorker(stage: Stage): Promise<Restart> {
  const { worker: before } = await stage.pids();
  const killedAt = Date.now();
  await stage.kill('worker');
  for (;;) {
    const { worker } = await stage.pids();
    if (worker !== undefined && worker !== before) {
      return { killedAt, readyAt: Date.now(), startedAt: await startOf(worker) };
    }
    await sleep(10);
  }
}
