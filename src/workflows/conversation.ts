import {
  allHandlersFinished,
  ApplicationFailure,
  condition,
  continueAsNew,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';

import { CARRIED_BYTES, QUEUE_BYTES } from '../contracts/limits.ts';
import { SEARCH_ATTRIBUTES } from '../contracts/search-attributes.ts';
import { jsonBytes } from '../contracts/size.ts';
import type { Say, TurnInput, TurnRemains } from '../contracts/turn.ts';
import { createHeard, type HeardBefore } from './conversation/heard.ts';
import { createLatestTurn, type LatestState } from './conversation/latest-turn.ts';
import { createMessageQueue, type Queued } from './conversation/message-queue.ts';
import {
  cancelQueued,
  conversationState,
  park,
  REFUSED,
  type Said,
  say,
  sayNow,
  tellWhenFree,
  turnHeld,
  turnLeft,
} from './messages.ts';
import { cancelProblem, heldProblem, leftProblem, sayProblem } from './receive/payloads.ts';
import { createTurnReach } from './conversation/reach-turn.ts';
import { receiveSignal } from './receive/signal.ts';
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
  queue: readonly Queued[];
  latest: LatestState;
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
 *                        ▲                               └─▶ no: ask it to tell when, and wait ──┐
 *                        └───────────────────────────────────────────────────────────────────────┘
 *
 * A turn is a workflow of its own, started by a local activity. Nobody reports the end of a turn that nobody waits for: that
 * would wake the conversation for nothing (docs/decisions/0011). What the conversation knows of it, latest-turn.ts says. A look asks
 * Temporal and never a worker: it keeps this worker's slot while it lasts, so that waiting for another one would lock the worker up.
 * When the history has grown long the conversation continues as new, between turns or while one runs.
 */
export async function conversation({ first, ...input }: ConversationInput): Promise<void> {
  const { tenant, conversationId, turnsPerExecution = TURNS_PER_EXECUTION } = input;
  const { lookAgainMs: firstLookAgainMs = FIRST_LOOK_AGAIN_MS } = input;
  let turns = 0;
  const queue = createMessageQueue(input.carried?.queue);
  const heard = createHeard(input.carried);
  const latest = createLatestTurn(input.carried?.latest);
  const turn = createTurnReach(tenant);
  const users = input.users && [...input.users];
  /** The thread, and what was said so far when the provider keeps nothing itself: where the next turn begins. */
  const known: TurnRemains = {};
  if (input.carried) learn(input.carried);

  if (first) hear(first);
  setHandler(
    sayNow,
    async (message): Promise<Said> => {
      hear(message);
      await parkIfHeld();
      // Whoever reads the turn right after this answer must find it: in the queue, or as a workflow.
      await condition(() => !queue.isNext(message.turnId) || latest.state.mode === 'asked');
      return { status: queue.has(message.turnId) ? 'queued' : 'running' };
    },
    { validator: refuse },
  );
  receiveSignal(say, saidProblem, async (message) => {
    hear(message);
    await parkIfHeld();
  });
  receiveSignal(
    turnHeld,
    (payload) => heldProblem(payload, conversationId),
    async (held) => {
      if (!latest.is(held.turnId)) return;
      latest.hold(held);
      await parkIfHeld();
    },
  );
  receiveSignal(
    cancelQueued,
    (payload) => cancelProblem(payload, conversationId),
    async ({ turnId }) => {
      if (!queue.cancel(turnId) && latest.is(turnId)) await turn.cancel(turnId);
    },
  );
  receiveSignal(
    turnLeft,
    (payload) => leftProblem(payload, conversationId),
    ({ turnId, ...left }) => {
      if (latest.is(turnId)) leave(left);
    },
  );
  setHandler(conversationState, () => ({
    queue: queue.shown(),
    ...(known.threadId !== undefined && { threadId: known.threadId }),
    ...(latest.state.mode !== 'idle' && { running: latest.state.turnId }),
  }));

  // A message whose sender still waits for its turn to start is not left behind.
  // Nor is a queue carried over that is too large to travel: signals cannot be refused, so it may have become one.
  const mayContinueAsNew = (): boolean =>
    (workflowInfo().continueAsNewSuggested || isLong()) &&
    allHandlersFinished() &&
    queue.bytes() <= QUEUE_BYTES &&
    queue.bytes() + jsonBytes(known.transcript) <= CARRIED_BYTES;

  function isLong(): boolean {
    return turns >= turnsPerExecution && turns * HEARD_BYTES_PER_TURN >= jsonBytes(heard.carried());
  }

  for (let lookAgainMs = firstLookAgainMs; ;) {
    await condition(() => queue.waiting.length > 0 || mayContinueAsNew());
    if (mayContinueAsNew()) {
      const carried: Carried = {
        queue: queue.waiting,
        ...heard.carried(),
        ...known,
        latest: latest.state,
      };
      return continueAsNew<typeof conversation>({ ...input, ...(users && { users }), carried });
    }
    if (await isFree()) {
      lookAgainMs = firstLookAgainMs;
      await startNext();
    } else {
      const isThere = await askLatest();
      if (!isThere) continue; // it ended while we looked
      await condition(() => latest.state.mode === 'idle' || mayContinueAsNew(), lookAgainMs);
      lookAgainMs = Math.min(lookAgainMs * 2, LAST_LOOK_AGAIN_MS);
    }
  }

  /** As an update's validator: what is refused here leaves no event. */
  function refuse(message: Say): void {
    const problem = saidProblem(message);
    if (problem !== null) throw ApplicationFailure.nonRetryable(problem, REFUSED.malformed);
    if (heard.isOther(message))
      throw ApplicationFailure.nonRetryable(
        'The turn id was used before, with another message.',
        REFUSED.reused,
      );
    if (heard.has(message.turnId)) return;
    const waiting = queue.waiting.length;
    if (queue.bytes() + jsonBytes(message) > QUEUE_BYTES)
      throw ApplicationFailure.nonRetryable('The queue is full.', REFUSED.full, waiting);
    const held = latest.state.mode === 'idle' ? undefined : latest.state.held;
    if (held?.whilePending !== 'reject') return;
    const details = [held.turnId, held.approvalIds];
    throw ApplicationFailure.nonRetryable('A turn waits for decisions.', REFUSED.rejected, ...details);
  }

  function saidProblem(message: unknown): string | null {
    return sayProblem(message, conversationId, tenant);
  }

  function hear(message: Say): void {
    if (heard.has(message.turnId)) return;
    heard.add(message);
    queue.add(message);
    if (!queue.isNext(message.turnId) || latest.state.mode === 'asked') queue.show();
  }

  /** Looks, unless it is known; learns what the turn has left. */
  async function isFree(): Promise<boolean> {
    if (latest.state.mode === 'idle') return true;
    const { turnId } = latest.state;
    const { threadId } = known;
    const look = await lookAtTurn({ tenant, turnId, ...(threadId !== undefined && { threadId }) });
    // It may have told so itself meanwhile.
    if (look.isFree && latest.is(turnId)) leave(look);
    return !latest.is(turnId);
  }

  function leave(left: TurnRemains): void {
    latest.leave();
    learn(left);
  }

  /** What the latest turn has left is where the next one begins. */
  function learn({ threadId, transcript }: TurnRemains): void {
    if (threadId !== undefined) known.threadId = threadId;
    if (transcript !== undefined) known.transcript = transcript;
  }

  /** Whoever waits is shown, and the turn asked once. @returns false when there is nobody to ask any more. */
  async function askLatest(): Promise<boolean> {
    if (latest.state.mode !== 'running') return true;
    latest.ask();
    queue.show();
    return turn.tell(latest.state.turnId, tellWhenFree);
  }

  async function startNext(): Promise<void> {
    const [next] = queue.waiting;
    if (next === undefined) return;
    turns += 1;
    const { bodyDigest: _compared, userKey, ...said } = next;
    const { turnId } = said;
    const turnInput: TurnInput = { ...said, tenant, conversationId, ...known };
    latest.begin(turnId);
    listUnder(userKey);
    await startTurn(turnInput);
    queue.shift();
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
    const { state } = latest;
    if (state.mode === 'idle' || state.held?.whilePending !== 'park' || queue.waiting.length === 0) return;
    latest.release();
    await turn.tell(state.turnId, park);
  }
}
