import type { ToolCall } from './tool-call.ts';

/**
 * What was said in a conversation whose provider keeps nothing: it travels with every request, so it is ours to keep. Oldest
 * first. A turn that ended in the middle may leave calls without outputs: who builds a request from it answers them.
 */
export type TranscriptEntry =
  | { role: 'user'; text: string }
  | { role: 'assistant'; text: string | null; calls?: ToolCall[] }
  | { role: 'tool'; toolCallId: string; output: string; isRefusal?: true }
  | Summary;

/** What stands in place of older turns that were too much to send: made by a rule, not by a model. Always the first entry. */
export interface Summary {
  role: 'summary';
  /** Oldest first, shortened. */
  turns: TurnDigest[];
  /** Of turns before those only this is left: how often each tool was called, and how often it was refused. */
  before?: { turns: number; actions: ActionTally[] };
}

/** An old turn: what was said, and each call that a person or a policy had to let through. */
export interface TurnDigest {
  message: string;
  reply: string;
  actions: ActionDigest[];
}

export interface ActionDigest {
  tool: string;
  arguments: string;
  output: string;
  isRefusal?: true;
}

export interface ActionTally {
  tool: string;
  called: number;
  /** Of those: nothing was carried out. */
  refused: number;
}

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
