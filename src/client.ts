import {
  Client,
  Connection,
  WorkflowNotFoundError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
  type ConnectionOptions,
} from '@temporalio/client';

import { createHandoverClient } from './client/handover.ts';
import { InputError, requireFits } from './client/input-error.ts';
import { createConversationReader } from './client/read-conversation.ts';
import { reuseOfLeft } from './client/left-decisions.ts';
import { createRunHints } from './client/run-hints.ts';
import { createTurnReader, ignoreNotFound, turnMemo } from './client/read-turn.ts';
import { receiptOfSettled, reusedReceipt } from './client/receipts.ts';
import { createRequestClient } from './client/requests.ts';
import { DEFAULT_ADDRESS, noNamespace, noServerAt } from './client/temporal-unavailable.ts';
import { createTurnStarter } from './client/start-turn.ts';
import { createTurnWaiter } from './client/wait-turn.ts';
import {
  ApproverSchema,
  DecisionBodySchema,
  type Accepted,
  type AnyApproval,
  type Approval,
  type Decision,
  type Receipt,
} from './contracts/approval.ts';
import {
  conversationWorkflowId,
  ID_RULES,
  isName,
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
}

/** Which pending approvals are listed; all when empty. */
export interface PendingFilter {
  /** Those of this tool, by its name. */
  tool?: string | undefined;
}

export interface ApprovalPage {
  approvals: AnyApproval[];
  /** True when more are pending than the limit let through. */
  more: boolean;
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
  const { namespace, taskQueue, updateLimitMs = 3_000 } = options;
  const connection = await connect(options);
  const temporal = new Client({ connection, namespace });
  const readTurn = createTurnReader(temporal);
  const waitForTurn = createTurnWaiter(temporal, readTurn);
  const { askForDecision, getRequest, getRequestApproval } = createRequestClient(temporal, taskQueue);

  /**
   * Reads a turn; needs no worker.
   *
   * @param waitMs - long-polls until the turn needs a person or is over, at most this long.
   * @returns null when the tenant has no such turn.
   */
  async function getTurn(tenant: string, turnId: string, waitMs = 0): Promise<TurnView | null> {
    return waitForTurn(tenant, turnId, waitMs);
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

  /**
   * Approvals that wait for a person, newest turn first. The list follows changes within about a second.
   *
   * @throws InputError for a tenant or tool with characters that are not allowed.
   */
  async function listPending(
    tenant: string,
    limit = 50,
    { tool }: PendingFilter = {},
  ): Promise<ApprovalPage> {
    if (!isTenant(tenant)) throw new InputError('tenant', `must be ${ID_RULES.tenant}`);
    if (tool !== undefined && !isName(tool)) throw new InputError('tool', `must be ${ID_RULES.name}`);
    const approvals: AnyApproval[] = [];
    const conditions = [
      `CountersignTenant = '${tenant}'`,
      `ApprovalStatus = 'pending'`,
      `ExecutionStatus = 'Running'`,
      ...(tool === undefined ? [] : [`ApprovalTools = '${tool}'`]),
    ];
    const isWanted = (approval: AnyApproval): boolean =>
      approval.status === 'pending' && (tool === undefined || approval.tool === tool);
    // One more than is shown tells whether there are more, without another page.
    const turns = temporal.workflow.list({ query: conditions.join(' AND '), pageSize: limit + 1 });
    for await (const { memo } of turns) {
      // The index may lag behind; the memo that comes with it is the truth.
      approvals.push(...(turnMemo(memo)?.approvals.filter(isWanted) ?? []));
      if (approvals.length > limit) return { approvals: approvals.slice(0, limit), more: true };
    }
    return { approvals, more: false };
  }

  /** @returns null when the tenant has no such approval. */
  async function getApproval(tenant: string, approvalId: string): Promise<AnyApproval | null> {
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
      if (!(error instanceof WorkflowUpdateRPCTimeoutOrCancelledError)) throw error;
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
    ...createTurnStarter(temporal, { taskQueue, updateLimitMs, readTurn }),
    getTurn,
    ...createConversationReader(temporal, readTurn),
    cancelTurn,
    ...createHandoverClient(temporal),
    ...createRunHints(temporal),
    askForDecision,
    getRequest,
    listPending,
    getApproval,
    decide: decideApproval,
    /** Resolves when Temporal answers; rejects with what is wrong otherwise. */
    checkHealth: async (): Promise<void> => {
      await temporal.withDeadline(Date.now() + 2_000, () =>
        temporal.workflowService.describeNamespace({ namespace }),
      );
    },
    close: () => connection.close(),
  };
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

export type { Accepted, AnyApproval, Approval, Decision, Receipt, TurnView };
export { IdempotencyKeyReusedError, InputError, TooLargeError } from './client/input-error.ts';
export { PendingApprovalsError, QueueFullError, type StartTurn } from './client/start-turn.ts';
export { TemporalUnavailableError } from './client/temporal-unavailable.ts';
