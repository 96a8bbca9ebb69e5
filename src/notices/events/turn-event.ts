import { WorkflowFailedError, WorkflowNotFoundError, type Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';

import type { EventType, TurnEnd } from '../../contracts/events.ts';
import { turnWorkflowId } from '../../contracts/ids.ts';
import type { MainMemo } from '../../contracts/turn.ts';
import { MEMO } from '../../contracts/workflow-names.ts';
import { eventIdOf, type Event } from './event.ts';

/** What the outbox says of a turn. */
export interface HeardTurn {
  turn: TurnEnd;
}

export function turnEntryId({ turnId, runId, how }: TurnEnd): string {
  return `turn.${how === 'parked' ? 'parked' : 'ended'}:${turnId}:${runId}`;
}

/**
 * The event that a turn's end is, as Temporal tells it: a worker may die, or the turn go on, after it was about to end.
 *
 * @returns null when there is nothing to tell.
 * @throws Error while the turn still runs: it is to be asked again.
 */
export async function turnEventOf({ workflow }: Client, turn: TurnEnd): Promise<Event | null> {
  const { tenant, turnId, conversationId, runId, how } = turn;
  const handle = workflow.getHandle(turnWorkflowId(tenant, turnId), runId);
  const found = await handle.describe().catch((error: unknown) => {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  });
  if (found === null) return null;
  const { status, closeTime, memo } = found;
  const isRunning = status.name === 'RUNNING';
  const isParked = (memo?.[MEMO] as MainMemo | undefined)?.status === 'parked';
  if (isRunning && !(how === 'parked' && isParked)) throw new Error(`The turn ${turnId} still runs.`);
  if (how === 'parked' && !isParked) return null;
  const type: EventType =
    how === 'parked' ? 'turn.parked' : status.name === 'COMPLETED' ? 'turn.completed' : 'turn.failed';
  const ended = how === 'parked' ? undefined : closeTime;
  const data = {
    ...{ tenant, turnId, conversationId },
    ...(type === 'turn.failed' && { status: status.name.toLowerCase(), failure: await failureOf(handle) }),
  };
  const timestamp = (ended ?? new Date(turn.at ?? Date.now())).toISOString();
  const id = eventIdOf(tenant, turnEntryId(turn));
  return { id, type, body: JSON.stringify({ type, timestamp, data }) };
}

/** Its type (docs/reference/failures.md); the words may quote somebody. */
async function failureOf(handle: { result(): Promise<unknown> }): Promise<string | undefined> {
  const error: unknown = await handle.result().catch((thrown: unknown) => thrown);
  const cause = error instanceof WorkflowFailedError ? error.cause : undefined;
  return cause instanceof ApplicationFailure ? (cause.type ?? undefined) : undefined;
}
