import { z } from 'zod';

import type { RunSnapshot, RunState } from '../../contracts/run.ts';
import { fittingReply } from '../fitting-reply.ts';
import { parseAnswer } from '../parse-answer.ts';
import { pollAfter } from '../poll-after.ts';
import { ItemsSchema, ranIn, stateOf, type Item } from './items.ts';

/** In messages about answers that are none of its. */
export const RESPONSES = 'the Responses protocol';

/** The metadata field by which what we send is told apart: it comes back with every look at the response. */
export const KEY_FIELD = 'countersign_key';

/** A response object of the Responses protocol (shared facts: docs/protocol.md). What we decide by is checked. */
const ResponseSchema = z.looseObject({
  id: z.string().min(1),
  object: z.literal('response'),
  status: z.string(),
  output: ItemsSchema,
  conversation: z.looseObject({ id: z.string().min(1) }).nullish(),
  previous_response_id: z.string().nullish(),
  metadata: z.record(z.string(), z.unknown()).nullish(),
  error: z.looseObject({ code: z.string(), message: z.string() }).nullish(),
  incomplete_details: z.looseObject({ reason: z.string().nullish() }).nullish(),
  usage: z
    .looseObject({ input_tokens: z.number(), output_tokens: z.number(), total_tokens: z.number() })
    .nullish(),
});
type ResponseBody = z.infer<typeof ResponseSchema>;

/**
 * @param threadOf - the thread that goes on from this response.
 * @throws ApplicationFailure `Provider.UnexpectedAnswer` naming the field when the body is not a response.
 */
export function toSnapshot(
  body: unknown,
  headers: Headers,
  threadOf: (response: ResponseBody) => string,
): RunSnapshot {
  const response = parseAnswer(ResponseSchema, body, { what: 'a response', speaks: RESPONSES });
  const { id: runId, usage } = response;
  const threadId = threadOf(response);
  const key = response.metadata?.[KEY_FIELD];
  return {
    threadId,
    runId,
    providerStatus: response.status,
    // A response waits for us as long as it takes.
    timeLeftMs: null,
    ...fitting(toState(response), { threadId, runId }),
    ...ranIn(response.output),
    ...(usage && {
      usage: {
        promptTokens: usage.input_tokens,
        completionTokens: usage.output_tokens,
        totalTokens: usage.total_tokens,
      },
    }),
    ...(typeof key === 'string' && { callScope: key }),
    ...pollAfter(headers),
  };
}

/** @throws ApplicationFailure `Provider.UnexpectedAnswer` when the list is not one of items. */
export function parseItems(list: unknown): Item[] {
  return parseAnswer(ItemsSchema, list, { what: 'a list of items', speaks: RESPONSES });
}

/** A reply that is too long for the turn's result is cut. */
export function fitting(state: RunState, run: { threadId: string; runId: string }): RunState {
  return state.state === 'completed' && state.reply !== undefined
    ? { state: 'completed', reply: fittingReply(state.reply, run) }
    : state;
}

function toState(response: ResponseBody): RunState {
  switch (response.status) {
    case 'queued':
    case 'in_progress':
      return { state: 'working' };
    case 'completed':
      return stateOf(response.output);
    case 'incomplete':
      return { state: 'incomplete', reason: response.incomplete_details?.reason ?? 'no reason given' };
    case 'failed':
      return {
        state: 'failed',
        code: response.error?.code ?? 'unknown',
        message: response.error?.message ?? 'The provider gave no reason.',
      };
    case 'cancelled':
      return { state: 'cancelled' };
    default:
      return { state: 'unknown' };
  }
}
