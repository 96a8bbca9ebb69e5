import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, expect, test } from 'vitest';

import app from '../support/handover-app.ts';
import { startCli, type RunningCommand } from '../support/cli.ts';
import { startHandover, type PlayedHandover } from '../support/handover.ts';
import { until } from '../../src/testing/wait.ts';
import { startWorld, TENANT, type World } from '../support/world.ts';
import { temporalAddress } from '../setup/temporal.ts';

/** The worker is a process of its own and is killed in the moments that matter; Temporal, simulator and Handover stay. */
let handover: PlayedHandover;
let world: World;
let worker: RunningCommand | undefined;

beforeAll(async () => {
  handover = await startHandover();
  const settings = { url: handover.url, apiKey: handover.state.apiKey };
  world = await startWorld({ app, name: 'handover-restarts', handover: settings });
  await world.stopWorker();
});
afterAll(async () => {
  await kill();
  await world.stop();
  await handover.close();
});

function start(): void {
  worker = startCli(
    ['worker', '--config', fileURLToPath(new URL('../support/handover-app.ts', import.meta.url))],
    {
      env: {
        TEMPORAL_ADDRESS: temporalAddress(),
        COUNTERSIGN_TASK_QUEUE: world.taskQueue,
        OPENAI_API_KEY: 'test-key',
        OPENAI_BASE_URL: world.provider,
        COUNTERSIGN_HANDOVER_URL: handover.url,
        COUNTERSIGN_HANDOVER_API_KEY: handover.state.apiKey,
      },
    },
  );
}

async function kill(): Promise<void> {
  worker?.child.kill('SIGKILL');
  await worker?.finished;
}

test(
  'workers killed while asking and while waiting: the answer there still runs the call, once',
  { timeout: 900_000 },
  async () => {
    start();
    handover.faults.create.push({ slowMs: 600_000 });
    const turnId = await world.say('single');
    const asked = async (count: number) =>
      until(
        `question ${count}; the worker said: ${String(worker?.output())}`,
        () => handover.asked[count - 1],
        240_000,
      );
    await asked(1);
    await kill();
    start();
    const { id, body } = await asked(2);
    expect(body).toEqual(handover.asked[0]!.body);
    await until('a look', () => handover.reads.some((one) => one.id === id));
    await kill();
    expect((await world.client.getTurn(TENANT, turnId))?.approvals).toMatchObject([{ status: 'pending' }]);
    handover.resolve(id, 'approved');
    start();
    const turn = await world.end(turnId);
    expect(turn).toMatchObject({
      status: 'completed',
      approvals: [{ outcome: 'executed', decision: { decisionId: `handover:${id}` } }],
    });
    expect(await world.seen(turnId)).toMatchObject({ runs: 1, submits: 1 });
    expect(handover.asked).toHaveLength(2);
  },
);
