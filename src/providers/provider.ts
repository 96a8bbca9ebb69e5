import type { RunReference, RunSnapshot, ToolOutput } from '../contracts/run.ts';

/** An assistant as a provider has to know it. */
export interface AssistantSpec {
  name: string;
  model: string;
  instructions: string;
  tools: { name: string; description: string; parameters: Record<string, unknown> }[];
}

export interface CreateRun {
  threadId: string;
  assistant: AssistantSpec;
  /** Minted in workflow code, carried in the run's metadata: by it a lost run is found again. */
  key: string;
  /** The user's message; travels inside the create call. */
  message: string;
  metadata: Record<string, string>;
}

/**
 * One protocol of an AI provider. Every method makes as few requests as it can and throws Temporal failures whose types
 * are in contracts/failures.ts; none repeats a request by itself, because Temporal owns every retry.
 */
export interface Provider {
  openThread(metadata: Record<string, string>): Promise<string>;
  /** The run with this key, if the thread has one, whatever its status. */
  findRun(threadId: string, key: string): Promise<RunSnapshot | null>;
  /** A run of the thread that is not over, if there is one. */
  findActiveRun(threadId: string): Promise<RunSnapshot | null>;
  createRun(request: CreateRun): Promise<RunSnapshot>;
  retrieveRun(run: RunReference): Promise<RunSnapshot>;
  /** Sends all outputs of one `requires_action` at once. */
  submitOutputs(run: RunReference, outputs: ToolOutput[]): Promise<RunSnapshot>;
  /** The outputs that have reached the run: the proof that a submit arrived. */
  deliveredOutputs(run: RunReference): Promise<ToolOutput[]>;
  /** Asks for cancellation; the answer may still be `working`. */
  cancelRun(run: RunReference): Promise<RunSnapshot>;
  /** The text of the run's newest assistant message; '' when it wrote none. */
  readReply(run: RunReference): Promise<string>;
}
