import {
  allHandlersFinished,
  condition,
  continueAsNew,
  setHandler,
  upsertMemo,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';

import { CARRIED_BYTES, QUEUE_BYTES } from '../contracts/limits.ts';
import { SEARCH_ATTRIBUTES } from '../contracts/search-attributes.ts';
import { jsonBytes } from '../contracts/size.ts';
import type { TranscriptEntry } from '../contracts/transcript.ts';
import type { ConversationMemo, Say, TurnInput, TurnRemains } from '../contracts/turn.ts';
import { MEMO } from '../contracts/workflow-names.ts';
import { createHeard, type HeardBefore } from './heard.ts';
import {
  cancelQueued,
  conversationState,
  type Held,
  park,
  type Said,
  say,
  sayNow,
  tellWhenFree,
  threadOpened,
  turnFree,
  turnHeld,
} from './messages.ts';
import { createTurnReach } from './reach-turn.ts';
import { lookAtTurn, startTurn } from './steps.ts';

interface ConversationInput {
  tenant: string;
  conversationId: string;
  /** It continues as new after so many turns at least, or earlier when Temporal suggests it. @default 10 */
  turnsPerExecution?: number;
  /** How soon it looks again at a turn that somebody waits behind; later each time, up to ten minutes. @default 30000 */
  lookAgainMs?: number;
  /** Who has spoken here, by their keys in the index. Absent in conversations that began without one: they are in no user's list. */
  users?: string[];
  /** The message that began it; the others come by update or signal. */
  first?: Say;
  /** Carried over when the conversation continues as new. */
  carried?: Carried;
}

interface Carried extends TurnRemains, HeardBefore {
  queue: Queued[];
  latest?: Latest;
}

type Queued = Say & { cancelled: boolean };

/** The turn that was started last. Whether it still runs is known only by looking, or when it says so. */
interface Latest {
  turnId: string;
  isFree: boolean;
  /** It has been asked to say when it is over. */
  isAsked: boolean;
}

/**
 * A conversation that has left a worker's cache is replayed when its next message comes, for 5 ms of processor time with each turn that
 * its history holds. So the history is kept short; a new one costs as much as a few turns of a replay.
 */
const TURNS_PER_EXECUTION = 10;
/** And so many more that what travels of the messages heard comes to no more than this a turn. */
const HEARD_BYTES_PER_TURN = 400;

/** In so many users' lists a conversation stands: those who spoke there first. */
const LISTED_USERS = 50;

/** A turn says itself when it is over; one that an operator has terminated cannot, so whoever waits behind it looks again. */
const FIRST_LOOK_AGAIN_MS = 30_000;
const LAST_LOOK_AGAIN_MS = 600_000;

/**
 * A conversation: it owns the thread and the queue, and runs one turn at a time, first come first served.
 *
 *   say ─▶ queue ─▶ is the latest turn over, or parked? ─┬─▶ yes: start the next one
 *                        ▲                               └─▶ no: ask it to say when, and wait ──┐
 *                        └──────────────────────────────────────────────────────────────────────┘
 *
 * A turn is a workflow of its own, started by a local activity. Nobody reports the end of a turn that nobody waits for: that
 * would wake the conversation for nothing (docs/decisions/0011). When the history has grown long the conversation continues as
 * new, between turns or while one runs.
 */
export async function conversation({ first, ...input }: ConversationInput): Promise<void> {
  const { tenant, conversationId, turnsPerExecution = TURNS_PER_EXECUTION } = input;
  const { lookAgainMs: firstLookAgainMs = FIRST_LOOK_AGAIN_MS } = input;
  let turns = 0;
  const queue: Queued[] = input.carried?.queue ?? [];
  const heard = createHeard(input.carried);
  const turn = createTurnReach(tenant);
  const users = input.users && [...input.users];
  let threadId = input.carried?.threadId;
  /** What was said so far, when the provider keeps nothing itself. */
  let transcript: TranscriptEntry[] | undefined = input.carried?.transcript;
  let latest: Latest | undefined = input.carried?.latest;
  let held: Held | undefined;
  let shownQueue = input.carried ? '' : '[]';

  if (first) hear(first);
  setHandler(sayNow, async (message): Promise<Said> => {
    if (heard.isOther(message)) return { status: 'reused' };
    const holding = held;
    if (holding?.whilePending === 'reject' && !heard.has(message.turnId) && !(await isLatestFree())) {
      return { status: 'rejected', turnId: holding.turnId, approvalIds: holding.approvalIds };
    }
    if (!heard.has(message.turnId) && jsonBytes(queue) + jsonBytes(message) > QUEUE_BYTES) {
      return { status: 'full', waiting: queue.length };
    }
    hear(message);
    await parkIfHeld();
    // Whoever reads the turn right after this answer must find it: in the queue, or as a workflow.
    await condition(() => !isNext(message.turnId) || isWaiting());
    return { status: isQueued(message.turnId) ? 'queued' : 'running' };
  });
  setHandler(say, async (message) => {
    hear(message);
    await parkIfHeld();
  });
  setHandler(turnHeld, async (now) => {
    if (latest?.turnId !== now.turnId) return;
    held = now.approvalIds.length > 0 ? now : undefined;
    await parkIfHeld();
  });
  setHandler(cancelQueued, async ({ turnId }) => {
    const message = queue.find((said) => said.turnId === turnId);
    if (message !== undefined) {
      message.cancelled = true;
      showQueue();
    } else if (latest?.turnId === turnId) {
      await turn.cancel(turnId);
    }
  });
  setHandler(threadOpened, (opened) => {
    // One that was parked and is cancelled later has been overtaken by another turn.
    if (latest?.turnId === opened.turnId) learn(opened);
    else threadId ??= opened.threadId;
  });
  setHandler(turnFree, (free) => {
    if (latest?.turnId === free.turnId) {
      latest.isFree = true;
      learn(free);
    } else {
      threadId ??= free.threadId;
    }
  });
  setHandler(conversationState, () => ({
    queue: waitingTurns(),
    ...(threadId !== undefined && { threadId }),
    ...(latest?.isFree === false && { running: latest.turnId }),
  }));

  // A message whose sender still waits for its turn to start is not left behind.
  // Nor is a queue carried over that is too large to travel: signals cannot be refused, so it may have become one.
  const mayContinueAsNew = (): boolean =>
    (workflowInfo().continueAsNewSuggested || isLong()) &&
    allHandlersFinished() &&
    jsonBytes(queue) <= QUEUE_BYTES &&
    jsonBytes(queue) + jsonBytes(transcript) <= CARRIED_BYTES;

  function isLong(): boolean {
    return turns >= turnsPerExecution && turns * HEARD_BYTES_PER_TURN >= jsonBytes(heard.carried());
  }

  for (let lookAgainMs = firstLookAgainMs; ;) {
    await condition(() => queue.length > 0 || mayContinueAsNew());
    if (mayContinueAsNew()) {
      const carried: Carried = {
        queue,
        ...heard.carried(),
        ...remains(),
        ...(latest && { latest }),
      };
      return continueAsNew<typeof conversation>({ ...input, ...(users && { users }), carried });
    }
    if (await isLatestFree()) {
      lookAgainMs = firstLookAgainMs;
      await startNext();
    } else {
      const isAsked = await askLatest();
      if (!isAsked) continue; // it ended while we looked
      await condition(() => latest?.isFree === true || mayContinueAsNew(), lookAgainMs);
      lookAgainMs = Math.min(lookAgainMs * 2, LAST_LOOK_AGAIN_MS);
    }
  }

  function hear(message: Say): void {
    if (heard.has(message.turnId)) return;
    heard.add(message);
    queue.push({ ...message, cancelled: false });
    if (!isNext(message.turnId) || isWaiting()) showQueue();
  }

  /** Looks, unless it is known; learns the thread that the turn has left. */
  async function isLatestFree(): Promise<boolean> {
    if (latest === undefined || latest.isFree) return true;
    const seen = latest;
    const look = await lookAtTurn({
      tenant,
      turnId: seen.turnId,
      ...(threadId !== undefined && { threadId }),
    });
    // It may have said so itself meanwhile, and the next one may have begun.
    if (look.isFree && latest === seen) {
      if (!seen.isFree) learn(look);
      seen.isFree = true;
    }
    return seen.isFree;
  }

  /** What the latest turn has left is where the next one begins. */
  function learn(left: TurnRemains): void {
    threadId = left.threadId ?? threadId;
    transcript = left.transcript ?? transcript;
  }

  function remains(): TurnRemains {
    return { ...(threadId !== undefined && { threadId }), ...(transcript && { transcript }) };
  }

  /** @returns false when there is nobody to ask any more. */
  async function askLatest(): Promise<boolean> {
    if (latest === undefined || latest.isAsked) return true;
    latest.isAsked = true;
    showQueue();
    return turn.tell(latest.turnId, tellWhenFree);
  }

  async function startNext(): Promise<void> {
    const [next] = queue;
    if (next === undefined) return;
    turns += 1;
    held = undefined;
    const { bodyDigest: _compared, userKey, ...said } = next;
    const { turnId } = said;
    const turnInput: TurnInput = {
      ...said,
      tenant,
      conversationId,
      ...remains(),
    };
    latest = { turnId, isFree: false, isAsked: false };
    listUnder(userKey);
    await startTurn(turnInput);
    queue.shift(); // not before: a reader finds it here until it is a workflow
    showQueue();
    if (next.cancelled) await turn.cancel(turnId);
  }

  /** Puts the conversation into a user's list. The first one came with its start; most have no other. */
  function listUnder(user: string | undefined): void {
    if (users === undefined || user === undefined || users.includes(user) || users.length >= LISTED_USERS)
      return;
    users.push(user);
    upsertSearchAttributes([
      { key: { name: 'CountersignUsers', type: SEARCH_ATTRIBUTES.CountersignUsers }, value: [...users] },
    ]);
  }

  /** Somebody waits behind a turn that a person holds up, and the assistant would rather answer now. */
  async function parkIfHeld(): Promise<void> {
    if (held?.whilePending !== 'park' || queue.length === 0) return;
    const { turnId } = held;
    held = undefined;
    await turn.tell(turnId, park);
  }

  function isQueued(turnId: string): boolean {
    return queue.some((waiting) => waiting.turnId === turnId);
  }

  function isNext(turnId: string): boolean {
    return queue[0]?.turnId === turnId;
  }

  /** The latest turn is known to run, so whoever is next has to wait. */
  function isWaiting(): boolean {
    return latest?.isFree === false && latest.isAsked;
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
