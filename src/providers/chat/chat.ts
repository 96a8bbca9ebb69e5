import { createHash } from 'node:crypto';

import { ApplicationFailure } from '@temporalio/common';
import OpenAI from 'openai';

import { CHAT_TIMEOUT_MS } from '../../contracts/limits.ts';
import type { RunReference, RunSnapshot, RunState } from '../../contracts/run.ts';
import type { TranscriptEntry } from '../../contracts/transcript.ts';
import { readCompletion, type ChatAnswer } from './completion.ts';
import { chatFailure } from './errors.ts';
import { toMessages } from './messages.ts';
import { toolFields } from './tools.ts';
import { changeBy, entriesToSend, sizeProblem } from './transcript.ts';
import type { ProviderOptions } from '../provider-options.ts';
import { fittingReply } from '../fitting-reply.ts';
import type { AssistantSpec, Provider } from '../provider.ts';

/** What is asked: the transcript before, and what comes at its end. */
interface Question {
  run: RunReference;
  assistant: AssistantSpec;
  before: readonly TranscriptEntry[];
  news: readonly TranscriptEntry[];
  signal: AbortSignal | undefined;
}

/**
 * Chat Completions, of OpenAI and of every server that speaks it. The protocol keeps nothing: the transcript is the
 * conversation's, a thread is no more than a name, and a run is one request with its answer. A lost answer is asked for again.
 */
export function createChatProvider({
  apiKey,
  baseURL,
  requestLimitMs = CHAT_TIMEOUT_MS,
}: Omit<ProviderOptions, 'protocol'>): Provider {
  // Temporal owns every retry.
  const openai = new OpenAI({ apiKey, baseURL, maxRetries: 0, timeout: requestLimitMs });

  async function ask({ run, assistant, before, news, signal }: Question): Promise<RunSnapshot> {
    const entries = entriesToSend(before, news, assistant);
    const common = { ...run, timeLeftMs: null };
    const problem = sizeProblem(entries, assistant);
    if (problem !== null)
      return { ...common, state: 'incomplete', reason: problem, providerStatus: 'not asked' };
    const answer = await complete(assistant, entries, signal);
    return {
      ...common,
      ...toState(answer),
      ...changeBy(answer, entries, before, assistant),
      providerStatus: answer.finishReason,
      ...(answer.usage && { usage: answer.usage }),
    };
  }

  async function complete(
    assistant: AssistantSpec,
    entries: readonly TranscriptEntry[],
    signal: AbortSignal | undefined,
  ): Promise<ChatAnswer> {
    // Nothing else is sent: servers refuse `store`, `metadata` and whatever else they do not know.
    const request = {
      model: assistant.model,
      messages: toMessages(assistant.instructions, entries),
      ...toolFields(assistant),
    };
    let body: unknown;
    try {
      body = await openai.chat.completions.create(request, {
        ...(signal && { signal }),
        timeout: assistant.chat?.timeoutMs ?? requestLimitMs,
      });
      return readCompletion(body, callIdsOf(entries));
    } catch (error) {
      // The turn was cancelled while the model thought: nothing has happened that would have to be known.
      signal?.throwIfAborted();
      throw chatFailure(error, body);
    }
  }

  return {
    protocol: 'chat',
    isStateless: true,

    /** The same conversation always gets the same name, so that a repeated attempt changes nothing. */
    openThread: ({ metadata }) => Promise.resolve(`chat_${digest(metadata)}`),

    createRun: ({ threadId, key, assistant, message, transcript = [], signal }) =>
      ask({
        run: runOf(threadId, key),
        assistant,
        before: transcript,
        news: [{ role: 'user', text: message }],
        signal,
      }),

    submitOutputs: ({ run: { threadId }, key, assistant, outputs, transcript = [], signal }) =>
      ask({
        run: runOf(threadId, key),
        assistant,
        before: transcript,
        news: outputs.map((output) => ({ role: 'tool', ...output })),
        signal,
      }),

    findRun: nothing,
    findActiveRun: nothing,
    findSubmitted: nothing,
    retrieveRun: notKept,
    cancelRun: notKept,
    readReply: notKept,
  };
}

/** Follows from the key, which is another one with each request and the same in each attempt. */
function runOf(threadId: string, key: string): RunReference {
  return { threadId, runId: `completion_${digest([threadId, key])}` };
}

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 24);
}

function callIdsOf(entries: readonly TranscriptEntry[]): ReadonlySet<string> {
  const calls = entries.flatMap((entry) => (entry.role === 'assistant' ? (entry.calls ?? []) : []));
  return new Set(calls.map(({ toolCallId }) => toolCallId));
}

function toState({ state, text, calls, finishReason }: ChatAnswer): RunState {
  switch (state) {
    case 'requires_action':
      return { state, calls };
    case 'completed':
      return { state, reply: fittingReply(text, null) };
    case 'incomplete':
      return { state, reason: finishReason };
    case 'failed': {
      const why = finishReason === 'tool_calls' ? 'but there is no call' : 'which this version does not know';
      return { state, code: finishReason, message: `finish_reason is "${finishReason}", ${why}.` };
    }
    default:
      return state satisfies never;
  }
}

function nothing(): Promise<null> {
  return Promise.resolve(null);
}

/** Of a stateless provider nobody asks for what it does not keep. */
function notKept(): Promise<never> {
  const message = 'Chat Completions keeps no runs: there is nothing to show or to cancel.';
  return Promise.reject(ApplicationFailure.nonRetryable(message, 'Provider.NotFound'));
}
