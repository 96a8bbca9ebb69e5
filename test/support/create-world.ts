import { randomUUID } from 'node:crypto';

import { Client, Connection, type WorkflowHandle } from '@temporalio/client';

import { createClient, type CountersignClient } from '../../src/client.ts';
import { RETRIES } from '../../src/client/retries.ts';
import type { Approval } from '../../src/contracts/approval/approval.ts';
import type { Decision } from '../../src/contracts/approval/decision.ts';
import { turnWorkflowId } from '../../src/contracts/ids.ts';
import { FINAL_TURN_STATUSES, type TurnView } from '../../src/contracts/turn.ts';
import type { Protocol } from '../../src/contracts/run.ts';
import type { App } from '../../src/define/app.ts';
import { createProvider } from '../../src/providers/create-provider.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { startSimulator, type SimulatorOptions } from '@countersign/openai-simulator';
import { createWorker, type CountersignWorker, type WorkerOptions } from '../../src/worker.ts';
import { park } from '../../src/workflows/messages.ts';
import './quiet.ts';
import { SCENARIO } from './scenario.ts';
import { until } from '../../src/testing/wait.ts';

export const TENANT = 'acme';

export interface WorldOptions {
  app: App;
  /** Of the test or file: its task queue bears this name. */
  name: string;
  simulator?: SimulatorOptions;
  /** Which protocol the worker speaks. @default 'assistants' */
  protocol?: Protocol;
  /** Whether a worker is started in this process. @default true */
  hasWorker?: boolean;
  apiKey?: string;
  baseURL?: string;
  /** What stands between the worker and its provider. */
  through?: (provider: Provider) => Provider;
  /** Where the answers to requests may be sent. */
  callbacks?: WorkerOptions['callbacks'];
  /** Where policies with `askAlso` ask. */
  handover?: WorkerOptions['handover'];
  /** Where the worker keeps the record. */
  store?: WorkerOptions['store'];
  /** By what the worker tells people. */
  notices?: WorkerOptions['notices'];
  /** Whether the provider's events are to reach the turns, so that runs are polled less. */
  isHinted?: boolean;
  /** How long one request to the provider may take. */
  requestLimitMs?: number;
}

/** Where a world is put up: a Temporal server, and a workflow bundle when one has been made. */
export interface Ground {
  address: string;
  bundlePath?: string;
}

/** A worker, a simulator and a client of their own, on the Temporal server all tests share. */
export interface World {
  client: CountersignClient;
  temporal: Client;
  taskQueue: string;
  /** Base URL of the simulator, with `/v1`. */
  provider: string;
  /** Says something in a new conversation, or in the one named. */
  say(message: string, more?: Partial<Parameters<CountersignClient['startTurn']>[0]>): Promise<string>;
  /** The approvals that are pending once there are `count`. */
  pending(turnId: string, count?: number): Promise<Approval[]>;
  /** The first approval that is asked for after somebody has said this. */
  asked: (...said: Parameters<World['say']>) => Promise<Approval>;
  decide(approval: Approval, decision: Partial<Decision>): ReturnType<CountersignClient['decide']>;
  /** The turn as it is now. */
  read(turnId: string): ReturnType<CountersignClient['getTurn']>;
  /** The turn once it is over. */
  end(turnId: string): Promise<TurnView>;
  /** Says something, and has the turn once it is over. */
  ended: (...said: Parameters<World['say']>) => Promise<TurnView>;
  /** Says something, gives this decision about what is asked (an approval by default), and has the turn once it is over. */
  decided(
    message: string,
    decision?: Partial<Decision>,
    more?: Parameters<World['say']>[1],
  ): Promise<TurnView>;
  /** Has the turn park what is pending, as when its run ends, and waits until it has. */
  park(turnId: string): Promise<TurnView>;
  /** The workflow of a turn. */
  turn(turnId: string): WorkflowHandle;
  history(turnId: string): Promise<string[]>;
  startWorker(deployment?: { name: string; buildId: string }): Promise<void>;
  stopWorker(): Promise<void>;
  requests(operation?: string): Promise<SeenRequest[]>;
  control(path: string, body?: unknown): Promise<unknown>;
  /** Has the next request of this operation go wrong. */
  fault(operation: string, fault: object, more?: { skip?: number; times?: number }): Promise<unknown>;
  /** What the provider saw of one turn: the oracle that nothing of ours can talk into anything. */
  seen(turnId: string): Promise<Seen>;
  stop(): Promise<void>;
}

interface Seen {
  /** Runs that there are, whether or not the answer to their creation arrived. */
  runs: number;
  /** Submits that had their effect. */
  submits: number;
  statuses: string[];
}

interface SeenRequest {
  operation: string | null;
  method: string;
  path: string;
  status: number | string | null;
  headers: Record<string, string>;
  body: unknown;
  effect: boolean;
}

