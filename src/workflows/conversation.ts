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
import { SEARCH_ATTRIBUTES } from '../contracts/search/attributes.ts';
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
  /** It continues as new after at least this many turns, or earlier if Temporal suggests it. @default 10 */
  turnsPerExecution?: number;
  /** How soon it looks again at a turn when a message waits. The pause grows up to ten minutes. @default 30000 */
  lookAgainMs?: number;
  /** The users of this conversation, by their keys in the index. Absent if it began without one: it is then in no user's list. */
  users?: string[];
  /** The first message; the others arrive by update or signal. */
  first?: Say;
  /** Carried over when the conversation continues as new. */
  carried?: Carried;
}

interface Carried extends TurnRemains, HeardBefore {
  queue: readonly Queued[];
  latest: LatestState;
}

/**
 * When the next message arrives, a conversation outside the worker's cache is replayed. Each turn in its history takes 5 ms of processor
 * time. So the history is kept short: a new one costs as much as a few replayed turns.
 */
const TURNS_PER_EXECUTION = 10;
/** More turns, if needed, so that the record of heard messages costs at most this many bytes a turn. */
const HEARD_BYTES_PER_TURN = 400;

/** A conversation is in the lists of this many users: the first who spoke there. */
const LISTED_USERS = 50;

/** A turn reports its own end. A terminated one cannot, so a waiting conversation looks again. */
const FIRST_LOOK_AGAIN_MS = 30_000;
const LAST_LOOK_AGAIN_MS = 600_000;

/**
 * A conversation: it owns the thread and the queue, and runs one turn at a time, first come first served.
 *
 *   say ─▶ queue ─▶ is the latest turn over, or parked? ─┬─▶ yes: start the next one
 *                        ▲                               └─▶ no: ask it to tell when, and wait ──┐
 *                        └───────────────────────────────────────────────────────────────────────┘
 *
 * A turn is a workflow of its own, started by a local activity. Its end is reported only if a message waits; otherwise it would wake the
 * conversation for nothing (docs/decisions/0011). latest-turn.ts holds what the conversation knows of it. A look asks Temporal and never
 * a worker: it occupies this worker's slot, and waiting for another slot could lock the worker up. When the history is long, the
 * conversation continues as new, between turns or while one runs.
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
  /** Where the next turn begins: the thread, and the transcript if the provider keeps none. */
  const known: TurnRemains = {};
  if (input.carried) learn(input.carried);

  if (first) hear(first);
  setHandler(
    sayNow,
    async (message): Promise<Said> => {
      hear(message);
      await parkIfHeld();
      // A reader must find the turn right after this answer: in the queue, or as a workflow.
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

  // A message whose sender still waits for its turn is not left behind.
  // A queue that is too large to travel is not carried over. It may grow so large because signals cannot be refused.
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

  /** An update's validator: a refusal here leaves no event. */
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

  /** Looks at the latest turn unless its end is known, and takes over what it left. */
  async function isFree(): Promise<boolean> {
    if (latest.state.mode === 'idle') return true;
    const { turnId } = latest.state;
    const { threadId } = known;
    const look = await lookAtTurn({ tenant, turnId, ...(threadId !== undefined && { threadId }) });
    // The turn may have reported it meanwhile.
    if (look.isFree && latest.is(turnId)) leave(look);
    return !latest.is(turnId);
  }

  function leave(left: TurnRemains): void {
    latest.leave();
    learn(left);
  }

  /** The next turn begins with what the latest one left. */
  function learn({ threadId, transcript }: TurnRemains): void {
    if (threadId !== undefined) known.threadId = threadId;
    if (transcript !== undefined) known.transcript = transcript;
  }

  /** Publishes the queue and asks the turn once. @returns false if the turn is gone. */
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

  /** Puts the conversation into a user's list. The first user came with its start; most conversations have no other. */
  function listUnder(user: string | undefined): void {
    if (users === undefined || user === undefined || users.includes(user) || users.length >= LISTED_USERS)
      return;
    users.push(user);
    upsertSearchAttributes([
      { key: { name: 'CountersignUsers', type: SEARCH_ATTRIBUTES.CountersignUsers }, value: [...users] },
    ]);
  }

  /** A message waits behind a pending approval, and the assistant parks to answer it now. */
  async function parkIfHeld(): Promise<void> {
    const { state } = latest;
    if (state.mode === 'idle' || state.held?.whilePending !== 'park' || queue.waiting.length === 0) return;
    latest.release();
    await turn.tell(state.turnId, park);
  }
}
