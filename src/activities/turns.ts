import { activityInfo, getClient } from '@temporalio/activity';
import { WorkflowFailedError, WorkflowNotFoundError, type Client } from '@temporalio/client';
import {
  ApplicationFailure,
  defineSearchAttributeKey,
  WorkflowExecutionAlreadyStartedError,
} from '@temporalio/common';

import { turnWorkflowId } from '../contracts/ids.ts';
import { SEARCH_ATTRIBUTES } from '../contracts/search-attributes.ts';
import type { MainMemo, TurnInput, TurnRemains, TurnResult } from '../contracts/turn.ts';
import { MEMO, TURN_WORKFLOW, WORKFLOW_TASK_TIMEOUT } from '../contracts/workflow-names.ts';

/** What one look at a turn tells its conversation. */
export interface TurnLook {
  /** Over, or parked: the next turn may run. */
  isFree: boolean;
  /** The thread it leaves, when it is known. */
  threadId?: string;
}

/** Activities of a conversation around its turns. They are quick, and run as local activities. */
export function createTurnActivities() {
  return { lookAtTurn, startTurn };
}

export interface LookInput {
  tenant: string;
  turnId: string;
  /** The conversation does not know its thread yet. */
  needsThread: boolean;
}

/** Whether the turn still keeps its conversation; one that does not exist (any more) does not. */
async function lookAtTurn({ tenant, turnId, needsThread }: LookInput): Promise<TurnLook> {
  const turn = getClient().workflow.getHandle(turnWorkflowId(tenant, turnId));
  try {
    const { status, memo } = await turn.describe();
    const shown = memo?.[MEMO] as MainMemo | undefined;
    const isFree = status.name !== 'RUNNING' || shown?.status === 'parked';
    if (!isFree || !needsThread) return { isFree };
    const threadId = shown?.run?.threadId ?? (await threadLeftBy(turn, status.name));
    return { isFree, ...(threadId !== undefined && { threadId }) };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return { isFree: true };
    throw error;
  }
}

/** A turn that held nothing has told its run to nobody: its result or its failure has the thread. */
async function threadLeftBy(
  turn: ReturnType<Client['workflow']['getHandle']>,
  status: string,
): Promise<string | undefined> {
  if (status === 'COMPLETED') return ((await turn.result()) as TurnResult).threadId;
  if (status !== 'FAILED') return undefined;
  const failure: unknown = await turn.result().catch((error: unknown) => error);
  const cause = failure instanceof WorkflowFailedError ? failure.cause : undefined;
  const remains =
    cause instanceof ApplicationFailure ? (cause.details?.[0] as TurnRemains | undefined) : undefined;
  return remains?.threadId;
}

/** Starts the turn's workflow, unless it has been started before: a turn id has one turn. */
async function startTurn(input: TurnInput): Promise<void> {
  const { tenant, conversationId, turnId } = input;
  const memo: MainMemo = { status: 'running' };
  const { workflow } = getClient();
  try {
    await workflow.start<(input: TurnInput) => Promise<TurnResult>>(TURN_WORKFLOW, {
      workflowId: turnWorkflowId(tenant, turnId),
      taskQueue: activityInfo().taskQueue,
      args: [input],
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      // The worker that starts it takes its first task with the answer.
      requestEagerStart: true,
      workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT,
      memo: { [MEMO]: memo },
      typedSearchAttributes: [
        { key: keyOf('CountersignTenant'), value: tenant },
        { key: keyOf('ConversationId'), value: conversationId },
      ],
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}

function keyOf<Name extends 'CountersignTenant' | 'ConversationId'>(name: Name) {
  return defineSearchAttributeKey(name, SEARCH_ATTRIBUTES[name]);
}
