import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { z } from 'zod';

import { launchCommand } from '../../src/cli/child-process.ts';
import { createSupervisor } from '../../src/cli/supervisor.ts';
import { createClient, type CountersignClient } from '../../src/client.ts';
import { completedTurn, heldTurn, TENANT, type Stage } from '../stage.ts';
import { messageOf, ofThoseUp, type Contestant, type Turns } from './contestant.ts';

/** `duplicate`: the update came through after all, and its signal counts no second time. */
const TAKEN = new Set<string>(['applied', 'accepted', 'duplicate']);

/** Countersign as a service uses it: turns and decisions through client.ts, the decision by update. */
function createTurns(client: CountersignClient): Turns {
  const held = new Map<string, { approvalId: string; turnId: string }>();
  const heldBy = (id: string) => {
    const approval = held.get(id);
    if (approval === undefined) throw new Error(`Turn ${id} was not started.`);
    return approval;
  };

  return {
    async hold(id) {
      held.set(id, await heldTurn(client, { message: messageOf(id), conversationId: `b-${id}` }));
    },
    async approve(id) {
      const receipt = await client.decide(TENANT, {
        approvalId: heldBy(id).approvalId,
        decisionId: randomUUID(),
        decision: 'approve',
        approver: { id: 'bench' },
        decidedAt: new Date().toISOString(),
        source: 'api',
      });
      // Without a worker there is no receipt yet: the decision stands in the workflow's history, as a signal.
      if (!TAKEN.has(receipt?.outcome ?? 'unknown'))
        throw new Error(`The decision was not taken: ${JSON.stringify(receipt)}`);
    },
    async reply(id) {
      await completedTurn(client, heldBy(id).turnId);
      held.delete(id);
    },
    close: () => Promise.resolve(),
  };
}

/** The worker of the stage, which speaks Assistants to the model. */
export function createCountersign(stage: Stage): Contestant {
  return {
    name: 'countersign',
    turns: createTurns(stage.client),
    async pids() {
      const { worker, temporal, simulator } = await stage.pids();
      return ofThoseUp({ worker, engine: temporal, simulator });
    },
    async killWorker() {
      await stage.kill('worker', { restart: false });
      while ((await stage.pids()).worker !== undefined) await sleep(10);
    },
    startWorker: () => stage.restart('worker'),
    stop: () => Promise.resolve(),
  };
}

/** The same on another task queue with a worker that speaks Chat Completions, as the peers do. */
export async function startCountersignChat(stage: Stage): Promise<Contestant> {
  const taskQueue = 'chat';
  const { address, folder, simulator } = stage;
  const path = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
  const bundle = join(folder, 'workflow-bundle.js');
  const program = [path('../../src/cli/main.ts'), 'worker', '--config', path('../app.ts')];
  const supervisor = createSupervisor();
  const client = await createClient({ connection: { address }, namespace: 'default', taskQueue });
  await supervisor.start(
    'worker',
    launchCommand({
      args: [...process.execArgv, ...program, '--workflow-bundle', bundle],
      ready: z.unknown(),
      env: {
        ...process.env,
        TEMPORAL_ADDRESS: address,
        OPENAI_API_KEY: 'simulator',
        OPENAI_BASE_URL: simulator,
        COUNTERSIGN_TASK_QUEUE: taskQueue,
        COUNTERSIGN_PROVIDER: 'chat',
      },
    }),
  );
  return {
    name: 'countersign-chat',
    turns: createTurns(client),
    async pids() {
      const { temporal, simulator: model } = await stage.pids();
      return ofThoseUp({ worker: supervisor.pids().worker, engine: temporal, simulator: model });
    },
    async killWorker() {
      supervisor.kill('worker', 'SIGKILL', { restart: false });
      while (supervisor.pids().worker !== undefined) await sleep(10);
    },
    startWorker: () => supervisor.restart('worker'),
    async stop() {
      await supervisor.stop();
      await client.close();
    },
  };
}
