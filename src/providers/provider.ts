import type { ChatOptions } from '../define/chat-options.ts';
import type { McpServer, ResponsesOptions } from '../contracts/assistant.ts';
import type { Protocol, RunReference, RunSnapshot, ToolOutput } from '../contracts/run.ts';
import type { TranscriptEntry } from '../contracts/transcript.ts';
import type { BuiltInTools } from '../define/built-in-tools.ts';
import type { Attachment, Reply } from '../contracts/files.ts';
import type { RunMessages } from '../contracts/interaction-log/interaction.ts';

/** An assistant as a provider has to know it. */
export interface AssistantSpec {
  name: string;
  model: string;
  instructions: string;
  tools: ToolSpec[];
  /** Servers whose tools the provider calls itself, each call once it is approved. */
  mcp?: readonly McpServer[];
  /** What only the Responses protocol has. */
  responses?: ResponsesOptions;
  /** What only servers that speak Chat Completions look at. */
  chat?: Omit<ChatOptions, 'timeout'> & { readonly timeoutMs?: number };
  /** Tools that run at the provider; of the Assistants protocol only. */
  builtInTools?: BuiltInTools;
}

export interface ToolSpec {
  name: string;
  description: string;
  parameters: Record<string, unknown>;
  /** A policy may hold calls of it. */
  isGated: boolean;
}

export interface CreateRun {
  threadId: string;
  assistant: AssistantSpec;
  /** Minted in workflow code, the same in every attempt: by it a lost run is found again. */
  key: string;
  /** The user's message; travels inside the create call. */
  message: string;
  /** Files that go with it, each with its tools. */
  attachments?: Required<Attachment>[];
  metadata: Record<string, string>;
  /** What was said before; of a stateless provider only, and absent with the first message. */
  transcript?: TranscriptEntry[];
  /** Aborts when nobody wants the answer any more; of a stateless provider only, since no other may be left not knowing its run. */
  signal?: AbortSignal;
}

export interface SubmitOutputs {
  /** The run that waits. */
  run: RunReference;
  /** One for each of its calls. */
  outputs: ToolOutput[];
  /** Minted in workflow code, the same in every attempt and in a turn that was reset; another one in each round. */
  key: string;
  assistant: AssistantSpec;
  metadata: Record<string, string>;
  /** What was said before, the calls that these outputs answer included; of a stateless provider only. */
  transcript?: TranscriptEntry[];
  /** As in `CreateRun`. */
  signal?: AbortSignal;
}

/** What became of a submit. */
export interface Submitted {
  /** The run that goes on: the one that waited, or the one that has taken its place. */
  seen: RunSnapshot;
  /** False when the run ended before it had the outputs. */
  isDelivered: boolean;
}

/**
 * One protocol of an AI provider. Every method makes as few requests as it can and throws Temporal failures whose types
 * are in contracts/failures.ts; none repeats a request by itself, because Temporal owns every retry.
 *
 * What a request that was lost has done, each protocol finds out in its own way (`find…`); when that is asked, and what follows
 * from it, is the same for all (activities/reconcile.ts).
 */
export interface Provider {
  readonly protocol: Protocol;
  /**
   * It keeps nothing between requests. The transcript is ours to keep, and goes to it with each of them; nothing can be found
   * again or cancelled, and a lost answer costs tokens and nothing else. Its snapshots tell `added` or `transcript`, and are
   * never `working`.
   */
  readonly isStateless: boolean;
  openThread(request: { metadata: Record<string, string>; assistant: AssistantSpec }): Promise<string>;
  /** The run that this request has made, if there is one, whatever its status. */
  findRun(request: CreateRun): Promise<RunSnapshot | null>;
  /** A run of the thread that is not over, if there is one and the protocol can tell. */
  findActiveRun(threadId: string): Promise<RunSnapshot | null>;
  createRun(request: CreateRun): Promise<RunSnapshot>;
  retrieveRun(run: RunReference): Promise<RunSnapshot>;
  /** Sends all outputs of one `requires_action` at once. The answer may be another run than the one that waited. */
  submitOutputs(request: SubmitOutputs): Promise<RunSnapshot>;
  /**
   * What has become of the run when these outputs may have reached it.
   *
   * @returns null while it waits for exactly these outputs: the identical request may be sent.
   */
  findSubmitted(request: SubmitOutputs): Promise<Submitted | null>;
  /** Asks for cancellation; the answer may still be `working`. */
  cancelRun(run: RunReference): Promise<RunSnapshot>;
  /** The messages of a completed run as the provider keeps them; only of protocols that have such. For logs. */
  readMessages?(run: RunReference): Promise<RunMessages>;
  /** The newest assistant message of a completed run whose snapshot has no `reply`, with its footnotes; '' when it wrote none. */
  readReply(run: RunReference): Promise<Reply>;
}