export async function createWorld(
  { address, bundlePath }: Ground,
  { app, name, simulator, ...over }: WorldOptions,
): Promise<World> {
  const taskQueue = name.replaceAll(/[^A-Za-z0-9]+/g, '-').slice(0, 60);
  const played = await startSimulator({ scenario: SCENARIO, ...simulator });
  const temporalOptions = { connection: { address }, namespace: 'default', taskQueue };
  const client = await createClient(temporalOptions);
  const hasty = await createClient({ ...temporalOptions, updateLimitMs: 2_000 });
  const connection = await Connection.connect({ address, interceptors: RETRIES });
  const temporal = new Client({ connection });
  let worker: { handle: CountersignWorker; running: Promise<void> } | undefined;

  /** Whether this world has stopped its worker: then nobody answers an update, and waiting for one is lost time. */
  let isDeserted = false;
  const clientNow = () => (isDeserted ? hasty : client);

  const world: World = {
    get client() {
      return clientNow();
    },
    temporal,
    taskQueue,
    provider: played.url,
    async say(message, more = {}) {
      const conversationId = more.conversationId ?? `c-${randomUUID().slice(0, 8)}`;
      const { turnId } = await clientNow().startTurn({ tenant: TENANT, conversationId, message, ...more });
      return turnId;
    },
    async pending(turnId, count = 1) {
      return until(`${count} pending approvals`, async () => {
        const turn = await client.getTurn(TENANT, turnId);
        if (turn && FINAL_TURN_STATUSES.has(turn.status))
          throw new Error(`The turn is over: ${JSON.stringify(turn)}`);
        const found = turn?.approvals.filter(({ status }) => status === 'pending') ?? [];
        return found.length === count ? found : null;
      });
    },
    async asked(...said) {
      const [approval] = await world.pending(await world.say(...said));
      return approval!;
    },
    decide: ({ approvalId }, decision) =>
      clientNow().decide(TENANT, {
        approvalId,
        decision: 'approve',
        approver: { id: 'ada' },
        ...decision,
      }),
    end: (turnId) =>
      until('the end of the turn', async () => {
        const turn = await client.getTurn(TENANT, turnId, 1_000);
        return turn && FINAL_TURN_STATUSES.has(turn.status) ? turn : null;
      }),
    ended: async (...said) => world.end(await world.say(...said)),
    read: (turnId) => client.getTurn(TENANT, turnId),
    async decided(message, decision = {}, more = {}) {
      const approval = await world.asked(message, more);
      await world.decide(approval, decision);
      return world.end(approval.turnId);
    },
    async park(turnId) {
      await world.turn(turnId).signal(park);
      return until('the parked turn', async () => {
        const turn = await client.getTurn(TENANT, turnId, 1_000);
        return turn?.status === 'parked' ? turn : null;
      });
    },
    turn: (turnId) => temporal.workflow.getHandle(turnWorkflowId(TENANT, turnId)),
    async history(turnId) {
      const { events } = await world.turn(turnId).fetchHistory();
      return (events ?? []).map(({ eventType }) => String(eventType));
    },
    async startWorker(deployment) {
      const provider = {
        apiKey: over.apiKey ?? 'test-key',
        baseURL: over.baseURL ?? played.url,
        protocol: over.protocol ?? 'assistants',
        ...(over.requestLimitMs !== undefined && { requestLimitMs: over.requestLimitMs }),
      };
      const handle = await createWorker({
        app,
        provider: over.through ? over.through(createProvider(provider)) : provider,
        temporal: temporalOptions,
        deployment,
        callbacks: over.callbacks,
        handover: over.handover,
        isHinted: over.isHinted,
        store: over.store,
        notices: over.notices,
        ...(bundlePath === undefined ? {} : { workflowBundle: { codePath: bundlePath } }),
      });
      worker = { handle, running: handle.run() };
      isDeserted = false;
    },
    async stopWorker() {
      worker?.handle.shutdown();
      await worker?.running;
      worker = undefined;
      isDeserted = true;
    },
    async requests(operation) {
      const { requests } = (await world.control('requests')) as { requests: SeenRequest[] };
      return requests.filter((seen) => operation === undefined || seen.operation === operation);
    },
    async control(path, body) {
      const url = new URL(`/_simulator/${path}`, played.url);
      const response = await fetch(url, {
        method: body === undefined ? 'GET' : 'POST',
        headers: { 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      if (!response.ok) throw new Error(`${url.pathname}: ${response.status} ${await response.text()}`);
      return response.json();
    },
    fault: (operation, fault, more = {}) => world.control('faults', { match: { operation }, fault, ...more }),
    async seen(turnId) {
      const requests = await until('the answer to every request', async () => {
        const all = await world.requests();
        return all.every(({ status }) => status !== null) ? all.filter(({ effect }) => effect) : null;
      });
      const { runs } = (await world.control('state')) as {
        runs: { id: string; status: string; metadata: object }[];
      };
      const mine = runs.filter(({ metadata }) => Object.values(metadata).includes(turnId));
      const submits = requests.filter(
        ({ operation, path }) => operation === 'runs.submit' && mine.some(({ id }) => path.includes(id)),
      );
      return { runs: mine.length, submits: submits.length, statuses: mine.map(({ status }) => status) };
    },
    async stop() {
      await world.stopWorker();
      await client.close();
      await hasty.close();
      await connection.close();
      await played.close();
    },
  };
  if (over.hasWorker ?? true) await world.startWorker();
  return world;
}
