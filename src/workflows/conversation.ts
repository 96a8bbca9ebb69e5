import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  allHandlersFinished,
  ApplicationFailure,
  ChildWorkflowFailure,
  condition,
  continueAsNew,
  getExternalWorkflowHandle,
  ParentClosePolicy,
  setHandler,
  startChild,
  upsertMemo,
  WorkflowIdReusePolicy,
  workflowInfo,
} from '@temporalio/workflow';

import { turnWorkflowId } from '../contracts/ids.ts';
import { SEARCH_ATTRIBUTES } from '../contracts/search-attributes.ts';
import type {
  ConversationMemo,
  Say,
  TurnInput,
  TurnMemo,
  TurnRemains,
  TurnResult,
} from '../contracts/turn.ts';
import {
  cancelQueued,
  conversationState,
  type Held,
  MEMO,
  park,
  type Said,
  say,
  sayNow,
  threadOpened,
  TURN_WORKFLOW,
  turnHeld,
  turnSettled,
  WORKFLOW_TASK_TIMEOUT,
} from './messages.ts';

interface ConversationInput {
  tenant: string;
  conversationId: string;
  /** It continues as new after so many turns, or earlier when Temporal suggests it. @default 500 */
  turnsPerExecution?: number;
  /** Carried over when the conversation continues as new. */
  carried?: Carried;
}

interface Carried {
  threadId?: string;
  queue: Queued[];
  /** Ids of recent turns, so that a message said twice is heard once. */
  heard: string[];
}

type Queued = Say & { cancelled: boolean };

const TURNS_PER_EXECUTION = 500;

/** How many turn ids are remembered. Older ones are refused by their workflow id, which Temporal keeps for its retention. */
const REMEMBERED = 500;

/**
 * A conversation: it owns the thread and the queue, and runs one turn at a time, first come first served. A turn is a child
 * workflow, so each has its own line and history in the Temporal UI. When the history has grown long the conversation
 * continues as new, between turns only.
 */
