import { randomUUID } from 'node:crypto';

import { Client, Connection } from '@temporalio/client';
import { startSimulator } from '@countersign/openai-simulator';

import { createClient, type CountersignClient } from '../client.ts';
import { RETRIES } from '../client/retries.ts';
import type { Duration } from '../define/duration.ts';
import { answerAll } from './approvers/answer-all.ts';
import { testingBundle } from './bundle.ts';
import { createAdvance } from './clock/advance.ts';
import { goalOf } from './clock/goal.ts';
import { closeAll } from './close-all.ts';
import { createGateClock } from './clock/gate-clock.ts';
import { MOVE_CLOCK } from './clock/messages.ts';
import { startsOnClock } from './clock/starts.ts';
import type { Effect } from './effects.ts';
import { inOrder } from './in-order.ts';
import { judge, type JudgeContext, type Judgement } from './judge.ts';
import { checkOptions, type GateOptions } from './options.ts';
import { refuseInProduction, TestingError } from './production.ts';
import { createGateProvider, type GateProvider } from './provider.ts';
import { quietRuntime } from './quiet.ts';
import { serveGateway, type GateGateway } from './gateway.ts';
import { openGateStore } from './store.ts';
import type { Store } from '../store/store.ts';
import { NAMESPACE, sharedTemporal } from './temporal.ts';
import { findTool, toolNames } from './tools.ts';
import { createTurn, type Turn } from './turn.ts';
import { createInProcessWorker } from './workers/in-process.ts';
import { createOwnProcessWorker } from './workers/own-process.ts';

/** What `say` may say beside the message: the conversation (a new one by default), the user, the context, the assistant. */
export type SayOptions = Partial<
  Omit<Parameters<CountersignClient['startTurn']>[0], 'tenant' | 'message'>
> & {
  /** Short for `context: { user }`. */
  user?: string;
};

/** An application behind everything that it runs on, for tests: a Temporal server, a worker, the simulator, a gateway. */
export interface Gate extends AsyncDisposable {
  /** Says something to the assistant, in a new conversation unless one is named. */
  say(message: string, options?: SayOptions): Promise<Turn>;
  /**
   * Moves the clock of the gate: by so long, or to that moment. Deadlines, ladders and runs of the provider go by it. Resolves when what
   * ends by then has ended, one after the other, as in the time itself. Two at once follow each other.
   *
   * @throws TestingError for a clock that would go back.
   */
  advance(by: Duration | Date): Promise<void>;
  /** Milliseconds since 1970 on the gate's clock. */
  now: () => number;
  /**
   * Ends a worker at once, in the middle of whatever it does, and starts another one. With `restart: false` none works until `restart`.
   * An application given as a file has its worker in a process of its own, which gets SIGKILL. One given as a value has it in the test's
   * process: all its connections are cut for good, but a tool that has begun goes on to its end.
   */
  kill(what: 'worker', options?: { restart?: boolean }): Promise<void>;
  /** Starts a worker when none works; stops the one that does in order before. */
  restart(what: 'worker'): Promise<void>;
  /** The simulator, and the faults on the way to it. */
  readonly provider: GateProvider;
  /** Every time that a tool's `execute` was called, in order. */
  effects(tool?: string): Effect[];
  /** What schema and policy make of a call; see {@link judge}. For an application given as a value. */
  judge(tool: string, args: Record<string, unknown>, context?: JudgeContext): Promise<Judgement>;
  /** HTTP: its URL, and a key that may do everything. */
  readonly gateway: GateGateway;
  /** What it keeps of the record; null without the option `store`. */
  readonly store: Store | null;
  readonly client: CountersignClient;
  readonly temporal: Client;
  readonly tenant: string;
  readonly taskQueue: string;
  close(): Promise<void>;
}

/**
 * Starts everything that an application runs on, on this machine. The Temporal server is shared by all gates of a process; each gate has its
 * own tenant and task queue, so any number of them may be open at once.
 *
 * @throws TestingError in production, and naming the option that does not fit. ScenarioError naming what in the scenario does not. What
 *   `startTemporalServer` throws when there is no server to be had.
 */
