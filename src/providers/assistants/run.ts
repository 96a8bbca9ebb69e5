import { z } from 'zod';

import type { RunSnapshot, RunState } from '../../contracts/run.ts';
import { argumentsText } from '../call-arguments.ts';
import { distinctCalls } from '../distinct-calls.ts';
import { parseAnswer } from '../parse-answer.ts';
import { pollAfter } from '../poll-after.ts';

/** In messages about answers that are none of its. */
export const ASSISTANTS = 'the Assistants protocol';

/**
 * Reads a run object of the Assistants protocol (shared facts: docs/protocol.md). Loose on purpose: bodies carry fields the
 * description lacks and lack fields it requires. What we decide by is checked; an unknown status is a state of its own.
 */
const RunSchema = z.looseObject({
  id: z.string().min(1),
  thread_id: z.string().min(1),
  status: z.string(),
  created_at: z.number().nullish(),
  expires_at: z.number().nullish(),
  metadata: z.record(z.string(), z.unknown()).nullish(),
  required_action: z
    .looseObject({
      submit_tool_outputs: z.looseObject({
        tool_calls: z.array(
          z.looseObject({
            id: z.string().nullish(),
            function: z.looseObject({
              name: z.string(),
              arguments: z.union([z.string(), z.record(z.string(), z.unknown())]).nullish(),
            }),
          }),
        ),
      }),
    })
    .nullish(),
  last_error: z.looseObject({ code: z.string(), message: z.string() }).nullish(),
  incomplete_details: z.looseObject({ reason: z.string().nullish() }).nullish(),
  usage: z
    .looseObject({ prompt_tokens: z.number(), completion_tokens: z.number(), total_tokens: z.number() })
    .nullish(),
});
export type AssistantsRun = z.infer<typeof RunSchema>;

/**
 * @throws ApplicationFailure `Provider.UnexpectedAnswer` naming the field when the body is not a run.
 */
export function parseRun(body: unknown): AssistantsRun {
  return parseAnswer(RunSchema, body, { what: 'a run', speaks: ASSISTANTS });
}

/** No status of the protocol leads on from these. */
export function isOver(status: string): boolean {
  return ['completed', 'incomplete', 'failed', 'cancelled', 'expired'].includes(status);
}

/**
 * @param headers - of the answer that carried the run: its `Date` is the clock `expires_at` is measured on, so that a
 *   worker whose own clock is wrong neither waits too long nor gives up early.
 */
export function toSnapshot(run: AssistantsRun, headers: Headers): RunSnapshot {
  const serverNow = Date.parse(headers.get('date') ?? '');
  const deadline = expiresAt(run);
  return {
    threadId: run.thread_id,
    runId: run.id,
    providerStatus: callsOf(run).some(hasNoId) ? `${run.status}, with a call that has no id` : run.status,
    timeLeftMs:
      deadline === null ? null : deadline * 1_000 - (Number.isNaN(serverNow) ? Date.now() : serverNow),
    ...toState(run),
    ...(run.usage && {
      usage: {
        promptTokens: run.usage.prompt_tokens,
        completionTokens: run.usage.completion_tokens,
        totalTokens: run.usage.total_tokens,
      },
    }),
    ...pollAfter(headers),
  };
}

/** Some servers have no deadline and say 0, or one that lies before the run's own creation. */
function expiresAt({ expires_at, created_at }: AssistantsRun): number | null {
  return expires_at && expires_at > (created_at ?? 0) ? expires_at : null;
}

type Call = ReturnType<typeof callsOf>[number];

function callsOf({ required_action }: AssistantsRun) {
  return required_action?.submit_tool_outputs.tool_calls ?? [];
}

/** Nothing could answer it. */
function hasNoId({ id }: Call): boolean {
  return !id;
}

function toState(run: AssistantsRun): RunState {
  switch (run.status) {
    case 'queued':
    case 'in_progress':
    case 'cancelling':
      return { state: 'working' };
    case 'requires_action': {
      const calls = callsOf(run);
      // Without calls there is nothing to answer: some servers say so for a moment before the calls appear.
      if (calls.length === 0 || calls.some(hasNoId)) return { state: 'unknown' };
      return {
        state: 'requires_action',
        calls: distinctCalls(
          calls.map((call) => ({
            toolCallId: call.id ?? '',
            tool: call.function.name,
            arguments: argumentsText(call.function.arguments),
          })),
        ),
      };
    }
    case 'completed':
      return { state: 'completed' };
    case 'incomplete':
      return { state: 'incomplete', reason: run.incomplete_details?.reason ?? 'no reason given' };
    case 'failed':
      return {
        state: 'failed',
        code: run.last_error?.code ?? 'unknown',
        message: run.last_error?.message ?? 'The provider gave no reason.',
      };
    case 'cancelled':
      return { state: 'cancelled' };
    case 'expired':
      return { state: 'expired' };
    default:
      return { state: 'unknown' };
  }
}
