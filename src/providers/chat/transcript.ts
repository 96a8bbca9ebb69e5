import { TRANSCRIPT_BYTES, TURN_TRANSCRIPT_BYTES } from '../../contracts/limits.ts';
import { inDigits, jsonBytes } from '../../contracts/size.ts';
import type { TranscriptChange, TranscriptEntry } from '../../contracts/transcript.ts';
import type { ChatAnswer } from './completion.ts';
import { fitTranscript, limitOf, type Fit } from './fit.ts';
import { closeCalls } from './messages.ts';
import type { AssistantSpec } from '../provider.ts';

/** What becomes of a conversation's transcript with one request and its answer. */

/** What the request says: all that was said, with what is new at its end, as far as it may have. */
export function entriesToSend(
  before: readonly TranscriptEntry[],
  news: readonly TranscriptEntry[],
  assistant: AssistantSpec,
): TranscriptEntry[] {
  return fitTranscript(closeCalls([...before, ...news]), { ...fitOf(assistant), isUnderWay: true });
}

/** Why these entries cannot be sent; null when they can. */
export function sizeProblem(entries: readonly TranscriptEntry[], assistant: AssistantSpec): string | null {
  const limit = limitOf(entries, { ...fitOf(assistant), isUnderWay: true });
  const bytes = jsonBytes(entries);
  if (bytes <= limit) return null;
  return `its transcript would have ${inDigits(bytes)} bytes though all outputs were shortened, at most ${inDigits(limit)} are allowed. Ask for less in one turn`;
}

/** What the answer adds; the whole transcript when it had to become shorter or calls had to be closed. */
export function changeBy(
  { text, calls, state }: ChatAnswer,
  sent: readonly TranscriptEntry[],
  before: readonly TranscriptEntry[],
  assistant: AssistantSpec,
): TranscriptChange {
  const isUnderWay = state === 'requires_action';
  const fit = fitOf(assistant);
  const transcript = fitTranscript(
    [...sent, { role: 'assistant', text, ...(calls.length > 0 && { calls }) }],
    {
      ...fit,
      isUnderWay,
      // A turn that is over hands it on beside its approvals and its reply.
      maximumBytes: isUnderWay ? fit.maximumBytes : Math.min(fit.maximumBytes, TRANSCRIPT_BYTES),
    },
  );
  const isLonger = before.every((entry, index) => transcript[index] === entry);
  return isLonger ? { added: transcript.slice(before.length) } : { transcript };
}

function fitOf({ tools, chat }: AssistantSpec): Omit<Fit, 'isUnderWay'> {
  return {
    maximumBytes: chat?.transcriptBytes ?? TURN_TRANSCRIPT_BYTES,
    // A tool this assistant does not have may be another one's of the same conversation.
    isGated: (name) => tools.find((tool) => tool.name === name)?.isGated ?? true,
  };
}
