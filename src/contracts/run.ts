import type { ReviewedCall } from './approval.ts';

/** Tokens of one run, or of a turn's runs added up. */
export interface Usage {
  promptTokens: number;
  completionTokens: number;
  totalTokens: number;
}

/** A tool call as the provider gave it. `arguments` is the model's text: it may not even be JSON. */
export interface ToolCall {
  toolCallId: string;
  tool: string;
  arguments: string;
}

/** One tool output of a submit. */
export interface ToolOutput {
  toolCallId: string;
  output: string;
}

/** Which run, on which thread. `key` is the one minted in workflow code that the run carries in its metadata. */
export interface RunReference {
  threadId: string;
  runId: string;
}

/**
 * A run as one look at the provider shows it, in our words.
 *
 * `working`: nothing to do but look again; `unknown`: a status this version has no word for, waited on for a while.
 */
export type RunState =
  | { state: 'working' }
  | { state: 'unknown' }
  | { state: 'requires_action'; calls: ToolCall[] }
  | { state: 'completed' }
  | { state: 'incomplete'; reason: string }
  | { state: 'failed'; code: string; message: string }
  | { state: 'cancelled' }
  | { state: 'expired' };

export type RunSnapshot = RunReference &
  RunState & {
    /** The provider's own word, for messages and logs. */
    providerStatus: string;
    /** Until `expires_at` by the provider's own clock; `null` when the run has no deadline (any more). */
    timeLeftMs: number | null;
    usage?: Usage;
    /** What the provider asks us to wait before the next look. */
    pollAfterMs?: number;
  };

/** What a submit tells the workflow beside that. */
export interface Delivery {
  /** False when the run ended before our outputs reached it: what was decided has to be carried by another run. */
  isDelivered: boolean;
}

/** What a watch tells the workflow: the run stopped being `working`, or the slot was given back before it did. */
export type RunReport = RunReference & {
  /**
   * When the run was seen, on Temporal's clock, and never too late: the attempt's schedule time plus the time it took. Time
   * spent in the task queue makes it too early, so a reader that sees it far in the past looks again.
   */
  observedAtMs: number;
  timeLeftMs: number | null;
  providerStatus: string;
  usage?: Usage;
} & (
    | { state: 'working' }
    | { state: 'requires_action'; calls: ReviewedCall[] }
    | { state: 'completed'; reply: string }
    | { state: 'incomplete'; reason: string }
    | { state: 'failed'; code: string; message: string }
    | { state: 'cancelled' }
    | { state: 'expired' }
    | { state: 'unknown' }
  );
