import type { Keys, SigningKey } from '@countersign/receipts';
import { Client } from '@temporalio/client';
import {
  Runtime,
  Worker,
  type WorkerInterceptors,
  type WorkerOptions as TemporalWorkerOptions,
} from '@temporalio/worker';

import { createAttestations } from './activities/authority/attestations.ts';
import type { Callbacks } from './activities/callbacks/callbacks.ts';
import type { Handover } from './activities/handover/api.ts';
import { createActivities } from './activities/index.ts';
import type { ClientOptions } from './client.ts';
import { DefinitionError } from './contracts/definition-error.ts';
import type { TurnEnd } from './contracts/events.ts';
import type { App } from './define/app.ts';
import {
  requireChannels,
  requireNotified,
  requireSpoken,
  requireStoreForGrants,
} from './define/requirements.ts';
import type { InteractionLogOptions } from './contracts/interaction-log/interaction.ts';
import { createInteractionLog } from './interaction-log/log.ts';
import { connect, requireSearchAttributes } from './worker/connection.ts';
import { workflowBundle } from './workflow-bundle/make.ts';
import { createProvider } from './providers/create-provider.ts';
import type { Provider } from './providers/provider.ts';
import { endpointProblem, type EventOptions } from './notices/events/endpoints.ts';
import { channelNames, type NoticeOptions } from './notices/notices.ts';
import { createTelling } from './notices/telling.ts';
import { createRecorder } from './record/recorder.ts';
import type { Store } from './store/store.ts';
import type { ProviderOptions } from './providers/provider-options.ts';

/** What a worker is made of: the application, its provider, and Temporal. */
export interface WorkerOptions {
  app: App;
  /** The provider's protocol, key and base URL (without `baseURL` it is OpenAI itself), or one made elsewhere. */
  provider: ProviderOptions | Provider;
  temporal: Pick<ClientOptions, 'connection' | 'namespace' | 'taskQueue'>;
  /**
   * Switches worker versioning on: which build of which deployment this worker is. Turns and conversations under way move to
   * the deployment's current version as soon as it is set, so a pending approval needs no worker of an older build.
   */
  deployment?: { name: string; buildId: string } | undefined;
  /**
   * How many turns and conversations the worker keeps in memory. One that is there costs about 70 KB for as long as it waits;
   * one that is not is replayed from its history when something happens to it, which takes some 10 ms. So the cache is for
   * those that are at work: a turn and its conversation are two, and what waits for a person may leave. Raise it when more than
   * a hundred turns are at work at once; with 50, and 40 turns at once, each turn took half as much processor time again.
   *
   * @default 200
   */
  maxCachedWorkflows?: number | undefined;
  /** Where the answers to requests may be sent, and the secret that signs them; without it none are. */
  callbacks?: Callbacks | undefined;
  /** Where and how policies with `askAlso: 'handover'` ask; without it none may be declared. */
  handover?: Handover | undefined;
  /**
   * OpenAI's events reach the gateway (`POST /v1/webhooks/openai`), so a response need not be asked for as often. Other protocols send
   * none.
   *
   * @default false
   */
  isHinted?: boolean | undefined;
  /**
   * The public keys of gateways (`readKeys` of @countersign/receipts). With them a decision counts only if one of these keys has signed
   * it, and that is looked at once more right before an effect. Give them to every worker of a task queue.
   */
  trustedKeys?: Keys | undefined;
  /** Signs what people answer at the Handover; needed there once workers have `trustedKeys`. */
  signingKey?: SigningKey | undefined;
  /** Where interactions with the model are logged, in place of what the application says; without both none are. */
  interactionLog?: InteractionLogOptions | undefined;
  /** Keeps the record of what happens to approvals (`openStore`); without it nothing is recorded, and the log says so once. */
  store?: Store | undefined;
  /** How people are told of approvals; needs a `store`. Without it nobody is told: they look into the inbox. */
  notices?: NoticeOptions | undefined;
  /** Which programs hear of events, as signed webhooks; needs a `store`. Without it none do. */
  events?: EventOptions | undefined;
  /** Temporal's own interceptors of activities and of the client they use, such as OpenTelemetry's. */
  interceptors?: Pick<WorkerInterceptors, 'activity' | 'client'> | undefined;
  /** A bundle made before, to save the seconds of making it at every start. Default: the package's own. */
  workflowBundle?: TemporalWorkerOptions['workflowBundle'];
}

/** A worker that is connected and not yet running. */
export interface CountersignWorker {
  /** Works until `shutdown`; then finishes what it holds within its grace time. */
  run(): Promise<void>;
  shutdown(): void;
}

