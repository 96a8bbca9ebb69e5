import { setTimeout as sleep } from 'node:timers/promises';

import {
  WorkflowFailedError,
  WorkflowNotFoundError,
  type Client,
  type WorkflowExecutionDescription,
  type WorkflowHandle,
} from '@temporalio/client';
import { ActivityFailure, ApplicationFailure } from '@temporalio/common';

import type { Approval, ShownApproval } from '../contracts/approval/approval.ts';
import { conversationOfTurn, conversationWorkflowId, isTenant, turnWorkflowId } from '../contracts/ids.ts';
import type { ConversationMemo, MainMemo, Say, TurnResult, TurnView } from '../contracts/turn.ts';
import { shown } from '../contracts/deciding/proposals.ts';
import { approvalField, MEMO } from '../contracts/workflow-names.ts';
import { say, sayNow } from '../workflows/messages.ts';
import { eventsBackwards, messageOf, type HistoryEvent } from './sent-messages.ts';

/** The start, and the task as it is scheduled and handed to a worker. */
const EVENTS_BEFORE_FIRST_TASK = 3;

/** Of a conversation's history, from its end: a message may have a megabyte. */
const EVENTS_AT_ONCE = 20;

/** At a conversation whose history grows under our eyes. */
const MAXIMUM_LOOKS = 5;

const SAY = { signal: say.name, update: sayNow.name };

/**
 * Reads a turn; null when the tenant has no such turn.
 *
 * @param options.isEarly - a turn that its conversation has not begun yet is null, too, for a request less
 */
export type ReadTurn = (
  tenant: string,
  turnId: string,
  options?: { isEarly?: boolean },
) => Promise<TurnView | null>;

