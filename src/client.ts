import type { SigningKey } from '@countersign/receipts';
import { Client, Connection, type ClientInterceptors, type ConnectionOptions } from '@temporalio/client';

import type { CountersignClient } from './client/countersign-client.ts';
import { createDecider } from './client/decide.ts';
import { createHandoverClient } from './client/handover.ts';
import { createConversationReader } from './client/read-conversation.ts';
import { createSaidReader } from './client/read-said.ts';
import { RETRIES } from './client/retries.ts';
import { createRunHints } from './client/run-hints.ts';
import { createStuckLister } from './client/stuck.ts';
import { createTurnLister } from './client/list-turns.ts';
import { createPendingReader } from './client/pending-approvals.ts';
import { createTurnReader, ignoreNotFound } from './client/read-turn.ts';
import { createRequestClient } from './client/requests.ts';
import { DEFAULT_ADDRESS, noNamespace, noServerAt } from './client/temporal-unavailable.ts';
import { createTurnStarter } from './client/start-turn.ts';
import { createTurnWaiter, type WaitOptions } from './client/wait-turn.ts';
import type { AnyApproval, AnyShownApproval, Approval } from './contracts/approval/approval.ts';
import type { Accepted, Decision, NewDecision, Receipt } from './contracts/approval/decision.ts';
import { conversationWorkflowId, isRequestId, turnOfApproval, turnWorkflowId } from './contracts/ids.ts';
import type { TurnView } from './contracts/turn.ts';
import { cancelQueued } from './workflows/messages.ts';

/** How to reach Temporal, and how long a client waits. */
export interface ClientOptions {
  /** Where and how to reach Temporal; see `ConnectionOptions` of @temporalio/client. */
  connection: ConnectionOptions;
  /** Temporal's namespace, such as `default`. */
  namespace: string;
  /** The task queue of the workers. */
  taskQueue: string;
  /**
   * Milliseconds that an update waits for a worker. After that the client leaves the durable signal.
   *
   * @default 3000
   */
  updateLimitMs?: number;
  /**
   * Milliseconds that a call may take, with all its requests to Temporal. If Temporal is down, the SDK retries that long, plus the
   * pause before its last attempt. A request that failed may still take effect.
   *
   * @default 15000
   */
  callLimitMs?: number;
  /**
   * Signs decisions (`readSigningKey` of @countersign/receipts), for workers that have its public key in `trustedKeys`. Whoever has it can
   * decide as anybody.
   */
  signingKey?: SigningKey;
  /** Temporal's own interceptors, such as OpenTelemetry's. */
  interceptors?: ClientInterceptors;
  /**
   * The clock for the deadlines of requests, in milliseconds since 1970.
   *
   * @default Date.now
   */
  clock?: () => number;
}

/**
 * Lists and histories hold whole memos and payloads. The SDK means to allow this much, but names the option without its
 * prefix, so that gRPC's 4 MB would stand: fourteen large approvals would close the inbox.
 */
const ANSWER_BYTES = 128 * 1024 * 1024;

/**
 * Connects to Temporal. One client serves a whole process; `close` ends its connection.
 *
 * @example
 * ```ts
 * const client = await createClient({
 *   connection: { address: '127.0.0.1:7233' },
 *   namespace: 'default',
 *   taskQueue: 'countersign',
 * });
 * const { turnId } = await client.startTurn({ tenant: 'acme', conversationId: 'order-4711', message: 'Refund A-1042' });
 * const turn = await client.getTurn('acme', turnId, 30_000); // until it needs a person or is over, 30 s at most
 * await client.close();
 * ```
 *
 * @throws TemporalUnavailableError when nothing answers at the address or the namespace does not exist.
 */
