import { setTimeout as sleep } from 'node:timers/promises';

import { ApplicationFailure } from '@temporalio/common';
import type OpenAI from 'openai';

import type { RunReference, RunSnapshot, ToolOutput } from '../../contracts/run.ts';
import {
  callsOf,
  isOver,
  parseSession,
  replyOf,
  strangeActions,
  toSnapshot,
  type Session,
  type Turn,
} from './body.ts';
import { afterOf, fingerprint, idempotencyKey, isNewThread, newThread, STAMP, stampOf } from './keys.ts';
import { createSessionReader } from './read-sessions.ts';
import { deliveryIn, shown } from '../delivery.ts';
import { fittingReply } from '../fitting-reply.ts';
import { ask, createOpenAI, type ClientOptions } from '../openai-client.ts';
import { isBadRequest } from '../openai-errors.ts';
import type { AssistantSpec, CreateRun, Provider, SubmitOutputs, Submitted } from '../provider.ts';

type InputEvent = OpenAI.Beta.Agents.AgentSessionInputParam;

/** A call that the session shows may not be registered yet; these are the official client's pauses. */
const UNREGISTERED_MS = [0, 100, 300, 600];
/** A turn that is still busy is looked at again after this. */
const BUSY_PAUSE_MS = 1_000;

/**
 * The Agents API (public beta): thread = session, run = turn of the session. What we send goes as events that bear an
 * `Idempotency-Key`, the same in every attempt, so that a lost answer is simply sent again; what has become of it the session
 * shows a moment later.
 *
 * @see keys.ts for how a session begins and how its turns are told apart.
 */
