import { createHash, randomBytes } from 'node:crypto';

import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
  type Client,
  type WorkflowStartOptions,
} from '@temporalio/client';
import { ApplicationFailure, type SearchAttributePair } from '@temporalio/common';

import { argumentsDigest } from '../contracts/digest.ts';
import type { Attachment } from '../contracts/files.ts';
import { conversationWorkflowId, ID_RULES, isConversationId, isTenant } from '../contracts/ids.ts';
import {
  TurnBodySchema,
  type ConversationMemo,
  type Say,
  type TurnContext,
  type TurnView,
} from '../contracts/turn.ts';
import {
  CONVERSATION_WORKFLOW,
  MEMO,
  TURN_WORKFLOW,
  WORKFLOW_TASK_TIMEOUT,
} from '../contracts/workflow-names.ts';
import { searchKey, toUserKey } from '../contracts/search/key.ts';
import { REFUSED, say, sayNow, type Said } from '../workflows/messages.ts';
import { IdempotencyKeyReusedError, InputError, requireFits } from './input-error.ts';
import { isOtherLeft } from './left-messages.ts';
import type { ReadTurn } from './read-turn.ts';
import { createRecent } from './recent.ts';

/** So many conversations a client remembers to have spoken in: a guess about what exists, which costs a request when it is wrong. */
const REMEMBERED = 10_000;

/** What a turn starts with. */
export interface StartTurn {
  tenant: string;
  conversationId: string;
  message: string;
  /** The name of an assistant; by default the application's first one. */
  assistant?: string;
  /** Trusted data about the user; `tenant` is always the credential's. */
  context?: Omit<TurnContext, 'tenant'>;
  /** Attached files, by the provider's ids. Each named tool must be one of the assistant's. */
  attachments?: Attachment[];
  metadata?: Record<string, string>;
  /** The API key that sends it, by its name: under `notRequester` it may not decide. */
  startedBy?: string;
  /** The same key in the same conversation names the same turn, so a repeated request starts nothing. */
  idempotencyKey?: string;
}

/** The conversation's queue is full, and the message was not stored. Send it again when the queue is shorter. */
export class QueueFullError extends Error {
  override readonly name = 'QueueFullError';

  constructor(waiting: number) {
    super(`${waiting} message(s) of the conversation already wait, and its queue is full.`);
  }
}

/** The assistant accepts no message while these approvals of the conversation are pending. */
export class PendingApprovalsError extends Error {
  override readonly name = 'PendingApprovalsError';
  readonly turnId: string;
  readonly approvalIds: string[];

  constructor(turnId: string, approvalIds: string[]) {
    super(
      `Turn ${turnId} waits for ${approvalIds.length} decision(s); decide these first: ${approvalIds.join(', ')}.`,
    );
    this.turnId = turnId;
    this.approvalIds = approvalIds;
  }
}

