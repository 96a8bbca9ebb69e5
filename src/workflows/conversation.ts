import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  allHandlersFinished,
  ApplicationFailure,
  ChildWorkflowFailure,
  condition,
  continueAsNew,
  getExternalWorkflowHandle,
  log,
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
  MEMO,
  say,
  sayNow,
  threadOpened,
  TURN_WORKFLOW,
} from './messages.ts';

export interface ConversationInput {
  tenant: string;
  conversationId: string;
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

/** How many turn ids are remembered. Older ones are refused by their workflow id, which Temporal keeps for its retention. */
const REMEMBERED = 500;

/**
 * A conversation: it owns the thread and the queue, and runs one turn at a time, first come first served. A turn is a child
 * workflow, so each has its own line and history in the Temporal UI. When the history has grown long the conversation
 * continues as new, between turns only.
 */
export async function conversation(input: ConversationInput): Promise<void> {
  const { tenant, conversationId } = input;
  const queue: Queued[] = input.carried?.queue ?? [];
  const heard: string[] = input.carried?.heard ?? [];
  let threadId = input.carried?.threadId;
  let running: string | undefined;
  let shownQueue = input.carried ? '' : '[]';

  setHandler(sayNow, (message) => ({ status: hear(message) }));
  setHandler(say, (message) => {
    hear(message);
  });
  setHandler(cancelQueued, ({ turnId }) => {
    for (const waiting of queue) if (waiting.turnId === turnId) waiting.cancelled = true;
    showQueue();
  });
  setHandler(threadOpened, (opened) => {
    threadId ??= opened.threadId;
  });
  setHandler(conversationState, () => ({
    queue: waitingTurns(),
    ...(threadId !== undefined && { threadId }),
    ...(running !== undefined && { running }),
  }));

  for (;;) {
    await condition(() => queue.length > 0 || workflowInfo().continueAsNewSuggested);
    if (workflowInfo().continueAsNewSuggested) {
      await condition(allHandlersFinished);
      const carried: Carried = { queue, heard, ...(threadId !== undefined && { threadId }) };
      return continueAsNew<typeof conversation>({ tenant, conversationId, carried });
    }
    const next = queue.shift();
    if (next !== undefined) await take(next);
  }

  function hear(message: Say): 'queued' | 'running' {
    if (!heard.includes(message.turnId)) {
      heard.push(message.turnId);
      if (heard.length > REMEMBERED) heard.shift();
      queue.push({ ...message, cancelled: false });
    }
    const mustWait =
      running !== message.turnId && (running !== undefined || queue[0]?.turnId !== message.turnId);
    if (mustWait) showQueue();
    return mustWait && queue.some(({ turnId }) => turnId === message.turnId) ? 'queued' : 'running';
  }

  async function take(message: Queued): Promise<void> {
    running = message.turnId;
    showQueue();
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
        memo: { [MEMO]: memo },
        typedSearchAttributes: [
          { key: { name: 'CountersignTenant', type: SEARCH_ATTRIBUTES.CountersignTenant }, value: tenant },
          { key: { name: 'ConversationId', type: SEARCH_ATTRIBUTES.ConversationId }, value: conversationId },
        ],
      });
      if (message.cancelled) await getExternalWorkflowHandle(turn.workflowId).cancel();
      const result = await turn.result();
      threadId = result.threadId;
    } catch (error) {
      if (error instanceof ChildWorkflowFailure) {
        // The turn tells its own story; the conversation goes on with the thread it left.
        const remains =
          error.cause instanceof ApplicationFailure ? (error.cause.details?.[0] as TurnRemains) : undefined;
        threadId ??= remains?.threadId;
        log.info('turn.ended_badly', { turnId: message.turnId });
      } else if (!(error instanceof WorkflowExecutionAlreadyStartedError)) {
        throw error;
      }
    } finally {
      running = undefined;
    }
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
