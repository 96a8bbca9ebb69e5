import { REPLY_BYTES } from '../contracts/limits.ts';
import type { RunReference } from '../contracts/run.ts';
import { cutToJsonBytes, inDigits, jsonBytes } from '../contracts/size.ts';

/**
 * A reply that is too long for the turn's result is kept as far as it fits, and says where the whole of it is.
 *
 * @param run - null when the provider keeps none, so that the rest is lost.
 */
export function fittingReply(reply: string, run: RunReference | null, maximumBytes = REPLY_BYTES): string {
  const cut = cutToJsonBytes(reply, maximumBytes);
  if (cut === reply) return reply;
  const size = `it has ${inDigits(jsonBytes(reply))} bytes, at most ${inDigits(maximumBytes)} are kept`;
  const where = run === null ? '' : ` All of it is in the thread ${run.threadId}, run ${run.runId}.`;
  // A number that was cut in two would be another footnote.
  const whole = cut.replace(/\[\d*$/, '');
  return `${whole}\n[The reply ends here because it is too long: ${size}.${where}]`;
}