/**
 * Connects to Temporal and prepares a worker for the application's conversations and turns. It keeps no state: any number
 * of them may run, and killing one loses nothing.
 *
 * @example
 * ```ts
 * import { createWorker } from 'countersign/worker';
 * import app from './countersign.config.ts';
 *
 * const worker = await createWorker({
 *   app,
 *   provider: { protocol: 'responses', apiKey: process.env.OPENAI_API_KEY ?? '' },
 *   temporal: { connection: { address: '127.0.0.1:7233' }, namespace: 'default', taskQueue: 'countersign' },
 * });
 * process.once('SIGTERM', () => worker.shutdown());
 * await worker.run(); // until it is shut down, and what it holds is finished
 * ```
 *
 * @throws TemporalUnavailableError when Temporal does not answer, the namespace does not exist, or it lacks our search
 *   attributes.
 * @throws DefinitionError when a policy asks or tells people by a channel that is not configured, or has `mayGrant` without a store.
 */
export async function createWorker({
  app,
  provider,
  temporal,
  deployment,
  maxCachedWorkflows = 200,
  callbacks,
  handover,
  isHinted,
  trustedKeys,
  signingKey,
  interactionLog = app.interactionLog,
  store,
  notices,
  events,
  interceptors,
  workflowBundle: madeBefore,
}: WorkerOptions): Promise<CountersignWorker> {
  if (notices !== undefined && store === undefined)
    throw new DefinitionError('createWorker({ notices }) needs a store: who was told of what is kept there.');
  requireStoreForEvents(events, store);
  requireChannels(app, handover === undefined ? [] : ['handover']);
  requireNotified(app, channelNames(notices));
  requireStoreForGrants(app, store !== undefined);
  const speaks = toProvider(provider);
  requireSpoken(app, speaks.protocol);
  const { namespace, taskQueue } = temporal;
  const connection = await connect(temporal);
  try {
    await requireSearchAttributes(connection, namespace);
    if (store === undefined) Runtime.instance().logger.info('record.off', { remedy: NO_STORE });
    const log = createInteractionLog({
      app,
      protocol: speaks.protocol,
      options: interactionLog,
      messagesOf: speaks.readMessages?.bind(speaks),
      report: (losses) => {
        Runtime.instance().logger.warn('interaction_log.lost', { ...losses });
      },
    });
    const telling =
      store && (notices ?? events) && createTelling({ store, notices, events, taskQueue, log: logged });
    const activities = createActivities({
      ...{ app, provider: speaks, callbacks, handover, isHinted, signingKey },
      witnesses: { attestations: trustedKeys && createAttestations(trustedKeys) },
      recorder: store && createRecorder(store, telling?.audience),
      ...{ notices, events, store, audience: telling?.audience },
      observe: log.observe,
    });
    const worker = await Worker.create({
      connection,
      namespace,
      taskQueue,
      activities,
      sinks: {
        turns: { ends: { fn: (_info: unknown, end: TurnEnd) => telling?.turnEnds(end) } },
      },
      workflowBundle: madeBefore ?? (await workflowBundle()),
      ...(deployment && {
        workerDeploymentOptions: {
          useWorkerVersioning: true,
          version: { deploymentName: deployment.name, buildId: deployment.buildId },
          defaultVersioningBehavior: 'AUTO_UPGRADE' as const,
        },
      }),
      maxCachedWorkflows,
      ...(interceptors && { interceptors }),
      // Activities that wait on the provider or on a tool take a slot each and hardly any CPU.
      maxConcurrentActivityTaskExecutions: 500,
      maxHeartbeatThrottleInterval: '2s',
      defaultHeartbeatThrottleInterval: '2s',
      // The default of 0 kills activities that a few seconds more would have finished.
      shutdownGraceTime: '5s',
      // How long a task waits for a worker that died with the workflow in its cache: with 3 s decisions came through 3.7 s after
      // the next worker's start, with 2 s after 2.4 s (`npm run bench -- recovery`). A live worker takes one in milliseconds.
      stickyQueueScheduleToStartTimeout: '2s',
    });
    return {
      run: async () => {
        telling?.start(
          new Client({
            connection,
            namespace,
            ...(interceptors?.client && { interceptors: interceptors.client }),
          }),
        );
        try {
          await worker.run();
        } finally {
          await telling?.stop();
          await log.close();
          await connection.close();
        }
      },
      shutdown: () => {
        if (worker.getState() === 'RUNNING') worker.shutdown();
      },
    };
  } catch (error) {
    await connection.close();
    throw error;
  }
}

function logged(level: 'info' | 'warn' | 'error', event: string, fields: Record<string, unknown>): void {
  Runtime.instance().logger[level](event, fields);
}

/** @throws DefinitionError for an endpoint that may not be called, too. */
function requireStoreForEvents(events: EventOptions | undefined, store: Store | undefined): void {
  if (events === undefined) return;
  if (store === undefined)
    throw new DefinitionError('createWorker({ events }) needs a store: what is to be heard is kept there.');
  const problem = endpointProblem(events);
  if (problem !== null) throw new DefinitionError(problem);
}

const NO_STORE = 'Nothing is recorded: give the worker a store to prove afterwards who approved what.';

function toProvider(provider: ProviderOptions | Provider): Provider {
  return 'apiKey' in provider ? createProvider(provider) : provider;
}
