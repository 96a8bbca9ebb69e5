import { createHash, randomBytes } from 'node:crypto';

import {
  Client,
  Connection,
  WithStartWorkflowOperation,
  WorkflowNotFoundError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
  type ConnectionOptions,
} from '@temporalio/client';

import { createHandoverClient } from './client/handover.ts';
import { InputError, requireFits } from './client/input-error.ts';
import { createConversationReader } from './client/read-conversation.ts';
import { createTurnReader, ignoreNotFound, turnMemo } from './client/read-turn.ts';
import { createRequestClient } from './client/requests.ts';
import { DEFAULT_ADDRESS, noNamespace, noServerAt } from './client/temporal-unavailable.ts';
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
  isConversationId,
  isName,
  isRequestId,
  isTenant,
  turnOfApproval,
  turnWorkflowId,
  workflowOfApproval,
} from './contracts/ids.ts';
import type { Attachment } from './contracts/files.ts';
import { TurnBodySchema, type Say, type TurnContext, type TurnView } from './contracts/turn.ts';
import { CONVERSATION_WORKFLOW, WORKFLOW_TASK_TIMEOUT } from './contracts/workflow-names.ts';
import { cancelQueued, decide, decideNow, say, sayNow } from './workflows/messages.ts';

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

export interface StartTurn {
  tenant: string;
  conversationId: string;
  message: string;
  /** An assistant of the application by name; the application's first one when absent. */
  assistant?: string;
  /** Trusted facts about whom the turn acts for; `tenant` is always the credential's. */
  context?: Omit<TurnContext, 'tenant'>;
  /** Files that go with the message, by the provider's ids; each tool named must be one of the assistant's. */
  attachments?: Attachment[];
  metadata?: Record<string, string>;
  /** The same key in the same conversation names the same turn, so a repeated request starts nothing. */
  idempotencyKey?: string;
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

/** The conversation has as many messages waiting as it can hold; nothing was kept. Send it again when some have had their turn. */
export class QueueFullError extends Error {
  override readonly name = 'QueueFullError';

  constructor(waiting: number) {
    super(`${waiting} message(s) of the conversation wait already, with as many bytes as it can hold.`);
  }
}

/** What of a decision may be too large. */
const SentDecisionSchema = DecisionBodySchema.safeExtend({ approver: ApproverSchema });

/**
 * Lists and histories hold whole memos and payloads. The SDK means to allow this much, but names the option without its
 * prefix, so that gRPC's 4 MB would stand: fourteen large approvals would close the inbox.
 */
const ANSWER_BYTES = 128 * 1024 * 1024;

/** The assistant takes no message while approvals of the conversation are pending; these are. */
export class PendingApprovalsError extends Error {
  override readonly name = 'PendingApprovalsError';
  readonly turnId: string;
  readonly approvalIds: string[];

  constructor(turnId: string, approvalIds: string[]) {
    super(
      `Turn ${turnId} waits for ${approvalIds.length} decision(s); decide first: ${approvalIds.join(', ')}.`,
    );
    this.turnId = turnId;
    this.approvalIds = approvalIds;
  }
}

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
   * Starts a turn, or finds the one the idempotency key names. Durable: with no worker up the message is kept and the
   * turn is `queued`.
   *
   * @throws InputError for a tenant or conversation id with characters that are not allowed.
   * @throws TooLargeError for a message, context, metadata or number of attachments larger than contracts/limits.ts allows.
   * @throws QueueFullError when the messages that wait in the conversation take too many bytes.
   * @throws PendingApprovalsError when the assistant's `whilePending` is `reject` and approvals are pending.
   */
  async function startTurn(
    request: StartTurn,
  ): Promise<Pick<TurnView, 'turnId' | 'conversationId' | 'status'>> {
    const { tenant, conversationId } = request;
    if (!isTenant(tenant)) throw new InputError('tenant', `must be ${ID_RULES.tenant}`);
    if (!isConversationId(conversationId)) {
      throw new InputError('conversationId', `must be ${ID_RULES.conversationId}`);
    }
    const { message: text, assistant, context, attachments, metadata } = request;
    requireFits(TurnBodySchema, { message: text, assistant, context, attachments, metadata });
    const turnId = mintTurnId(request);
    const message: Say = {
      turnId,
      message: request.message,
      context: { ...request.context, tenant },
      ...(request.assistant === undefined ? {} : { assistant: request.assistant }),
      ...(attachments !== undefined && attachments.length > 0 && { attachments }),
      ...(request.metadata === undefined ? {} : { metadata: request.metadata }),
    };
    const workflowId = conversationWorkflowId(tenant, conversationId);
    const start = {
      workflowId,
      taskQueue,
      args: [{ tenant, conversationId }],
      workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT,
    } as const;
    try {
      const said = await temporal.withDeadline(Date.now() + updateLimitMs, () =>
        temporal.workflow.executeUpdateWithStart(sayNow, {
          args: [message],
          startWorkflowOperation: new WithStartWorkflowOperation(CONVERSATION_WORKFLOW, {
            ...start,
            workflowIdConflictPolicy: 'USE_EXISTING',
          }),
        }),
      );
      if (said.status === 'full') throw new QueueFullError(said.waiting);
      if (said.status === 'rejected') throw new PendingApprovalsError(said.turnId, said.approvalIds);
      return { turnId, conversationId, status: said.status };
    } catch (error) {
      if (!(error instanceof WorkflowUpdateRPCTimeoutOrCancelledError)) throw error;
      await temporal.workflow.signalWithStart(CONVERSATION_WORKFLOW, {
        ...start,
        signal: say,
        signalArgs: [message],
      });
      return { turnId, conversationId, status: 'queued' };
    }
  }

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
   * signal, so that it is kept until a worker is back. Both carry the same decision id and count once.
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

  function receiptOfSettled(approval: AnyApproval, { approvalId, decisionId }: Decision): Receipt {
    const { status, argumentsDigest, decision: winner } = approval;
    const common = { approvalId, decisionId, status, argumentsDigest };
    if (winner === undefined) return { ...common, outcome: status === 'expired' ? 'expired' : 'cancelled' };
    if (winner.decisionId !== decisionId) return { ...common, outcome: 'conflict', winner };
    return { ...common, outcome: 'duplicate', decidedAt: winner.decidedAt };
  }

  return {
    startTurn,
    getTurn,
    ...createConversationReader(temporal, readTurn),
    cancelTurn,
    ...createHandoverClient(temporal),
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

/** With a key the id is the key's digest, so the same key finds the same turn; without one it is random. */
function mintTurnId({ tenant, conversationId, idempotencyKey }: StartTurn): string {
  const bytes =
    idempotencyKey === undefined
      ? randomBytes(16)
      : createHash('sha256')
          .update(JSON.stringify([tenant, conversationId, idempotencyKey]))
          .digest();
  return `${conversationId}.${bytes.toString('hex').slice(0, 20)}`;
}

export type { Accepted, AnyApproval, Approval, Decision, Receipt, TurnView };
export { IdempotencyKeyReusedError, InputError, TooLargeError } from './client/input-error.ts';
export { TemporalUnavailableError } from './client/temporal-unavailable.ts';
