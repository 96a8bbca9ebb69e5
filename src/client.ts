import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import {
  Client,
  Connection,
  WithStartWorkflowOperation,
  WorkflowFailedError,
  WorkflowNotFoundError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
  type ConnectionOptions,
  type WorkflowExecutionDescription,
} from '@temporalio/client';
import { ActivityFailure, ApplicationFailure } from '@temporalio/common';

import type { Accepted, Approval, Decision, Receipt } from './contracts/approval.ts';
import {
  conversationOfTurn,
  conversationWorkflowId,
  ID_RULES,
  isConversationId,
  isTenant,
  turnOfApproval,
  turnWorkflowId,
} from './contracts/ids.ts';
import type { ConversationMemo, Say, TurnContext, TurnMemo, TurnResult, TurnView } from './contracts/turn.ts';
import {
  cancelQueued,
  CONVERSATION_WORKFLOW,
  decide,
  decideNow,
  MEMO,
  say,
  sayNow,
  WORKFLOW_TASK_TIMEOUT,
} from './workflows/messages.ts';

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
  metadata?: Record<string, string>;
  /** The same key in the same conversation names the same turn, so a repeated request starts nothing. */
  idempotencyKey?: string;
}

export interface ApprovalPage {
  approvals: Approval[];
  /** True when more are pending than the limit let through. */
  more: boolean;
}

/** A value the caller may not pass; `field` names it, `message` says what is allowed. */
export class InputError extends Error {
  override readonly name = 'InputError';
  readonly field: string;

  constructor(field: string, message: string) {
    super(message);
    this.field = field;
  }
}

/** Temporal cannot be used as configured; the message says what was tried and what to do. */
export class TemporalUnavailableError extends Error {
  override readonly name = 'TemporalUnavailableError';
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