export async function conversation(input: ConversationInput): Promise<void> {
  const { tenant, conversationId, turnsPerExecution = TURNS_PER_EXECUTION } = input;
  let turns = 0;
  const queue: Queued[] = input.carried?.queue ?? [];
  const heard: string[] = input.carried?.heard ?? [];
  let threadId = input.carried?.threadId;
  let running: { message: Queued; isStarted: boolean; isSettled: boolean } | undefined;
  let held: Held | undefined;
  let shownQueue = input.carried ? '' : '[]';

  setHandler(sayNow, async (message): Promise<Said> => {
    if (!heard.includes(message.turnId) && held?.whilePending === 'reject') {
      const { turnId, approvalIds } = held;
      return { status: 'rejected', turnId, approvalIds };
    }
    hear(message);
    await parkIfHeld();
    // Whoever reads the turn right after this answer must find it: in the queue, or as a workflow.
    await condition(() => !isAboutToStart(message.turnId));
    return { status: isQueued(message.turnId) ? 'queued' : 'running' };
  });
  setHandler(say, async (message) => {
    hear(message);
    await parkIfHeld();
  });
  setHandler(turnHeld, async (now) => {
    if (running?.message.turnId !== now.turnId) return;
    held = now.approvalIds.length > 0 ? now : undefined;
    await parkIfHeld();
  });
  setHandler(cancelQueued, async ({ turnId }) => {
    const message = [...queue, ...(running ? [running.message] : [])].find((said) => said.turnId === turnId);
    if (message === undefined || message.cancelled) return;
    message.cancelled = true;
    showQueue();
    if (running?.message === message && running.isStarted) await cancelTurn(turnId);
  });
  setHandler(threadOpened, (opened) => {
    threadId ??= opened.threadId;
  });
  setHandler(turnSettled, (settled) => {
    threadId = settled.threadId;
    if (running?.message.turnId === settled.turnId) running.isSettled = true;
  });
  setHandler(conversationState, () => ({
    queue: waitingTurns(),
    ...(threadId !== undefined && { threadId }),
    ...(running !== undefined && { running: running.message.turnId }),
  }));

  // A message whose sender still waits for its turn to start is not left behind.
  const mayContinueAsNew = (): boolean =>
    (workflowInfo().continueAsNewSuggested || turns >= turnsPerExecution) && allHandlersFinished();

  for (;;) {
    await condition(() => queue.length > 0 || mayContinueAsNew());
    if (mayContinueAsNew()) {
      const carried: Carried = { queue, heard, ...(threadId !== undefined && { threadId }) };
      return continueAsNew<typeof conversation>({ ...input, carried });
    }
    const next = queue.shift();
    if (next === undefined) continue;
    turns += 1;
    await take(next);
  }

  function hear(message: Say): void {
    if (heard.includes(message.turnId)) return;
    heard.push(message.turnId);
    if (heard.length > REMEMBERED) heard.shift();
    queue.push({ ...message, cancelled: false });
    if (!isAboutToStart(message.turnId)) showQueue();
  }

  /** Somebody waits behind a turn that a person holds up, and the assistant would rather answer now. */
  async function parkIfHeld(): Promise<void> {
    if (held?.whilePending !== 'park' || queue.length === 0) return;
    const { turnId } = held;
    held = undefined;
    await getExternalWorkflowHandle(turnWorkflowId(tenant, turnId)).signal(park);
  }

  function isQueued(turnId: string): boolean {
    return queue.some((waiting) => waiting.turnId === turnId);
  }

  function isAboutToStart(turnId: string): boolean {
    if (running?.message.turnId === turnId) return !running.isStarted;
    return running === undefined && queue[0]?.turnId === turnId;
  }

  async function take(message: Queued): Promise<void> {
    const current = { message, isStarted: false, isSettled: false };
    running = current;
    const memo: TurnMemo = { status: 'running', approvals: [] };
    const turnInput: TurnInput = {
      ...message,
      tenant,
      conversationId,
      ...(threadId !== undefined && { threadId }),
    };
    try {
      const turn = await startChild<(input: TurnInput) => Promise<TurnResult>>(TURN_WORKFLOW, {
        workflowId: turnWorkflowId(tenant, message.turnId),
        args: [turnInput],
        parentClosePolicy: ParentClosePolicy.ABANDON,
        workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
        workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT,
        memo: { [MEMO]: memo },
        typedSearchAttributes: [
          { key: { name: 'CountersignTenant', type: SEARCH_ATTRIBUTES.CountersignTenant }, value: tenant },
          { key: { name: 'ConversationId', type: SEARCH_ATTRIBUTES.ConversationId }, value: conversationId },
        ],
      });
      current.isStarted = true;
      showQueue(); // not before: a reader finds it here until it is a workflow
      if (message.cancelled) await cancelTurn(message.turnId);
      void turn
        .result()
        .then(learn, learnFromFailure)
        .then(() => {
          current.isSettled = true;
        });
      // A parked turn lives on beside the ones that follow it.
      await condition(() => current.isSettled);
    } catch (error) {
      // The same turn id again, older than what we remember: it has had its turn.
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    } finally {
      held = undefined;
      running = undefined;
      showQueue();
    }
  }

  function learn(result: TurnResult): void {
    threadId = result.threadId;
  }

  /** The turn tells its own story; the conversation goes on with the thread it left. */
  function learnFromFailure(error: unknown): void {
    if (!(error instanceof ChildWorkflowFailure)) throw error;
    const { cause } = error;
    const remains =
      cause instanceof ApplicationFailure ? (cause.details?.[0] as TurnRemains | undefined) : undefined;
    threadId ??= remains?.threadId;
  }

  async function cancelTurn(turnId: string): Promise<void> {
    await getExternalWorkflowHandle(turnWorkflowId(tenant, turnId)).cancel();
  }

  function waitingTurns(): ConversationMemo['queue'] {
    return queue.map(({ turnId, cancelled }) => ({ turnId, cancelled }));
  }

  /** Turns that wait have no workflow of their own yet: the memo tells readers of them. */
  function showQueue(): void {
    const memo: ConversationMemo = { queue: waitingTurns() };
    const text = JSON.stringify(memo.queue);
    if (text === shownQueue) return;
    shownQueue = text;
    upsertMemo({ [MEMO]: memo });
  }
}
