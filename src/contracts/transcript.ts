import type { ToolCall } from './run.ts';

/**
 * What was said in a conversation whose provider keeps nothing: it travels with every request, so it is ours to keep. Oldest
 * first. A turn that ended in the middle may leave calls without outputs: who builds a request from it answers them.
 */
export type TranscriptEntry =
  | { role: 'user'; text: string }
  | { role: 'assistant'; text: string | null; calls?: ToolCall[] }
  | { role: 'tool'; toolCallId: string; output: string }
  /** What stands in place of older entries that were too much to send. */
  | { role: 'summary'; text: string };

/** What one request and its answer do to the transcript. Neither field: the provider keeps it itself. */
export interface TranscriptChange {
  /** Entries that come at its end. */
  added?: TranscriptEntry[];
  /** All of it anew, in place of `added`: the provider has made it shorter. */
  transcript?: TranscriptEntry[];
}

/** @returns undefined as long as the provider has told of no entry. */
export function changedTranscript(
  before: TranscriptEntry[] | undefined,
  { added, transcript }: TranscriptChange,
): TranscriptEntry[] | undefined {
  if (transcript !== undefined) return transcript;
  return added === undefined ? before : [...(before ?? []), ...added];
}
