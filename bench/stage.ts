import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { Client, Connection } from '@temporalio/client';
import OpenAI from 'openai';
import { z } from 'zod';

import { launchCommand } from '../src/cli/child-process.ts';
import { DEV_TENANT } from '../src/cli/session.ts';
import { startStack } from '../src/cli/stack.ts';
import { createSupervisor } from '../src/cli/supervisor.ts';
import { createClient, type CountersignClient } from '../src/client.ts';
import type { Approval } from '../src/contracts/approval/approval.ts';
import type { Accepted, Decision, DecisionKind, Receipt } from '../src/contracts/approval/decision.ts';
import type { TurnView } from '../src/contracts/turn.ts';
import { SCENARIO, type BenchScenario } from './scenario.ts';

export const TENANT = DEV_TENANT;

export interface StageOptions {
  scenario?: BenchScenario;
  /** Keeps Temporal's state in a database file, as in production; in memory when absent. */
  keepsState?: boolean;
  /** How long a run of the provider lives, in seconds. */
  runTtlSeconds?: number;
}

/** Everything a benchmark needs, each in a process of its own as in production: Temporal, simulator, worker, gateway. */
export interface Stage {
  gateway: string;
  /** Holds the files of keys and, when state is kept, the databases. */
  folder: string;
  /** Base URL of the simulator, with `/v1`. */
  simulator: string;
  /** host:port of Temporal. */
  address: string;
  apiKey: string;
  webhookSecret: string;
  client: CountersignClient;
  temporal: Client;
  openai: OpenAI;
  /** Processes by name: `temporal`, `simulator`, `worker`, `gateway`, and those started with `start`. */
  pids(): Promise<Record<string, number>>;
  /** SIGKILL; it is started again unless `restart` is false. */
  kill(name: string, options?: { restart?: boolean }): Promise<void>;
  /** Starts a process again that was killed with `restart: false`; resolves when it is ready. */
  restart(name: string): Promise<void>;
  /** Starts another Node program of this folder; see `launchCommand` for what it must call. */
  start(name: string, file: string, args: string[]): Promise<void>;
  /** Kills a process that `start` has started, and waits until it has ended. */
  end(name: string): Promise<void>;
  stop(): Promise<void>;
}

export async function withStage<T>(options: StageOptions, work: (stage: Stage) => Promise<T>): Promise<T> {
  const stage = await startStage(options);
  const stopping = new AbortController();
  const interrupted = new Promise<never>((_, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        stopping.abort();
        reject(new Error(`Ended by ${signal}.`));
      });
    }
  });
  try {
    return await Promise.race([work(stage), interrupted]);
  } finally {
    await stage.stop();
  }
}

async function startStage({ scenario, keepsState, runTtlSeconds }: StageOptions): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-bench-'));
  const scenarioFile = join(folder, 'scenario.json');
  await writeFile(scenarioFile, JSON.stringify(scenario ?? SCENARIO));
  const stack = await startStack({
    folder,
    keepsState: keepsState ?? false,
    applicationFile: fileURLToPath(new URL('./app.ts', import.meta.url)),
    scenarioFile,
    runTtlSeconds: runTtlSeconds ?? 3_600,
    onProgress: progress,
    onEvent: () => undefined,
    onOutput: () => undefined,
  });
  const { gateway, simulator, temporal: address, apiKey, webhookSecret } = await stack.describe();
  if (simulator === null) throw new Error('The benchmarks need the simulator: unset OPENAI_API_KEY.');
  const connection = await Connection.connect({ address });
  const client = await createClient({
    connection: { address },
    namespace: 'default',
    taskQueue: 'countersign',
  });
  const others = new Map<string, ReturnType<typeof createSupervisor>>();

  return {
    gateway,
    folder,
    simulator,
    address,
    apiKey,
    webhookSecret,
    client,
    temporal: new Client({ connection }),
    openai: new OpenAI({ apiKey: 'simulator', baseURL: simulator, maxRetries: 0 }),
    async pids() {
      const { pids } = await stack.describe();
      const own = [...others.values()].map((supervisor) => supervisor.pids());
      return Object.assign({}, pids, ...own) as Record<string, number>;
    },
    kill(name, options) {
      stack.kill(name, 'SIGKILL', options);
      return Promise.resolve();
    },
    restart: (name) => stack.restart(name),
    async start(name, file, args) {
      const supervisor = createSupervisor();
      others.set(name, supervisor);
      const program = fileURLToPath(new URL(file, import.meta.url));
      const launch = launchCommand({
        args: [...process.execArgv, program, ...args],
        ready: z.unknown(),
        env: { ...process.env, TEMPORAL_ADDRESS: address },
      });
      await supervisor.start(name, launch);
    },
    async end(name) {
      await others.get(name)?.stop();
      others.delete(name);
    },
    async stop() {
      await client.close();
      await connection.close();
      for (const supervisor of others.values()) await supervisor.stop();
      await stack.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Starts a turn and waits until it holds an approval. */
export async function heldTurn(
  client: CountersignClient,
  { message = 'gated', conversationId = `b-${randomUUID()}` } = {},
): Promise<Approval & { runId: string }> {
  const { turnId } = await client.startTurn({ tenant: TENANT, conversationId, message });
  const turn = await client.getTurn(TENANT, turnId, 60_000);
  const approval = turn?.approvals.find(({ status }) => status === 'pending');
  if (approval === undefined || turn?.run === undefined) {
    throw new Error(`The turn holds nothing: ${JSON.stringify(turn)}`);
  }
  return { ...approval, runId: turn.run.runId };
}

/** Approves as somebody who may. @returns null when there is no such approval. */
export function approve(client: CountersignClient, seen: Seen): Promise<Receipt | Accepted | null> {
  return client.decide(TENANT, decisionOn(seen, 'approve'));
}

/** An approval as whoever decides has seen it. */
export type Seen = Pick<Approval, 'approvalId' | 'argumentsDigest'>;

export function decisionOn({ approvalId, argumentsDigest }: Seen, decision: DecisionKind): Decision {
  return {
    ...{ approvalId, argumentsDigest },
    decisionId: randomUUID(),
    decision,
    approver: { id: 'bench', groups: ['bench'] },
    decidedAt: new Date().toISOString(),
    source: 'api',
  };
}

/** Waits until the turn is over. @throws Error when it did not complete. */
export async function completedTurn(client: CountersignClient, turnId: string): Promise<TurnView> {
  for (;;) {
    const turn = await client.getTurn(TENANT, turnId, 10_000);
    if (turn?.status === 'completed') return turn;
    if (turn === null || !['queued', 'running', 'awaiting_decision'].includes(turn.status)) {
      throw new Error(`The turn did not complete: ${JSON.stringify(turn)}`);
    }
    await sleep(20);
  }
}

/** Sends a decision by HTTP, as a service does. */
export async function decideByGateway(
  { gateway, apiKey }: Pick<Stage, 'gateway' | 'apiKey'>,
  approvalId: string,
  decision: 'approve' | 'deny' = 'approve',
): Promise<void> {
  const response = await fetch(`${gateway}/v1/approvals/${approvalId}/decision`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ decision }),
  });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`The decision was answered ${response.status}: ${text}`);
}

export function progress(message: string): void {
  console.error(message);
}
