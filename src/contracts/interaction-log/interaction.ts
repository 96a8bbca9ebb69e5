import type { RunState, Usage } from '../run.ts';

/** One text of an interaction: how long it is, and its words only where the rule of the log lets them out (redact.ts). */
export interface Content {
  characters: number;
  text?: string;
}

/** A tool call as the model asked for it. A call that was refused unread has no arguments here. */
export interface LoggedCall {
  toolCallId: string;
  tool: string;
  arguments?: Content;
}

/** The output of one of the model's calls. */
export interface LoggedOutput {
  toolCallId: string;
  output: Content;
}

export type InteractionProtocol = 'assistants' | 'responses' | 'chat' | 'agents';

/** For whom and where. All of it comes from the turn and its trusted context, nothing from the model. */
export interface Actor {
  tenant: string;
  /** `context.user` of the turn, with the tenant before it: two tenants may both have a user "1". */
  user?: string;
  /** `context.session` of the turn, else the conversation; the tenant stands before it. */
  session: string;
  conversationId: string;
  turnId: string;
  assistant: string;
  /** The rest of the turn's context, redacted, and only with content `full`. */
  context?: Record<string, unknown>;
}

interface Timed {
  /** When the request was made and when its answer was there: milliseconds since 1970, the worker's clock. */
  startedAtMs: number;
  endedAtMs: number;
  /** The type of the failure (contracts/failures.ts, or the provider's code) when it did not go well. */
  error?: { type: string };
}

/**
 * One request that made the model work, and its answer. The request is a message that begins a run, or tool outputs that continue it.
 * The answer is final or asks for tools. Waiting for people happens between two interactions, never within one.
 */
export interface ModelInteraction extends Actor, Timed {
  kind: 'model';
  protocol: InteractionProtocol;
  model: string;
  /** The tools the model may call, by name. */
  tools: string[];
  step: 'message' | 'outputs';
  threadId: string;
  /** Absent when the run could not be created. */
  runId?: string;
  /** When the run was asked for; earlier than `startedAtMs` after tool calls. */
  runStartedAtMs: number;
  /** The message that the run was made with; absent when it could not be read back. */
  message?: Content;
  /** The calls that `outputs` answer. */
  calls?: LoggedCall[];
  outputs?: LoggedOutput[];
  /** Absent when there was none. */
  answer?: {
    state: RunState['state'];
    text?: Content;
    calls: LoggedCall[];
    /** Why an answer is incomplete, or the code of a failed run. */
    reason?: string;
    usage?: Usage;
  };
  /** Of a completed run of the Assistants protocol, for a sink that needs them; metadata only where words may leave. */
  messages?: RunMessages;
}

/** What the provider says of a message beside its words. */
export interface MessageFacts {
  id: string;
  /** Of the assistant that wrote it; null of a user's. */
  assistantId: string | null;
  createdAtSeconds: number;
  attachments: unknown[];
  metadata: Record<string, unknown>;
}

/** The messages of a run as the provider keeps them: the one it was made with, and its reply. Null is what it does not show. */
export interface RunMessages {
  request: MessageFacts | null;
  response: MessageFacts | null;
}

/** One attempt to run a tool call. */
export interface ToolInteraction extends Actor, Timed {
  kind: 'tool';
  tool: string;
  toolCallId: string;
  arguments: Content;
  output?: Content;
}

/** What passed between the worker and the model, or a tool. */
export type Interaction = ModelInteraction | ToolInteraction;

/**
 * Where interactions go. A sink never delays a turn: it is called in the background. A slow sink, or one that throws, loses records
 * only.
 */
export interface InteractionSink {
  /** For log events. */
  readonly name: string;
  /** It logs messages as the provider keeps them (`ModelInteraction.messages`): one request more for each completed run. */
  readonly needsMessages?: true;
  /**
   * Delivers one interaction.
   *
   * @param signal - aborts when its time is over; a later result counts as lost.
   */
  write(interaction: Interaction, signal: AbortSignal): void | Promise<void>;
}

/** The application's settings of its log: `defineApp({ interactionLog })`. */
export interface InteractionLogOptions {
  sink: InteractionSink;
  /**
   * `none`: names, ids, sizes and times only. `full`: messages, tool arguments and tool outputs as well, after they have
   * been redacted.
   *
   * @default 'none'
   */
  content?: 'none' | 'full';
  /** Whatever these match is replaced by `[redacted]`, after the built-in patterns. */
  patterns?: readonly RegExp[];
  /** The final redaction of every text. If it throws, the whole interaction is dropped. */
  redact?: (text: string) => string;
}

/** The log an operator asks for by the environment (`COUNTERSIGN_INTERACTION_LOG`), in place of what the application says. */
export type InteractionLogConfig = { content: 'none' | 'full' } & (
  { sink: 'otel' } | { sink: 'reconify'; url: string; appKey: string; apiKey: string }
);
