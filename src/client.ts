import {
  Client,
  Connection,
  WorkflowNotFoundError,
  type ClientInterceptors,
  type ConnectionOptions,
} from '@temporalio/client';

import { createHandoverClient } from './client/handover.ts';
import { requireFits } from './client/input-error.ts';
import { createConversationReader } from './client/read-conversation.ts';
import { reuseOfLeft } from './client/left-decisions.ts';
import { createRunHints } from './client/run-hints.ts';
import { createPendingReader } from './client/pending-approvals.ts';
import { createTurnReader, ignoreNotFound } from './client/read-turn.ts';
import { isUnanswered, receiptOfUnchanged } from './client/decide-now.ts';
import { receiptOfSettled, reusedReceipt } from './client/receipts.ts';
import { createRequestClient } from './client/requests.ts';
import { DEFAULT_ADDRESS, noNamespace, noServerAt } from './client/temporal-unavailable.ts';
import { createTurnStarter } from './client/start-turn.ts';
import { createTurnWaiter, type WaitOptions } from './client/wait-turn.ts';
import {
  ApproverSchema,
  DecisionBodySchema,
  type Accepted,
  type AnyApproval,
  type AnyShownApproval,
  type Approval,
  type Decision,
  type Receipt,
} from './contracts/approval.ts';
import {
  conversationWorkflowId,
  isRequestId,
  isTenant,
  turnOfApproval,
  turnWorkflowId,
  workflowOfApproval,
} from './contracts/ids.ts';
import type { TurnView } from './contracts/turn.ts';
import { cancelQueued, decide, decideNow } from './workflows/messages.ts';

export interface ClientOptions {
  /** Where and how to reach Temporal; see `ConnectionOptions` of @temporalio/client. */
  connection: ConnectionOptions;
  namespace: string;
  taskQueue: string;
  /**
   * How long an update may wait for a worker before the durable signal is left instead.
   *
   * @default 3000
   */
  updateLimitMs?: number;
  /**
   * How long a call may take, all its requests to Temporal together; with Temporal gone the SDK tries again for that long, and a pause
   * before its last attempt more. What was under way may still happen.
   *
   * @default 15000
   */
  callLimitMs?: number;
  /** Temporal's own interceptors, such as OpenTelemetry's. */
  interceptors?: ClientInterceptors;
  /**
   * Milliseconds since 1970: from when the time of a request counts.
   *
   * @default Date.now
   */
  clock?: () => number;
}

/** What of a decision may be too large. */
const SentDecisionSchema = DecisionBodySchema.safeExtend({ approver: ApproverSchema });

/**
 * Lists and histories hold whole memos and payloads. The SDK means to allow this much, but names the option without its
 * prefix, so that gRPC's 4 MB would stand: fourteen large approvals would close the inbox.
 */
const ANSWER_BYTES = 128 * 1024 * 1024;

/**
 * The one door to Temporal for services, the gateway and the command line. Every method is bound to a tenant: ids of another
 * tenant are not found.
 */
export type CountersignClient = Awaited<ReturnType<typeof createClient>>;

/**
 * Connects to Temporal.
 *
 * @throws TemporalUnavailableError when nothing answers at the address or the namespace does not exist.
 */
export async function createClient(options: ClientOptions) {
  const { namespace, taskQueue, updateLimitMs = 3_000, callLimitMs = 15_000, interceptors } = options;
  const connection = await connect(options);
  const temporal = new Client({ connection, namespace, ...(interceptors && { interceptors }) });
  const readTurn = createTurnReader(temporal);
  const waitForTurn = createTurnWaiter(temporal, bounded(readTurn));
  const { eachPending, listPending } = createPendingReader(temporal);
  const { askForDecision, getRequest, getRequestApproval } = createRequestClient(temporal, {
    taskQueue,
    clock: options.clock ?? Date.now,
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

  /**
   * Gives a decision to the workflow that holds the approval: by update, so that the receipt says what became of it, else by
   * signal, so that it is kept until a worker is back. Both carry the same decision id and count once. A decision id that its sender
   * used for another decision is `reused`, also while that one is kept for a worker.
   *
   * @returns null when the tenant has no such approval.
   * @throws TooLargeError for arguments or texts larger than contracts/limits.ts allows.
   */
  async function decideApproval(tenant: string, decision: Decision): Promise<Receipt | Accepted | null> {
    requireFits(SentDecisionSchema, decision);
    const { approvalId, decisionId } = decision;
    const workflowId = workflowOfApproval(tenant, approvalId);
    if (workflowId === null || !isTenant(tenant)) return null;
    const holder = temporal.workflow.getHandle(workflowId);
    try {
      const receipt = await temporal.withDeadline(Date.now() + updateLimitMs, () =>
        holder.executeUpdate(decideNow, { args: [decision] }),
      );
      return receipt.outcome === 'unknown' ? null : receipt;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return receiptOfClosed(tenant, decision);
      const unchanged = receiptOfUnchanged(error);
      if (unchanged !== null) return unchanged.outcome === 'unknown' ? null : unchanged;
      if (!isUnanswered(error)) throw error;
    }
    const approval = await getApproval(tenant, approvalId);
    if (approval === null) return null;
    // Many decide at once and this one did not get its turn in time: what is settled needs no further decision.
    if (approval.status !== 'pending') return receiptOfSettled(approval, decision);
    const reuse = await reuseOfLeft(temporal, workflowId, approval, decision);
    if (reuse !== null) return reusedReceipt(approval, decision, reuse);
    try {
      await holder.signal(decide, decision);
      return { outcome: 'accepted', approvalId, decisionId };
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return receiptOfClosed(tenant, decision);
      throw error;
    }
  }

  /** The workflow is over, so its approvals cannot change: the receipt follows from what they became. */
  async function receiptOfClosed(tenant: string, decision: Decision): Promise<Receipt | null> {
    const approval = await getApproval(tenant, decision.approvalId);
    return approval && receiptOfSettled(approval, decision);
  }

  return {
    getTurn,
    eachPending: (...args: Parameters<typeof eachPending>) => boundedEach(eachPending(...args)),
    ...boundedAll({
      ...createTurnStarter(temporal, { taskQueue, updateLimitMs, readTurn }),
      ...createConversationReader(temporal, readTurn),
      cancelTurn,
      ...createHandoverClient(temporal),
      ...createRunHints(temporal),
      askForDecision,
      getRequest,
      listPending,
      getApproval,
      decide: decideApproval,
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
  const connection = await Connection.connect({ connectTimeout: 5_000, ...options, channelArgs }).catch(
    (error: unknown) => {
      throw noServerAt(address, error);
    },
  );
  try {
    await connection.workflowService.describeNamespace({ namespace });
    return connection;
  } catch (error) {
    await connection.close();
    throw noNamespace(namespace, address, error);
  }
}

export type { Accepted, AnyApproval, AnyShownApproval, Approval, Decision, Receipt, TurnView };
export type { ApprovalPage, PendingFilter } from './client/pending-approvals.ts';
export { IdempotencyKeyReusedError, InputError, TooLargeError } from './client/input-error.ts';
export { PendingApprovalsError, QueueFullError, type StartTurn } from './client/start-turn.ts';
export { TemporalUnavailableError } from './client/temporal-unavailable.ts';
