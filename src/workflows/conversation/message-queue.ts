import { upsertMemo } from '@temporalio/workflow';

import { jsonBytes } from '../../contracts/size.ts';
import type { ConversationMemo, Say } from '../../contracts/turn.ts';
import { MEMO } from '../../contracts/workflow-names.ts';

export type Queued = Say & { cancelled: boolean };

/**
 * The messages of a conversation that wait for their turn, oldest first. They have no workflow of their own yet, so the memo tells
 * readers of them; it is an event each time, written only where somebody has to wait.
 */
export interface MessageQueue {
  readonly waiting: readonly Queued[];
  add(message: Say): void;
  /** @returns false when no such turn waits. */
  cancel(turnId: string): boolean;
  /** Takes the next one away; not before its turn is a workflow, because readers find it here until then. */
  shift(): void;
  has(turnId: string): boolean;
  isNext(turnId: string): boolean;
  /** All of them, as JSON. */
  bytes(): number;
  /** As the memo has it. */
  shown(): ConversationMemo['queue'];
  /** Writes the memo, when it says something else than before. */
  show(): void;
}

/** @param before - as it was when the conversation continued as new. */
export function createMessageQueue(before: readonly Queued[] | undefined): MessageQueue {
  const waiting: Queued[] = [...(before ?? [])];
  let shownText = before ? '' : '[]';
  const shown = (): ConversationMemo['queue'] =>
    waiting.map(({ turnId, cancelled }) => ({ turnId, cancelled }));

  function show(): void {
    const memo: ConversationMemo = { queue: shown() };
    const text = JSON.stringify(memo.queue);
    if (text === shownText) return;
    shownText = text;
    upsertMemo({ [MEMO]: memo });
  }

  return {
    waiting,
    add: (message) => {
      waiting.push({ ...message, cancelled: false });
    },
    cancel(turnId) {
      const message = waiting.find((said) => said.turnId === turnId);
      if (message === undefined) return false;
      message.cancelled = true;
      show();
      return true;
    },
    shift() {
      waiting.shift();
      show();
    },
    has: (turnId) => waiting.some((said) => said.turnId === turnId),
    isNext: (turnId) => waiting[0]?.turnId === turnId,
    bytes: () => jsonBytes(waiting),
    shown,
    show,
  };
}