  /**
   * Starts a turn, or finds the one the idempotency key names. Durable: with no worker up the message is kept and the
   * turn is `queued`.
   *
   * @throws InputError for a tenant or conversation id with characters that are not allowed.
   */
  async function startTurn(
    request: StartTurn,
  ): Promise<Pick<TurnView, 'turnId' | 'conversationId' | 'status'>> {
    const { tenant, conversationId } = request;
    if (!isTenant(tenant)) throw new InputError('tenant', `must be ${ID_RULES.tenant}`);
    if (!isConversationId(conversationId)) {
      throw new InputError('conversationId', `must be ${ID_RULES.conversationId}`);
    }
    const turnId = mintTurnId(request);
    const message: Say = {
      turnId,
      message: request.message,
      context: { ...request.context, tenant },
      ...(request.assistant === undefined ? {} : { assistant: request.assistant }),
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
      const { status } = await temporal.withDeadline(Date.now() + updateLimitMs, () =>
        temporal.workflow.executeUpdateWithStart(sayNow, {
          args: [message],
          startWorkflowOperation: new WithStartWorkflowOperation(CONVERSATION_WORKFLOW, {
            ...start,
            workflowIdConflictPolicy: 'USE_EXISTING',
          }),
        }),
      );
      return { turnId, conversationId, status };
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
    const until = Date.now() + waitMs;
    for (let pauseMs = 100; ; pauseMs = Math.min(pauseMs * 1.5, 1_000)) {
      const view = await readTurn(tenant, turnId);
      if (view === null || (view.status !== 'queued' && view.status !== 'running')) return view;
      const leftMs = until - Date.now();
      if (leftMs <= 0) return view;
      await sleep(Math.min(pauseMs, leftMs));
    }
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

  /** Approvals that wait for a person, newest turn first. The list follows changes within about a second. */
  async function listPending(tenant: string, limit = 50): Promise<ApprovalPage> {
    if (!isTenant(tenant)) throw new InputError('tenant', `must be ${ID_RULES.tenant}`);
    const approvals: Approval[] = [];
    const query = `CountersignTenant = '${tenant}' AND ApprovalStatus = 'pending' AND ExecutionStatus = 'Running'`;
    for await (const turn of temporal.workflow.list({ query, pageSize: limit })) {
      // The index may lag behind; the memo that comes with it is the truth.
      approvals.push(...(turnMemo(turn.memo)?.approvals.filter(({ status }) => status === 'pending') ?? []));
      if (approvals.length > limit) return { approvals: approvals.slice(0, limit), more: true };
    }
    return { approvals, more: false };
  }

  /** @returns null when the tenant has no such approval. */
  async function getApproval(tenant: string, approvalId: string): Promise<Approval | null> {
    const turnId = turnOfApproval(approvalId);
    const turn = turnId === null ? null : await readTurn(tenant, turnId);
    return turn?.approvals.find((approval) => approval.approvalId === approvalId) ?? null;
  }

  /**
   * Gives a decision to the turn that holds the approval: by update, so that the receipt says what became of it, else by
   * signal, so that it is kept until a worker is back. Both carry the same decision id and count once.
   *
   * @returns null when the tenant has no such approval.
   */
  async function decideApproval(tenant: string, decision: Decision): Promise<Receipt | Accepted | null> {
    const { approvalId, decisionId } = decision;
    const turnId = turnOfApproval(approvalId);
    if (turnId === null || !isTenant(tenant)) return null;
    const turn = temporal.workflow.getHandle(turnWorkflowId(tenant, turnId));
    try {
      const receipt = await temporal.withDeadline(Date.now() + updateLimitMs, () =>
        turn.executeUpdate(decideNow, { args: [decision] }),
      );
      return receipt.outcome === 'unknown' ? null : receipt;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return receiptOfClosed(tenant, decision);
      if (!(error instanceof WorkflowUpdateRPCTimeoutOrCancelledError)) throw error;
    }
    const approval = await getApproval(tenant, approvalId);
    if (approval === null) return null;
    try {
      await turn.signal(decide, decision);
      return { outcome: 'accepted', approvalId, decisionId };
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return receiptOfClosed(tenant, decision);
      throw error;
    }
  }

  /** The turn is over, so its approvals cannot change: the receipt follows from what they became. */
  async function receiptOfClosed(tenant: string, decision: Decision): Promise<Receipt | null> {
    const { approvalId, decisionId } = decision;
    const approval = await getApproval(tenant, approvalId);
    if (approval === null) return null;
    const { status, argumentsDigest, decision: winner } = approval;
    const common = { approvalId, decisionId, status, argumentsDigest };
    if (winner === undefined) return { ...common, outcome: status === 'expired' ? 'expired' : 'cancelled' };
    if (winner.decisionId !== decisionId) return { ...common, outcome: 'conflict', winner };
    return { ...common, outcome: 'duplicate', decidedAt: winner.decidedAt };
  }

  async function readTurn(tenant: string, turnId: string): Promise<TurnView | null> {
    const conversationId = conversationOfTurn(turnId);
    if (conversationId === null || !isTenant(tenant)) return null;
    const handle = temporal.workflow.getHandle(turnWorkflowId(tenant, turnId));
    let turn = await handle.describe().catch(ignoreNotFound);
    if (turn === undefined) {
      const queued = await readQueued(tenant, conversationId, turnId);
      if (queued !== null) return queued;
      // It may have left the queue between the two looks.
      turn = await handle.describe().catch(ignoreNotFound);
      if (turn === undefined) return null;
    }
    const memo = turnMemo(turn.memo) ?? { status: 'running', approvals: [] };
    const { approvals, run, reply, continuations } = memo;
    const view = {
      turnId,
      conversationId,
      approvals,
      ...(run && { run }),
      ...(reply !== undefined && { reply }),
      ...(continuations && { continuations }),
    };
    switch (turn.status.name) {
      case 'COMPLETED': {
        const result = (await handle.result()) as TurnResult;
        const { threadId: _thread, ...shown } = result;
        return { ...view, ...shown };
      }
      case 'FAILED':
        return { ...view, ...(await readFailure(handle.result())) };
      case 'CANCELLED':
        return { ...view, status: 'cancelled' };
      case 'TERMINATED':
      case 'TIMED_OUT': {
        const how = turn.status.name === 'TERMINATED' ? 'terminated' : 'timed out';
        const message = `The turn was ${how} in Temporal by an operator or a limit; start a new turn.`;
        return { ...view, status: 'failed', failure: { type: 'Turn.Terminated', message } };
      }
      default:
        return { ...view, status: memo.status };
    }
  }

  /** A turn without a workflow of its own yet: it stands in the conversation's queue, or its message is not read yet. */
  async function readQueued(
    tenant: string,
    conversationId: string,
    turnId: string,
  ): Promise<TurnView | null> {
    const handle = temporal.workflow.getHandle(conversationWorkflowId(tenant, conversationId));
    const conversation: WorkflowExecutionDescription | undefined = await handle
      .describe()
      .catch(ignoreNotFound);
    if (conversation === undefined) return null;
    const queue = (conversation.memo?.[MEMO] as ConversationMemo | undefined)?.queue ?? [];
    const waiting = queue.find((entry) => entry.turnId === turnId);
    if (waiting)
      return { turnId, conversationId, approvals: [], status: waiting.cancelled ? 'cancelled' : 'queued' };
    // Left as a signal while no worker was up: only the history knows it. Rare, so the read may cost a little.
    const { events } = await handle.fetchHistory();
    const said = events?.some((event) => {
      const payload = event.workflowExecutionSignaledEventAttributes?.input?.payloads?.[0]?.data;
      return payload !== undefined && payload !== null && Buffer.from(payload).includes(`"${turnId}"`);
    });
    return said ? { turnId, conversationId, approvals: [], status: 'queued' } : null;
  }

  return {
    startTurn,
    getTurn,
    cancelTurn,
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
  const address = options.address ?? '127.0.0.1:7233';
  const connection = await Connection.connect({ connectTimeout: 5_000, ...options }).catch(
    (error: unknown) => {
      throw new TemporalUnavailableError(
        `No Temporal server answers at ${address} (TEMPORAL_ADDRESS). Start one with "npm run dev" or set TEMPORAL_ADDRESS to a running one.`,
        { cause: error },
      );
    },
  );
  try {
    await connection.workflowService.describeNamespace({ namespace });
  } catch (error) {
    await connection.close();
    throw new TemporalUnavailableError(
      `Temporal at ${address} does not let us use the namespace "${namespace}" (TEMPORAL_NAMESPACE). Create it with "temporal operator namespace create --namespace ${namespace}", or name one that exists.`,
      { cause: error },
    );
  }
  return connection;
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

function turnMemo(memo: Record<string, unknown> | undefined): TurnMemo | undefined {
  return memo?.[MEMO] as TurnMemo | undefined;
}

async function readFailure(result: Promise<unknown>): Promise<Pick<TurnView, 'status' | 'failure'>> {
  try {
    await result;
    throw new Error('A failed workflow has no result.');
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const cause = error.cause instanceof ActivityFailure ? error.cause.cause : error.cause;
    const type = (cause instanceof ApplicationFailure ? cause.type : undefined) ?? 'Turn.Failed';
    const status =
      type === 'Run.Expired' || type === 'Approval.Expired'
        ? 'expired'
        : type === 'Run.Cancelled'
          ? 'cancelled'
          : 'failed';
    return { status, failure: { type, message: cause?.message ?? error.message } };
  }
}

function ignoreNotFound(error: unknown): undefined {
  if (error instanceof WorkflowNotFoundError) return undefined;
  throw error;
}

export type { Accepted, Approval, Decision, Receipt, TurnView };