export function createTurnStarter(
  temporal: Client,
  { taskQueue, updateLimitMs, readTurn }: { taskQueue: string; updateLimitMs: number; readTurn: ReadTurn },
) {
  /** Conversations that most likely exist. */
  const spokenIn = createRecent(REMEMBERED);
  const started = createRecent(REMEMBERED);
  return {
    startTurn,
    /** Whether it was started here, and nobody has asked that before. */
    isNew: (turnId: string) => started.take(turnId),
  };

  /**
   * Starts a turn, or finds the one that the idempotency key names. The message is stored even if no worker is up. The turn is `queued`
   * until its conversation takes it up; the first turn of a conversation does not wait for that.
   *
   * @throws InputError for a tenant or conversation id with characters that are not allowed.
   * @throws TooLargeError for a message, context, metadata or number of attachments larger than contracts/limits.ts allows.
   * @throws QueueFullError if the queue of the conversation is full.
   * @throws IdempotencyKeyReusedError when the key names a turn of the conversation with another body, as far as it remembers.
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
    const userKey = typeof context?.user === 'string' ? toUserKey(tenant, context.user) : undefined;
    const message: Say = {
      turnId,
      ...(userKey !== undefined && { userKey }),
      ...(request.idempotencyKey !== undefined && { bodyDigest: bodyDigest(request) }),
      message: request.message,
      context: { ...request.context, tenant },
      ...(request.assistant === undefined ? {} : { assistant: request.assistant }),
      ...(attachments !== undefined && attachments.length > 0 && { attachments }),
      ...(request.metadata === undefined ? {} : { metadata: request.metadata }),
      ...(request.startedBy === undefined ? {} : { startedBy: request.startedBy }),
    };
    const workflowId = conversationWorkflowId(tenant, conversationId);
    const users = userKey === undefined ? [] : [userKey];
    const typedSearchAttributes: SearchAttributePair[] = [
      { key: searchKey('CountersignTenant'), value: tenant },
      ...(users.length > 0 ? [{ key: searchKey('CountersignUsers'), value: users }] : []),
    ];
    const start = {
      workflowId,
      taskQueue,
      workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT,
      typedSearchAttributes,
    };
    const opening = { tenant, conversationId, users };
    try {
      const said = await temporal.withDeadline(Date.now() + updateLimitMs, () =>
        startOrSay(message, { ...start, opening }),
      );
      started.add(turnId);
      return { turnId, conversationId, status: said.status };
    } catch (error) {
      const refusal = refusalOf(error);
      const isWaitedForNobody = refusal instanceof PendingApprovalsError && !(await isHeld(tenant, refusal));
      const isToBeKept = isWaitedForNobody || error instanceof WorkflowUpdateRPCTimeoutOrCancelledError;
      if (!isToBeKept) throw refusal ?? error;
      if (await isOtherLeft(temporal, workflowId, message)) throw new IdempotencyKeyReusedError();
      await temporal.workflow.signalWithStart(CONVERSATION_WORKFLOW, {
        ...start,
        args: [opening],
        signal: say,
        signalArgs: [message],
      });
      return { turnId, conversationId, status: 'queued' };
    }
  }

  /**
   * Whether the turn that a message was refused for waits for one of these decisions. A conversation knows of it what the turn has told,
   * and a turn that an operator terminates tells nothing; the message is left as a signal then, which lets the conversation look.
   */
  async function isHeld(tenant: string, { turnId, approvalIds }: PendingApprovalsError): Promise<boolean> {
    const turn = await readTurn(tenant, turnId);
    return (
      turn?.approvals.some(
        ({ approvalId, status }) => status === 'pending' && approvalIds.includes(approvalId),
      ) ?? false
    );
  }

  /**
   * Starts the conversation with it, which asks no worker anything and is an action less for Temporal to bill than a start and an update;
   * one that exists is told. Which is tried first follows from whether this client has spoken there.
   */
  async function startOrSay(
    message: Say,
    { opening, ...start }: WorkflowStartOptions & { opening: object },
  ): Promise<Said> {
    const conversation = temporal.workflow.getHandle(start.workflowId);
    const memo: ConversationMemo = { queue: [], first: message.turnId };
    for (let isThere = spokenIn.has(start.workflowId); ; isThere = !isThere) {
      spokenIn.add(start.workflowId);
      try {
        if (isThere) return await conversation.executeUpdate(sayNow, { args: [message] });
        await temporal.workflow.start(CONVERSATION_WORKFLOW, {
          ...start,
          args: [{ ...opening, first: message }],
          memo: { [MEMO]: memo },
        });
        return { status: 'queued' };
      } catch (error) {
        const isOther = isThere ? WorkflowNotFoundError : WorkflowExecutionAlreadyStartedError;
        if (!(error instanceof isOther)) throw error;
      }
    }
  }
}

/** What a conversation's refusal means to the caller; undefined when it is none. */
function refusalOf(error: unknown): Error | undefined {
  const cause = error instanceof WorkflowUpdateFailedError ? error.cause : undefined;
  if (!(cause instanceof ApplicationFailure)) return undefined;
  const details: unknown[] = cause.details ?? [];
  switch (cause.type) {
    case REFUSED.reused:
      return new IdempotencyKeyReusedError();
    case REFUSED.full:
      return new QueueFullError(details[0] as number);
    case REFUSED.rejected:
      return new PendingApprovalsError(details[0] as string, details[1] as string[]);
    case REFUSED.malformed:
      return new InputError('', cause.message);
    default:
      return undefined;
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

/** Two bodies have the same one only if they say the same. */
function bodyDigest({ tenant, message, assistant, context, attachments, metadata }: StartTurn): string {
  const body = { message, assistant, context, attachments, metadata };
  // Shortened: the conversation carries hundreds of them along when it continues as new.
  return argumentsDigest({ tool: TURN_WORKFLOW, arguments: body, tenant }).slice(-32);
}