export async function createClient(options: ClientOptions): Promise<CountersignClient> {
  const {
    namespace,
    taskQueue,
    updateLimitMs = 3_000,
    callLimitMs = 15_000,
    interceptors,
    signingKey,
  } = options;
  const connection = await connect(options);
  const temporal = new Client({ connection, namespace, ...(interceptors && { interceptors }) });
  const readTurn = createTurnReader(temporal);
  const { startTurn, isNew } = createTurnStarter(temporal, { taskQueue, updateLimitMs, readTurn });
  const waitForTurn = createTurnWaiter(temporal, bounded(readTurn), isNew);
  const { eachPending, eachApproval, listPending } = createPendingReader(temporal);
  const { askForDecision, getRequest, getRequestApproval } = createRequestClient(temporal, {
    taskQueue,
    clock: options.clock ?? Date.now,
    isAttested: signingKey !== undefined,
  });

  /**
   * Reads a turn; needs no worker.
   *
   * @param waitMs - long-polls until the turn needs a person or is over, at most this long.
   * @param options.signal - ends the wait early: the turn is answered as it is then.
   * @returns null when the tenant has no such turn.
   */
  async function getTurn(
    tenant: string,
    turnId: string,
    waitMs = 0,
    options?: WaitOptions,
  ): Promise<TurnView | null> {
    return waitForTurn(tenant, turnId, waitMs, options);
  }

  /** Cancels a turn that is queued, running or awaiting a decision; its run at the provider is cancelled too. */
  async function cancelTurn(tenant: string, turnId: string): Promise<TurnView | null> {
    const view = await readTurn(tenant, turnId);
    if (view?.status === 'queued') {
      const conversation = conversationWorkflowId(tenant, view.conversationId);
      await temporal.workflow.getHandle(conversation).signal(cancelQueued, { turnId });
    } else if (view && ['running', 'awaiting_decision', 'parked'].includes(view.status)) {
      await temporal.workflow.getHandle(turnWorkflowId(tenant, turnId)).cancel().catch(ignoreNotFound); // it ended in the meantime
    }
    return view && readTurn(tenant, turnId);
  }

  /** @returns null when the tenant has no such approval. */
  async function getApproval(tenant: string, approvalId: string): Promise<AnyShownApproval | null> {
    if (isRequestId(approvalId)) return getRequestApproval(tenant, approvalId);
    const turnId = turnOfApproval(approvalId);
    const turn = turnId === null ? null : await readTurn(tenant, turnId);
    return turn?.approvals.find((approval) => approval.approvalId === approvalId) ?? null;
  }

  return {
    getTurn,
    eachPending: (...args: Parameters<typeof eachPending>) => boundedEach(eachPending(...args)),
    eachApproval: (tenant: string) => boundedEach(eachApproval(tenant)),
    ...boundedAll({
      startTurn,
      ...createConversationReader(temporal, readTurn),
      ...createSaidReader(temporal, readTurn),
      listTurns: createTurnLister(temporal, readTurn),
      cancelTurn,
      ...createHandoverClient(temporal),
      ...createRunHints(temporal),
      askForDecision,
      getRequest,
      listPending,
      getApproval,
      listStuck: createStuckLister(temporal, options.clock ?? Date.now),
      decide: createDecider(temporal, { updateLimitMs, getApproval, ...(signingKey && { signingKey }) }),
    }),
    /** Resolves when Temporal answers; rejects with what is wrong otherwise. */
    checkHealth: async (): Promise<void> => {
      await temporal.withDeadline(Date.now() + 2_000, () =>
        temporal.workflowService.describeNamespace({ namespace }),
      );
    },
    close: () => connection.close(),
  };

  /** The same call, with a deadline for whatever it asks of Temporal. */
  function bounded<Args extends unknown[], T>(
    call: (...args: Args) => Promise<T>,
  ): (...args: Args) => Promise<T> {
    return (...args) => temporal.withDeadline(Date.now() + callLimitMs, () => call(...args));
  }

  function boundedAll<Calls extends Record<string, (...args: never[]) => Promise<unknown>>>(
    calls: Calls,
  ): Calls {
    return Object.fromEntries(Object.entries(calls).map(([name, call]) => [name, bounded(call)])) as Calls;
  }

  /** The same items, with a deadline for each: whoever reads them may take their time. */
  async function* boundedEach<T>(items: AsyncGenerator<T>): AsyncGenerator<T> {
    const nextItem = bounded(() => items.next());
    for (let next = await nextItem(); next.done !== true; next = await nextItem()) yield next.value;
  }
}

async function connect({ connection: options, namespace }: ClientOptions): Promise<Connection> {
  const address = options.address ?? DEFAULT_ADDRESS;
  const channelArgs = { 'grpc.max_receive_message_length': ANSWER_BYTES, ...options.channelArgs };
  const connecting = { connectTimeout: 5_000, interceptors: RETRIES, ...options, channelArgs };
  const connection = await Connection.connect(connecting).catch((error: unknown) => {
    throw noServerAt(address, error);
  });
  try {
    await connection.workflowService.describeNamespace({ namespace });
    return connection;
  } catch (error) {
    await connection.close();
    throw noNamespace(namespace, address, error);
  }
}

export type { Accepted, AnyApproval, AnyShownApproval, Approval, Decision, NewDecision, Receipt, TurnView };
export type { CountersignClient } from './client/countersign-client.ts';
export type { ApprovalPage, PendingFilter } from './client/pending-approvals.ts';
export type { Stuck, StuckWhy } from './client/stuck.ts';
export type { TurnFilter, TurnPage, TurnSummary } from './client/list-turns.ts';
export { IdempotencyKeyReusedError, InputError, TooLargeError } from './client/input-error.ts';
export { PendingApprovalsError, QueueFullError, type StartTurn } from './client/start-turn.ts';
export { TemporalUnavailableError } from './client/temporal-unavailable.ts';