/** Reads turns from their memo, result or failure in Temporal, so no worker is needed. */
export function createTurnReader(temporal: Client): ReadTurn {
  return readTurn;

  async function readTurn(
    tenant: string,
    turnId: string,
    { isEarly = false }: { isEarly?: boolean } = {},
  ): Promise<TurnView | null> {
    const conversationId = conversationOfTurn(turnId);
    if (conversationId === null || !isTenant(tenant)) return null;
    const handle = temporal.workflow.getHandle(turnWorkflowId(tenant, turnId));
    let turn = await handle.describe().catch(ignoreNotFound);
    if (turn === undefined) {
      if (isEarly) return null;
      const queued = await readQueued(tenant, conversationId, turnId);
      if (queued !== null) return queued;
      // It may have left the queue between the two looks.
      turn = await handle.describe().catch(ignoreNotFound);
      if (turn === undefined) return null;
    }
    const memo = turnMemo(turn.memo) ?? { status: 'running', approvals: [] };
    const { run, reply, citations, continuations } = memo;
    const view = {
      turnId,
      conversationId,
      approvals: turn.status.name === 'RUNNING' ? memo.approvals : settled(memo.approvals, turn.closeTime),
      ...(run && { run }),
      ...(reply !== undefined && { reply }),
      ...(citations && { citations }),
      ...(continuations && { continuations }),
    };
    switch (turn.status.name) {
      case 'COMPLETED':
        return orGone(async () =>
          completedTurn(turnId, conversationId, (await handle.result()) as TurnResult),
        );
      case 'FAILED':
        return orGone(async () => ({ ...view, ...(await readFailure(handle.result())) }));
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

  /** A turn without a workflow yet: it is in the conversation's queue, or its message is not read yet. */
  async function readQueued(
    tenant: string,
    conversationId: string,
    turnId: string,
  ): Promise<TurnView | null> {
    const handle = temporal.workflow.getHandle(conversationWorkflowId(tenant, conversationId));
    let seen: WorkflowExecutionDescription | undefined = await handle.describe().catch(ignoreNotFound);
    for (let looks = 1; seen !== undefined; looks += 1) {
      const waiting = queueOf(seen).find((entry) => entry.turnId === turnId);
      if (waiting)
        return { turnId, conversationId, approvals: [], status: waiting.cancelled ? 'cancelled' : 'queued' };
      // Left as a signal while no worker answered: the history's end knows it, and only while a task is to be done about it.
      if (!hasTask(seen)) return null;
      await untilNotInHand(handle, seen);
      if (await isLeftUnread(handle.workflowId, turnId, memoOf(seen).first === turnId))
        return { turnId, conversationId, approvals: [], status: 'queued' };
      // The task may have been done between the two looks, and the message may be in the queue by now.
      const now: WorkflowExecutionDescription | undefined = await handle.describe().catch(ignoreNotFound);
      const isSame = now?.runId === seen.runId && now.historyLength === seen.historyLength;
      if (isSame || looks === MAXIMUM_LOOKS) return null;
      seen = now;
    }
    return null;
  }

  /**
   * Whether the conversation's history has the turn's message behind the last marker, which records a turn that was looked at or started;
   * the rest is not read. The message of the start comes before everything.
   */
  async function isLeftUnread(workflowId: string, turnId: string, isFirst: boolean): Promise<boolean> {
    for await (const event of eventsBackwards(temporal, workflowId, EVENTS_AT_ONCE)) {
      if (event.markerRecordedEventAttributes) return false;
      if (saidBy(event) === turnId) return true;
    }
    return isFirst;
  }

  function saidBy(event: HistoryEvent): string | undefined {
    const said = messageOf(temporal, event, SAY) as Partial<Say> | null | undefined;
    return said?.turnId;
  }
}

/** What the outside may know of a turn that has come to its reply: its result says everything. */
export function completedTurn(turnId: string, conversationId: string, result: TurnResult): TurnView {
  const { threadId: _thread, transcript: _said, approvals, ...told } = result;
  return { turnId, conversationId, ...told, approvals: approvals.map(shown) };
}

/** The turns of a conversation that have no workflow of their own yet, as far as it has told. */
export function queueOf(conversation: WorkflowExecutionDescription): ConversationMemo['queue'] {
  const { queue = [], first } = memoOf(conversation);
  const isBeginning = conversation.historyLength <= EVENTS_BEFORE_FIRST_TASK;
  return first !== undefined && isBeginning ? [{ turnId: first, cancelled: false }, ...queue] : queue;
}

/** A conversation that continued as new still has the memo of its start, whose message was taken up long ago. */
function memoOf({ memo, runId, raw }: WorkflowExecutionDescription): Partial<ConversationMemo> {
  const { first, ...told } = (memo?.[MEMO] as ConversationMemo | undefined) ?? { queue: [] };
  const isContinued = raw.workflowExecutionInfo?.firstRunId !== runId;
  return first === undefined || isContinued ? told : { ...told, first };
}

/**
 * A signal that comes while a worker has a task of the workflow in hand is in the history only when that task is done, or its
 * time is up (`WORKFLOW_TASK_TIMEOUT`).
 */
async function untilNotInHand(handle: WorkflowHandle, now: WorkflowExecutionDescription): Promise<void> {
  const first = taskStartOf(now);
  while (first !== undefined && taskStartOf(await handle.describe()) === first) await sleep(50);
}

/** A message that is not read yet, or whose turn is about to be started, has a task. */
function hasTask({ raw }: WorkflowExecutionDescription): boolean {
  return raw.pendingWorkflowTask != null;
}

/** When the task that a worker has in hand was given to it; undefined when none has one. */
function taskStartOf({ raw }: WorkflowExecutionDescription): string | undefined {
  const at = raw.pendingWorkflowTask?.startedTime;
  return at ? `${String(at.seconds)}.${String(at.nanos)}` : undefined;
}

/** The memo of a turn or a request, its approvals as readers see them. */
export function turnMemo(
  memo: Record<string, unknown> | undefined,
): (MainMemo & { approvals: ShownApproval[] }) | undefined {
  const main = memo?.[MEMO] as MainMemo | undefined;
  if (main === undefined) return undefined;
  const approvals: ShownApproval[] = [];
  for (
    let approval = memo?.[approvalField(0)];
    approval !== undefined;
    approval = memo?.[approvalField(approvals.length)]
  ) {
    approvals.push(shown(approval as Approval));
  }
  return { ...main, approvals };
}

/**
 * The approvals of a turn that is over. A terminated turn could not close its approvals: they can no longer be decided, and the outcome of
 * a running action is unknown.
 */
export function settled(approvals: ShownApproval[], closedAt: Date | undefined): ShownApproval[] {
  return approvals.map((approval): ShownApproval => {
    if (approval.status === 'pending') {
      const resolvedAt = closedAt?.toISOString();
      return { ...approval, status: 'cancelled', outcome: 'not_executed', ...(resolvedAt && { resolvedAt }) };
    }
    const isUnderWay = approval.outcome === 'executing' && approval.runsAt !== 'provider';
    return isUnderWay ? { ...approval, outcome: 'unknown' } : approval;
  });
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

/** What Temporal knows of a turn, or null where it has let go of it between two looks. */
async function orGone<T>(read: () => Promise<T>): Promise<T | null> {
  return (await read().catch(ignoreNotFound)) ?? null;
}

export function ignoreNotFound(error: unknown): undefined {
  if (error instanceof WorkflowNotFoundError) return undefined;
  throw error;
}
