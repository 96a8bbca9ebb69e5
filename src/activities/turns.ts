import { setTimeout as sleep } from 'node:timers/promises';

import { getClient, log } from '@temporalio/activity';
import { WorkflowFailedError, WorkflowNotFoundError, type Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';

import { turnWorkflowId } from '../contracts/ids.ts';
import { isMovingThread } from '../contracts/run.ts';
import type { MainMemo, TurnInput, TurnRemains, TurnResult } from '../contracts/turn.ts';
import { MEMO, REMAINS_QUERY, TURN_WORKFLOW } from '../contracts/workflow-names.ts';
import type { App } from '../define/app.ts';
import type { Provider } from '../providers/provider.ts';
import { createThreadOpener } from './open-thread.ts';
import { startOnce } from './start-once.ts';

/** Who said something waits for the turn to start: a provider that takes longer to open a thread is not waited for. */
const SOON_MS = 1_000;

/** What one look at a turn tells its conversation. What it leaves is told when it is free, and only what is not known yet. */
export interface TurnLook extends TurnRemains {
  /** Over, or parked: the next turn may run. */
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

/** Whether the turn still keeps its conversation; one that does not exist (any more) does not. */
async function lookAtTurn(
  { tenant, turnId, threadId: known }: LookInput,
  needsTranscript: boolean,
): Promise<TurnLook> {
  const turn = getClient().workflow.getHandle(turnWorkflowId(tenant, turnId));
  try {
    const { status, memo } = await turn.describe();
    const shown = memo?.[MEMO] as MainMemo | undefined;
    const isFree = status.name !== 'RUNNING' || shown?.status === 'parked';
    const isKnown = known !== undefined && !isMovingThread(known) && !needsTranscript;
    if (!isFree || isKnown) return { isFree };
    const threadId = shown?.run?.threadId;
    const isEnough = threadId !== undefined && !isMovingThread(threadId) && !needsTranscript;
    if (isEnough) return { isFree, threadId };
    const { threadId: left = threadId, transcript } = await remainsOf(turn, status.name);
    return { isFree, ...(left !== undefined && { threadId: left }), ...(transcript && { transcript }) };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return { isFree: true };
    throw error;
  }
}

/**
 * What a turn leaves stands in its result or in its failure. One that is parked is asked; one that was cancelled has told it by
 * itself (signal `threadOpened`).
 */
async function remainsOf(
  turn: ReturnType<Client['workflow']['getHandle']>,
  status: string,
): Promise<TurnRemains> {
  if (status === 'COMPLETED') return (await turn.result()) as TurnResult;
  if (status === 'RUNNING') return turn.query<TurnRemains>(REMAINS_QUERY);
  if (status !== 'FAILED') return {};
  const failure: unknown = await turn.result().catch((error: unknown) => error);
  const cause = failure instanceof WorkflowFailedError ? failure.cause : undefined;
  const remains =
    cause instanceof ApplicationFailure ? (cause.details?.[0] as TurnRemains | undefined) : undefined;
  return remains ?? {};
}