export async function startGate(options: GateOptions): Promise<Gate> {
  refuseInProduction('startGate');
  const {
    app,
    applicationFile,
    scenario,
    protocol,
    tenant,
    patienceMs,
    simulator: more,
    worker: workerOptions,
  } = await checkOptions(options);
  quietRuntime();
  const clock = createGateClock();
  const simulator = await startSimulator({
    latency: QUICK,
    ...more,
    ...(scenario && { scenario }),
    now: clock.now,
  });
  const closers: (() => Promise<void>)[] = [() => simulator.close()];
  try {
    const kept = await openGateStore(options.store ?? false, clock.now);
    if (kept) closers.unshift(() => kept.close());
    const [{ address }, bundle] = await Promise.all([
      sharedTemporal(options.onProgress ?? (() => undefined)),
      testingBundle(),
    ]);
    const taskQueue = `gate-${randomUUID().slice(0, 8)}`;
    const connection = await Connection.connect({ address, interceptors: RETRIES });
    closers.unshift(() => connection.close());
    const temporal = new Client({ connection, namespace: NAMESPACE });
    const workflows = new Set<string>();
    const place = {
      temporal: { address, namespace: NAMESPACE, taskQueue },
      provider: { baseURL: simulator.url, protocol },
      ...{ bundle, clock, more: workerOptions, storeUrl: kept?.url ?? null },
      onStart: (workflowId: string) => void workflows.add(workflowId),
      onOutrun: async (workflowId: string) => {
        await temporal.workflow.getHandle(workflowId).signal(MOVE_CLOCK, { aheadMs: clock.aheadMs() });
      },
    };
    const client = await createClient({
      connection: { address },
      ...{ namespace: NAMESPACE, taskQueue, clock: clock.now },
      ...(options.signingKey && { signingKey: options.signingKey }),
      interceptors: { workflow: [startsOnClock({ aheadMs: clock.aheadMs, ...place })] },
    });
    closers.unshift(() => client.close());
    const gateway = await serveGateway({
      client,
      tenant,
      clock: clock.now,
      store: kept?.store,
      isTold: options.mail !== undefined,
    });
    closers.unshift(() => gateway.close());
    const told = {
      ...place,
      events: options.events ?? null,
      mail: options.mail ? { ...options.mail, publicUrl: gateway.url } : null,
    };
    const worker = app
      ? createInProcessWorker(app, told)
      : await createOwnProcessWorker(applicationFile, told);
    // Two changes at once could start two workers, of which one is lost.
    const changes = inOrder();
    closers.unshift(() => changes(() => worker.close()));
    await worker.start();

    const over = new AbortController();
    const moves = inOrder();
    const advance = createAdvance({
      ...{ clock, temporal, workflows },
      isWorkerUp: () => worker.isUp(),
      tellWorker: () => worker.tellClock(),
    });
    let answering: Promise<void> | undefined;
    if (options.approvers) {
      answering = answerAll({
        client,
        tenant,
        approvers: options.approvers,
        signal: over.signal,
        clock: clock.now,
      });
      answering.catch(() => undefined); // told by `close`
    }
    const requireOpen = (): void => {
      if (over.signal.aborted)
        throw new TestingError('The gate was closed. Start another one with startGate.');
    };
    let closing: Promise<void> | undefined;

    const gate: Gate = {
      ...{ client, temporal, tenant, taskQueue, gateway, store: kept?.store ?? null },
      provider: createGateProvider(simulator, protocol),
      now: clock.now,
      async say(message, { user, ...rest } = {}) {
        requireOpen();
        const conversationId = rest.conversationId ?? `c-${randomUUID().slice(0, 8)}`;
        const context = user === undefined ? rest.context : { ...rest.context, user };
        const { turnId } = await client.startTurn({
          ...rest,
          ...{ tenant, conversationId, message },
          ...(context && { context }),
        });
        return createTurn(
          { turnId, conversationId },
          { client, tenant, clock: clock.now, patienceMs, requireOpen },
        );
      },
      async advance(by) {
        requireOpen();
        await moves(() => advance(goalOf(by, clock.now())));
      },
      async kill(_what, { restart = true } = {}) {
        requireOpen();
        await changes(async () => {
          await worker.kill();
          if (restart) await worker.start();
        });
      },
      async restart() {
        requireOpen();
        await changes(async () => {
          await worker.stop();
          await worker.start();
        });
      },
      effects(tool) {
        if (tool !== undefined && app && findTool(app, tool) === undefined)
          throw new TestingError(`The application has no tool "${tool}". Tools it has: ${toolNames(app)}.`);
        return worker.effects().filter((effect) => tool === undefined || effect.tool === tool);
      },
      judge(tool, args, context) {
        if (app) return judge(app, tool, args, { tenant, ...context });
        throw new TestingError('judge needs the application as a value: startGate({ app: myApp }).');
      },
      close: () =>
        (closing ??= (async () => {
          over.abort();
          // Whoever still answers needs the client; what fails keeps nothing else open.
          await closeAll([() => answering ?? Promise.resolve(), ...closers]);
        })()),
      [Symbol.asyncDispose]: () => gate.close(),
    };
    return gate;
  } catch (error) {
    await closeAll(closers).catch(() => undefined); // the first fault is the one to tell
    throw error;
  }
}

/** The simulated model thinks no longer than it must. */
const QUICK = { startMs: 0, thinkMs: 0, listMs: 0 };

export { approvers, type Approvers, type Answer, type Step } from './approvers/script.ts';
export { answerAll, type Answered } from './approvers/answer-all.ts';
export { judge, type JudgeContext, type Judgement } from './judge.ts';
export { NotDecidedError, type By, type Card } from './card.ts';
export { TestingError } from './production.ts';
export type { Effect, GateOptions, GateProvider, GateGateway, Turn };
export type { EffectQuery, SampleCall, Verify } from '../verify/hooks.ts';
