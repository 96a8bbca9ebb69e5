import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { z } from 'zod';

import { launchCommand } from '../../src/cli/child-process.ts';
import { createSupervisor, type Supervisor } from '../../src/cli/supervisor.ts';
import { createClient, type CountersignClient } from '../../src/client.ts';
import type { Protocol } from '../../src/contracts/run.ts';
import type { AppWorkerOptions } from '../app-worker.ts';
import { approve, completedTurn, heldTurn, type Seen, type Stage } from '../stage.ts';
import { messageOf, ofThoseUp, type Contestant, type Turns } from './contestant.ts';
import { createSigningKeys } from './signing-keys.ts';

/** `duplicate`: the update came through after all, and its signal counts no second time. */
const TAKEN = new Set<string>(['applied', 'accepted', 'duplicate']);

/** Countersign as it is measured: one worker, and the client that starts turns there. */
export interface Countersign extends Contestant {
  client: CountersignClient;
  /** Word of the scenario for a gated turn. */
  word: string;
}

export interface CountersignOptions {
  name: string;
  protocol?: Protocol;
  /** Where the record is kept. Decisions are then signed and verified, and one of a group must approve. Nothing of it when absent. */
  record?: 'sqlite' | 'postgres';
}

/** A worker of its own on the stage's Temporal, with what it needs beside it; the stage's own worker keeps out of it. */
export async function startCountersign(
  stage: Stage,
  { name, protocol = 'assistants', record }: CountersignOptions,
): Promise<Countersign> {
  const { address, folder, simulator } = stage;
  // Not "countersign": that is the queue of the stage's own worker.
  const taskQueue = `measured-${name.replaceAll(' ', '-')}`;
  const supervisor = createSupervisor();
  try {
    const database =
      record === 'postgres'
        ? await startPostgres(supervisor)
        : `sqlite:${join(folder, `${taskQueue}.sqlite`)}`;
    const keys = record && (await createSigningKeys(folder));
    const options: AppWorkerOptions = {
      ...{ taskQueue, simulator, protocol, bundle: bundleOf(stage) },
      ...(keys && { record: { database, trustedKeys: keys.trustedFile } }),
    };
    const args = [...process.execArgv, pathOf('../app-worker.ts'), JSON.stringify(options)];
    const env = { ...process.env, TEMPORAL_ADDRESS: address };
    await supervisor.start('worker', launchCommand({ args, ready: z.unknown(), env }));
    const client = await createClient({
      ...{ connection: { address }, namespace: 'default', taskQueue },
      ...(keys && { signingKey: keys.signingKey }),
    });
    const word = record === undefined ? 'gated' : 'quorum';
    return {
      ...{ name, client, word, turns: createTurns(client, word) },
      async pids() {
        const { temporal, simulator: model } = await stage.pids();
        const { worker, database: ofRecord } = supervisor.pids();
        return ofThoseUp({ worker, engine: temporal, simulator: model, database: ofRecord });
      },
      async killWorker() {
        supervisor.kill('worker', 'SIGKILL', { restart: false });
        while (supervisor.pids().worker !== undefined) await sleep(10);
      },
      startWorker: () => supervisor.restart('worker'),
      async stop() {
        await client.close();
        await supervisor.stop();
      },
    };
  } catch (error) {
    await supervisor.stop();
    throw error;
  }
}

/** The record on both databases, beside each other. */
export async function startRecorded(stage: Stage): Promise<Countersign[]> {
  return [
    await startCountersign(stage, { name: 'with the record on SQLite', record: 'sqlite' }),
    await startCountersign(stage, { name: 'with the record on PostgreSQL', record: 'postgres' }),
  ];
}

/** The stage's own worker has made it. */
export function bundleOf({ folder }: Pick<Stage, 'folder'>): string {
  return join(folder, 'workflow-bundle.js');
}

/** A server of its own, which flushes each commit. */
export async function startPostgres(supervisor: Supervisor): Promise<string> {
  const args = [...process.execArgv, pathOf('./postgres.ts')];
  const ready = z.object({ database: z.string() });
  const { database } = await supervisor.start('database', launchCommand({ args, ready }));
  return database;
}

function pathOf(file: string): string {
  return fileURLToPath(new URL(file, import.meta.url));
}

/** Countersign as a service uses it: turns and decisions through client.ts, the decision by update. */
function createTurns(client: CountersignClient, word: string): Turns {
  const held = new Map<string, Seen & { turnId: string }>();
  const heldBy = (id: string) => {
    const approval = held.get(id);
    if (approval === undefined) throw new Error(`Turn ${id} was not started.`);
    return approval;
  };

  return {
    async hold(id) {
      held.set(id, await heldTurn(client, { message: messageOf(id, word), conversationId: `b-${id}` }));
    },
    async approve(id) {
      const receipt = await approve(client, heldBy(id));
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