export function createAgentsProvider(options: ClientOptions): Provider {
  const { sessions } = createOpenAI(options).beta.agents;
  const { retrieveSession, retrieveTurn, findTurn, findSession, itemsOf } = createSessionReader(sessions);

  const send = (doing: string, sessionId: string, key: string, event: InputEvent): Promise<void> =>
    ask(doing, () => sessions.events.create(sessionId, { events: [event], 'Idempotency-Key': key }));

  const cancelTurn = ({ threadId, runId }: RunReference): Promise<void> =>
    // The key names the turn: sent again later, it cannot hit the next one.
    send('cancel the turn', threadId, idempotencyKey(threadId, runId, 'cancel'), {
      type: 'agent.session.input.cancel',
    });

  async function retrieveRun(run: RunReference): Promise<RunSnapshot> {
    return look(await retrieveSession(run.threadId), run);
  }

  async function look(session: Session, run: RunReference): Promise<RunSnapshot> {
    const strange = strangeActions(session, run.runId);
    if (strange.length > 0) return refuse(strange, session, run);
    const isTelling = session.status === 'in_progress' || callsOf(session, run.runId).length > 0;
    const turn = isTelling ? undefined : await retrieveTurn(session.id, run.runId);
    return toSnapshot(session, run, turn);
  }

  /** Nobody here can do what the turn asks for: it ends, and the session is free for the next message. */
  async function refuse(kinds: string[], session: Session, run: RunReference): Promise<RunSnapshot> {
    await cancelTurn(run);
    return {
      ...toSnapshot(session, run),
      state: 'failed',
      code: 'unsupported_action',
      message: `it requires ${[...new Set(kinds)].join(', ')}, which Countersign cannot answer; only function calls can be. The turn was cancelled. Give the agent no tools that ask for it.`,
    };
  }

  /** The turn that the message of this key has begun, if it shows. */
  async function findRun({
    threadId,
    key,
  }: Pick<CreateRun, 'threadId' | 'key'>): Promise<RunSnapshot | null> {
    const session = isNewThread(threadId)
      ? await findSession(stampOf(key, threadId))
      : await retrieveSession(threadId);
    if (session === null) return null;
    const after = afterOf(session.metadata?.[STAMP], key);
    if (after === null) return null;
    const turn = await turnAfter(session.id, after);
    return turn === null ? null : look(session, { threadId: session.id, runId: turn.id });
  }

  const turnAfter = (sessionId: string, after: string): Promise<Turn | null> =>
    findTurn(sessionId, { order: 'asc', ...(!isNewThread(after) && { after }) });

  async function begin({ threadId, key, assistant, message, metadata }: CreateRun): Promise<RunSnapshot> {
    const { model, instructions } = assistant;
    const body = {
      agent: { model, instructions, tools: toTools(assistant) },
      environment: { type: 'none' as const },
      input: [userMessage(message)],
      metadata: { ...metadata, [STAMP]: stampOf(key, threadId) },
      // The gate is ours: a review by the provider denies what would be put to a person.
      review: 'none' as const,
    };
    // Not documented for sessions. A server that honours it makes one session of a request that is sent twice.
    const headers = { 'Idempotency-Key': idempotencyKey(threadId, key, fingerprint(body)) };
    const session = await ask('create the session', async () =>
      parseSession(await sessions.create(body, { headers })),
    );
    return follow(session.id, threadId);
  }

  async function goOn({ threadId, key, assistant, message, metadata }: CreateRun): Promise<RunSnapshot> {
    // First the turns, then the stamp: so no attempt, however late it wakes up, takes the message's own turn for its forerunner.
    const newest = await findTurn(threadId, { order: 'desc' });
    const session = await retrieveSession(threadId);
    let after = afterOf(session.metadata?.[STAMP], key);
    if (after === null) {
      if (newest !== null && !isOver(newest)) throw await busy(threadId, newest);
      after = newest?.id ?? newThread();
      const stamped = { ...metadata, [STAMP]: stampOf(key, after) };
      const agent = { model: assistant.model, tools: toTools(assistant) };
      await ask('update the session', () =>
        sessions.update(threadId, { agent, metadata: stamped, review: 'none' }),
      );
    }
    await send('take the message', threadId, idempotencyKey(threadId, key), {
      type: 'agent.session.input.message',
      input: [userMessage(message)],
    });
    return follow(threadId, after);
  }

  /** The turn that comes after another one, once it shows. */
  async function follow(sessionId: string, after: string): Promise<RunSnapshot> {
    const turn = await shown('the turn of the message', () => turnAfter(sessionId, after));
    return retrieveRun({ threadId: sessionId, runId: turn.id });
  }

  /** A message would steer the turn that is under way, not begin one. */
  async function busy(threadId: string, turn: Turn): Promise<ApplicationFailure> {
    // Nobody will answer what an earlier turn of ours has left behind, and it does not expire.
    if (turn.status === 'waiting') await cancelTurn({ threadId, runId: turn.id });
    return ApplicationFailure.create({
      type: 'Run.ThreadBusy',
      message: `The session has a turn that is not over (${turn.id}, ${turn.status}); waiting until it is.`,
      nextRetryDelay: BUSY_PAUSE_MS,
    });
  }

  /** @throws what the provider says, unless the call waits no more: then it has its result, or its turn is over. */
  async function sendResult(run: RunReference, output: ToolOutput, submit: string): Promise<void> {
    const { threadId, runId } = run;
    for (const [index, pauseMs] of UNREGISTERED_MS.entries()) {
      await sleep(pauseMs);
      try {
        // Some servers give the id of a call again in the next round; the submit's key is the round's own.
        const key = idempotencyKey(threadId, runId, output.toolCallId, submit);
        await send('take the tool result', threadId, key, toResult(output, runId));
        return;
      } catch (error) {
        if (!isBadRequest(error)) throw error;
        if (!isWaitingFor(await retrieveSession(threadId), run, [output])) return;
        if (index === UNREGISTERED_MS.length - 1) throw error;
      }
    }
  }

  /** Null while it waits for one of these results, or does not show for what it waits: the calls may be the same ones. */
  async function submittedNow(run: RunReference, outputs: readonly ToolOutput[]): Promise<Submitted | null> {
    const session = await retrieveSession(run.threadId);
    if (isWaitingFor(session, run, outputs)) return null;
    const seen = await look(session, run);
    const delivery = deliveryIn(seen, outputs);
    if (delivery === 'delivered') return { seen, isDelivered: true };
    const arrived = (await itemsOf(run)).flatMap(({ type, call_id }) =>
      type === 'function_call_output' ? [call_id] : [],
    );
    const isDelivered = outputs.every(({ toolCallId }) => arrived.includes(toolCallId));
    return isDelivered || delivery === 'ended' ? { seen, isDelivered } : null;
  }

  return {
    protocol: 'agents',
    isStateless: false,

    openThread: () => Promise.resolve(newThread()),

    findRun,

    findActiveRun: async (threadId) => {
      if (isNewThread(threadId)) return null;
      const newest = await findTurn(threadId, { order: 'desc' });
      return newest === null || isOver(newest) ? null : retrieveRun({ threadId, runId: newest.id });
    },

    createRun: (request: CreateRun) => (isNewThread(request.threadId) ? begin(request) : goOn(request)),

    retrieveRun,

    submitOutputs: async ({ run, outputs, key }: SubmitOutputs) => {
      for (const output of outputs) await sendResult(run, output, key);
      const { seen } = await shown('the effect of the tool results', () => submittedNow(run, outputs));
      return seen;
    },

    findSubmitted: async ({ run, outputs }: SubmitOutputs): Promise<Submitted | null> => {
      const found = await shown('whether the tool results have arrived', async () =>
        // Also when only some of them arrived: those are known by their keys, and have no second effect.
        isWaitingFor(await retrieveSession(run.threadId), run, outputs)
          ? 'waiting'
          : submittedNow(run, outputs),
      );
      return found === 'waiting' ? null : found;
    },

    cancelRun: async (run: RunReference) => {
      await cancelTurn(run);
      await shown('the end of the turn', async () => {
        const turn = await retrieveTurn(run.threadId, run.runId);
        return isOver(turn) ? turn : null;
      });
      return retrieveRun(run);
    },

    readReply: async (run: RunReference) => ({
      reply: fittingReply(replyOf(await itemsOf(run), run.runId), run),
    }),
  };
}

function isWaitingFor(session: Session, { runId }: RunReference, outputs: readonly ToolOutput[]): boolean {
  const waiting = new Set(callsOf(session, runId).map(({ toolCallId }) => toolCallId));
  return outputs.some(({ toolCallId }) => waiting.has(toolCallId));
}

function toResult({ toolCallId, output, isRefusal }: ToolOutput, turnId: string): InputEvent {
  const call = { type: 'agent.session.input.tool_result' as const, call_id: toolCallId, turn_id: turnId };
  return isRefusal ? { ...call, success: false, error: output } : { ...call, success: true, output };
}

function toTools({ tools }: AssistantSpec) {
  return tools.map(({ name, description, parameters }) => ({
    type: 'function' as const,
    name,
    description,
    parameters,
  }));
}

function userMessage(text: string) {
  return { role: 'user' as const, content: [{ type: 'input_text' as const, text }] };
}
