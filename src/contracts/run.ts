import type { ReviewedCall } from './approval/review.ts';
import type { Writing } from './recording/fact.ts';
import type { ToolCall } from './tool-call.ts';
import type { TranscriptChange } from './transcript.ts';

/** The protocols of AI providers: `COUNTERSIGN_PROVIDER` names the one a worker speaks. */
export const PROTOCOLS = ['assistants', 'responses', 'chat', 'agents'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

/**
 * The default protocol. A key without a base URL means OpenAI itself, which has no Assistants any more. A base URL names another server,
 * which speaks them as the simulator does.
 */
export function defaultProtocol({
  apiKey,
  baseURL,
}: {
  apiKey: string | undefined;
  baseURL: string | undefined;
}): Protocol {
  return apiKey !== undefined && baseURL === undefined ? 'responses' : 'assistants';
}
import type { Reply } from './files.ts';

/** Tokens of one run, or of a turn's runs added up. */
export interface Usage {
  promptTokens: number;
  completionTokens: number;
  totalTokens: number;
}

/** One tool output of a submit. */
export interface ToolOutput {
  toolCallId: string;
  output: string;
  /** Nothing was carried out: denied, timed out, refused, parked or failed. Protocols that have a word for it use it. */
  isRefusal?: true;
  /** As of its call: there is no output, the answer is whether it may run. */
  runsAt?: 'provider';
}

/** An approved call that the provider has run. */
export interface RanCall {
  toolCallId: string;
  hasFailed: boolean;
}

/** Which run, on which thread. Both are the provider's own ids, or its provider file's where the protocol has none. */
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
  /** `reply` if the run shows it; otherwise it is read with another request. */
  | { state: 'completed'; reply?: string }
  | { state: 'incomplete'; reason: string }
  | { state: 'failed'; code: string; message: string }
  | { state: 'cancelled' }
  | { state: 'expired' };

export type RunSnapshot = RunReference &
  RunState &
  TranscriptChange & {
    /** The provider's own word, for messages and logs. */
    providerStatus: string;
    /** Until `expires_at` by the provider's own clock; `null` when the run has no deadline (any more). */
    timeLeftMs: number | null;
    usage?: Usage;
    /** What the provider itself has run in it; absent when nothing. */
    ran?: RanCall[];
    /** What the provider asks us to wait before the next look. */
    pollAfterMs?: number;
    /**
     * What tells the run's calls apart from those of another one, where that is not its id: the same however the run was
     * found. Ids of approvals are made from it.
     */
    callScope?: string;
  };

/** What a submit tells the workflow beside that. */
export interface Delivery {
  /** False when the run ended before our outputs reached it: what was decided has to be carried by another run. */
  isDelivered: boolean;
}

/** When questions were asked, and until when their run waits, as the record has it; on the turn's clock, in ms since the epoch. */
export interface Asked {
  atMs: number;
  runDeadlineMs: number | null;
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
  ran?: RanCall[];
  /** Of all that the activity was to write, and of the questions it found. */
  record?: Writing;
} & TranscriptChange &
  (
    | { state: 'working' }
    | { state: 'requires_action'; calls: ReviewedCall[]; asked?: Asked }
    | ({ state: 'completed' } & Reply)
    | { state: 'incomplete'; reason: string }
    | { state: 'failed'; code: string; message: string }
    | { state: 'cancelled' }
    | { state: 'expired' }
    | { state: 'unknown' }
  );

/**
 * The thread of a chain of responses is a name of ours: this, and the id of its newest response, whatever ids look like at the server.
 */
export const CHAIN = 'previous_response:';

/** What ids of threads begin with. An id that begins otherwise may be any server's. */
const THREAD_PREFIXES: Record<Protocol, readonly string[]> = {
  assistants: ['thread_'],
  responses: ['conv_', CHAIN],
  chat: ['chat_'],
  agents: ['asess_'],
};

/** The protocol a thread belongs to, as far as its id tells. */
export function protocolOfThread(threadId: string): Protocol | undefined {
  return PROTOCOLS.find((protocol) =>
    THREAD_PREFIXES[protocol].some((prefix) => threadId.startsWith(prefix)),
  );
}

/**
 * Whether the thread's id changes with every run, so that each turn has to tell where the next one begins: a chain of responses
 * has no other name than its newest one, and an agent session that has not begun has none.
 */
export function isMovingThread(threadId: string): boolean {
  return [CHAIN, 'asess_new_'].some((prefix) => threadId.startsWith(prefix));
}
