import {
  LEAST_TRANSCRIPT_BYTES,
  LONGEST_CHAT_TIMEOUT_MS,
  TURN_TRANSCRIPT_BYTES,
} from '../contracts/limits.ts';
import { inDigits } from '../contracts/size.ts';
import { toMs, type Duration } from './duration.ts';

/** What an assistant wants of a server that speaks Chat Completions; other protocols do not look at it. */
export interface ChatOptions {
  /**
   * Fields of a request to leave out, for a server that refuses them. They are sent when a tool of the assistant is gated:
   * `strict` makes the server hold arguments to the schema, `parallel_tool_calls: false` asks for one call at a time.
   */
  readonly omit?: readonly ('strict' | 'parallel_tool_calls')[];
  /**
   * How many bytes of JSON the transcript in a request may have, instructions and tools apart: beyond that old turns are put
   * into a short summary. Less than the default for a model that reads less: a token is about four bytes of English.
   *
   * @default 300000
   */
  readonly transcriptBytes?: number;
  /**
   * How long one request may take, from 1 s to 30 min: the model thinks while it is open. One that takes longer is asked again, and
   * paid for again; the third time the turn fails.
   *
   * @default '150s'
   */
  readonly timeout?: Duration;
}

const OMITTABLE: readonly string[] = ['strict', 'parallel_tool_calls'];

/** What is wrong with the options, as a sentence; null when they are fine. */
export function chatOptionsProblem({ omit = [], transcriptBytes, timeout }: ChatOptions): string | null {
  // Those who write JavaScript have no compiler to tell them.
  const unknown = omit.find((field) => !OMITTABLE.includes(field));
  if (unknown !== undefined) {
    return `chat.omit names "${unknown}": it may name ${OMITTABLE.join(' and ')}.`;
  }
  const timeoutMs = timeout === undefined ? undefined : toMs(timeout, 'chat.timeout');
  if (timeoutMs !== undefined && (timeoutMs < 1_000 || timeoutMs > LONGEST_CHAT_TIMEOUT_MS)) {
    return `chat.timeout is ${timeout}: use 1 s to 30 min.`;
  }
  if (transcriptBytes === undefined) return null;
  const isFitting = transcriptBytes >= LEAST_TRANSCRIPT_BYTES && transcriptBytes <= TURN_TRANSCRIPT_BYTES;
  if (isFitting && Number.isInteger(transcriptBytes)) return null;
  const range = `${inDigits(LEAST_TRANSCRIPT_BYTES)} to ${inDigits(TURN_TRANSCRIPT_BYTES)}`;
  return `chat.transcriptBytes is ${transcriptBytes}: use a whole number of bytes from ${range}.`;
}
