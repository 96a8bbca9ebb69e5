import { setTimeout as sleep } from 'node:timers/promises';

import { getClient, log } from '@temporalio/activity';
import { WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';
import { ApplicationFailure, defaultPayloadConverter } from '@temporalio/common';

import { turnWorkflowId } from '../contracts/ids.ts';
import { isMovingThread } from '../contracts/run.ts';
import type { MainMemo, TurnInput, TurnRemains, TurnResult } from '../contracts/turn.ts';
import { MEMO, TURN_LEFT_SIGNAL, TURN_WORKFLOW } from '../contracts/workflow-names.ts';
import type { App } from '../define/app.ts';
import type { Provider } from '../providers/provider.ts';
import { createThreadOpener } from './open-thread.ts';
import { startOnce } from './start-once.ts';

/** Who said something waits for the turn to start: a provider that takes longer to open a thread is not waited for. */
const SOON_MS = 1_000;

/** What one look at a turn tells its conversation. What it leaves is told when it is free, and only what is not known yet. */
export interface TurnLook extends TurnRemains {
  /** Over, or parked, and what it leaves is known: the next turn may run. */
  isFree: boolean;
}

/** Activities of a conversation around its turns. They are quick, and run as local activities. */
export function createTurnActivities(app: App, provider: Pick<Provider, 'isStateless' | 'openThread'>) {
  const openThread = createThreadOpener(app, provider);
  return {
    lookAtTurn: (input: LookInput) => lookAtTurn(input, provider.isStateless),

    /** Starts the turn's workflow, with a thread if one can be had at once, unless it has been started before: a turn id has one turn. */
    async startTurn(input: TurnInput): Promise<void> {
      const needsThread = input.threadId === undefined && input.cancelled !== true;
      const threadId = needsThread ? await soon(openThread(input)) : null;
      await startOnce<(input: TurnInput) => Promise<TurnResult>>(TURN_WORKFLOW, {
        workflowId: turnWorkflowId(input.tenant, input.turnId),
        input: { ...input, ...(threadId !== null && { threadId, isThreadNew: true }) },
        memo: { [MEMO]: { status: 'running' } satisfies MainMemo },
        ...{ tenant: input.tenant, conversationId: input.conversationId },
        isEager: true,
      });
    },
  };
}

/** Null when the provider does not answer soon, or not well: the turn asks it then, where operators can see it. */
async function soon(thread: Promise<string>): Promise<string | null> {
  const isOver = new AbortController();
  try {
    return await Promise.race([thread, sleep(SOON_MS, null, { signal: isOver.signal })]);
  } catch (error) {
    log.info('thread.left_to_turn', { reason: String(error) });
    return null;
  } finally {
    isOver.abort();
  }
}

export interface LookInput {
  tenant: string;
  turnId: string;
  /** The thread as the conversation knows it, once it has one. */
  threadId?: string;
}

/**
 * Whether the turn still keeps its conversation; one that does not exist (any more) does not. Temporal alone is asked, never a worker:
 * while this lasts, the conversation keeps one of a worker's slots. So a parked turn whose remains only a worker could tell is not free
 * yet: it tells them itself when it is asked (`tellWhenFree`).
 */
async function lookAtTurn(
  { tenant, turnId, threadId: known }: LookInput,
  needsTranscript: boolean,
): Promise<TurnLook> {
  const workflowId = turnWorkflowId(tenant, turnId);
  try {
    const { status, memo, runId } = await getClient().workflow.getHandle(workflowId).describe();
    const shown = memo?.[MEMO] as MainMemo | undefined;
    const isRunning = status.name === 'RUNNING';
    if (isRunning && shown?.status !== 'parked') return { isFree: false };
    if (known !== undefined && !isMovingThread(known) && !needsTranscript) return { isFree: true };
    const threadId = shown?.run?.threadId;
    if (threadId !== undefined && !isMovingThread(threadId) && !needsTranscript)
      return { isFree: true, threadId };
    if (isRunning) return { isFree: false };
    // Of this execution: a turn that is reset meanwhile has another one, whose end would be waited for.
    const { threadId: left = threadId, transcript } = await remainsOf({ workflowId, runId }, status.name);
    return { isFree: true, ...(left !== undefined && { threadId: left }), ...(transcript && { transcript }) };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return { isFree: true };
    throw error;
  }
}

interface Execution {
  workflowId: string;
  runId: string;
}

/** What a turn that is over leaves stands in its result, in its failure, or in what it told its conversation when it was cancelled. */
async function remainsOf(execution: Execution, status: string): Promise<TurnRemains> {
  const turn = getClient().workflow.getHandle(execution.workflowId, execution.runId);
  switch (status) {
    case 'COMPLETED':
      return (await turn.result()) as TurnResult;
    case 'CANCELLED':
      return toldOf(execution);
    case 'FAILED': {
      const failure: unknown = await turn.result().catch((error: unknown) => error);
      const cause = failure instanceof WorkflowFailedError ? failure.cause : undefined;
      const remains =
        cause instanceof ApplicationFailure ? (cause.details?.[0] as TurnRemains | undefined) : undefined;
      return remains ?? {};
    }
    default:
      return {};
  }
}

/** Among its last events stands what a turn told its conversation, followed by the tasks of its end. */
const LAST_EVENTS = 40;

/**
 * What a cancelled turn has told, if it had news. The signal may still be on its way, behind the task that this look belongs to; in the
 * turn's own history it stands before the turn's end.
 */
async function toldOf({ workflowId, runId }: Execution): Promise<TurnRemains> {
  const { workflowService, options } = getClient();
  const { history } = await workflowService.getWorkflowExecutionHistoryReverse({
    namespace: options.namespace,
    execution: { workflowId, runId },
    maximumPageSize: LAST_EVENTS,
  });
  const told = history?.events?.find(
    ({ signalExternalWorkflowExecutionInitiatedEventAttributes: signal }) =>
      signal?.signalName === TURN_LEFT_SIGNAL,
  );
  const payload = told?.signalExternalWorkflowExecutionInitiatedEventAttributes?.input?.payloads?.[0];
  return payload ? defaultPayloadConverter.fromPayload<TurnRemains>(payload) : {};
}
