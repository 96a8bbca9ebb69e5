import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';

import type { ReviewedEdit, ToolArguments } from '../contracts/approval.ts';
import type { Delivery, RunReference, RunReport, RunSnapshot, ToolOutput } from '../contracts/run.ts';
import type { WhilePending } from '../contracts/conversation.ts';
import type { TurnContext } from '../contracts/turn.ts';
import type { App, Assistant } from '../define.ts';
import type { AssistantSpec, Provider } from '../providers/provider.ts';
import { temporalClock, withHeartbeat } from './attempt.ts';
import { FIRST_SLOT_MS, followRun } from './follow.ts';
import { threadOfFirstExecution } from './first-execution.ts';
import { cancelOnce, createOnce, isGone, mayHaveHappened, submitOnce } from './reconcile.ts';
import { reviewCalls, reviewEdited, type ReviewFacts } from './review.ts';

/** Facts of a turn that travel with every activity of it. */
export interface TurnFacts {
  turnId: string;
  conversationId: string;
  assistant?: string;
  context: TurnContext;
  /** The turn was reset in Temporal: what looks like a first attempt may have happened before. */
  isRepeat?: boolean;
}

export interface CreateRunInput extends TurnFacts {
  threadId: string;
  key: string;
  message: string;
  metadata?: Record<string, string>;
}

/** What became of the run so far, and what the workflow must know of the assistant that serves it. */
export type CreatedRun = RunReport & { assistant: string; whilePending: WhilePending };

export interface WatchInput extends TurnFacts {
  run: RunReference;
}

export interface SubmitInput extends WatchInput {
  outputs: ToolOutput[];
}

export interface CancelInput {
  threadId: string;
  /** Absent when the create's outcome is unknown: the run is then found by its key. */
  runId?: string;
  key: string;
}

/** The activities around a provider's run. Each reads first where an earlier attempt may already have had the effect. */
export function createRunActivities(app: App, provider: Provider) {
  return {
    async openThread({ conversationId, context, isRepeat }: TurnFacts): Promise<{ threadId: string }> {
      const earlier = isRepeat ? await threadOfFirstExecution() : null;
      if (earlier !== null) return { threadId: earlier };
      const metadata = { countersign_conversation: `${context.tenant}.${conversationId}` };
      return { threadId: await provider.openThread(metadata) };
    },

    /**
     * Creates the run, or adopts the one an earlier attempt has left under the same key; then follows it as `watchRun` does,
     * because that is always the next thing. Returns `working` when that takes long.
     */
    async createRun(input: CreateRunInput): Promise<CreatedRun> {
      const clock = temporalClock();
      const assistant = findAssistant(app, input.assistant);
      const { threadId, key, message, turnId } = input;
      const metadata = { ...input.metadata, countersign_turn: turnId };
      const request = { threadId, key, message, metadata, assistant: toSpec(assistant) };
      return withHeartbeat(async () => {
        const first = await createOnce(provider, request, mayHaveHappened(input));
        const run = { threadId: first.threadId, runId: first.runId };
        const seen = await followRun(provider, run, { first, slotMs: FIRST_SLOT_MS });
        const report = await toReport(seen, clock, { ...input, run });
        return { ...report, assistant: assistant.name, whilePending: assistant.whilePending };
      });
    },

    /** Follows the run until somebody has to act or it is over. A long wait gives its slot back and is taken up again. */
    async watchRun(input: WatchInput): Promise<RunReport> {
      const clock = temporalClock();
      const seen = await withHeartbeat(() => followRun(provider, input.run));
      if (seen.state === 'working') {
        throw ApplicationFailure.create({
          type: 'Run.StillWorking',
          message: `The run is still "${seen.providerStatus}" at the provider; watching goes on.`,
          category: ApplicationFailureCategory.BENIGN,
          nextRetryDelay: '1 second',
        });
      }
      return toReport(seen, clock, input);
    },

    /**
     * Submits all outputs of one `requires_action`, then follows the run as `watchRun` does, because that is always the
     * next thing and one activity less. Returns `working` when that takes long.
     */
    async submitOutputs(input: SubmitInput): Promise<RunReport & Delivery> {
      const clock = temporalClock();
      return withHeartbeat(async () => {
        const { run, outputs } = input;
        const { seen, isDelivered } = await submitOnce(provider, {
          run,
          outputs,
          isRetry: mayHaveHappened(input),
        });
        const report = await toReport(await followRun(provider, run, { first: seen }), clock, input);
        return { ...report, isDelivered };
      });
    },

    /** Cancels the run unless it is over, and waits until it is. Returns the status it ended in, or null without a run. */
    async cancelRun({ threadId, runId, key }: CancelInput): Promise<{ status: string | null }> {
      return withHeartbeat(async () => {
        try {
          const run =
            runId === undefined
              ? await provider.findRun(threadId, key)
              : await provider.retrieveRun({ threadId, runId });
          if (run === null) return { status: null };
          const ended = await followRun(provider, run, { first: await cancelOnce(provider, run) });
          return { status: ended.providerStatus };
        } catch (error) {
          if (isGone(error)) return { status: null };
          throw error;
        }
      });
    },

    /** Checks arguments a person proposes in place of the model's. */
    async reviewEdit(input: TurnFacts & { tool: string; arguments: ToolArguments }): Promise<ReviewedEdit> {
      const tool = findAssistant(app, input.assistant).tools.find(({ name }) => name === input.tool);
      if (tool === undefined) {
        const problems = [{ field: '', message: `The application has no tool "${input.tool}" any more.` }];
        return { kind: 'refused', reason: 'forbidden', problems };
      }
      return reviewEdited(tool, input.arguments, input.context);
    },
  };

  async function toReport(seen: RunSnapshot, clock: () => number, input: WatchInput): Promise<RunReport> {
    const { threadId, runId, timeLeftMs, providerStatus, usage } = seen;
    const common = {
      threadId,
      runId,
      timeLeftMs,
      providerStatus,
      observedAtMs: Math.floor(clock()),
      ...(usage && { usage }),
    };
    switch (seen.state) {
      case 'requires_action': {
        const { turnId, context } = input;
        const facts: ReviewFacts = { assistant: findAssistant(app, input.assistant), turnId, context };
        const calls = await reviewCalls(facts, seen.calls, input.run);
        return { ...common, state: 'requires_action', calls };
      }
      case 'completed':
        return { ...common, state: 'completed', reply: await provider.readReply(input.run) };
      case 'failed':
        return { ...common, state: 'failed', code: seen.code, message: seen.message };
      case 'incomplete':
        return { ...common, state: 'incomplete', reason: seen.reason };
      default:
        return { ...common, state: seen.state };
    }
  }
}

/** @throws ApplicationFailure `Turn.UnknownAssistant` naming the ones there are. */
export function findAssistant(app: App, name: string | undefined): Assistant {
  const assistant =
    name === undefined ? app.assistants[0] : app.assistants.find((candidate) => candidate.name === name);
  if (assistant !== undefined) return assistant;
  const known = app.assistants.map((candidate) => candidate.name).join(', ');
  throw ApplicationFailure.create({
    type: 'Turn.UnknownAssistant',
    message: `The application has no assistant "${name ?? ''}". It has: ${known}.`,
    nonRetryable: true,
  });
}

function toSpec({ name, model, instructions, tools }: Assistant): AssistantSpec {
  return {
    name,
    model,
    instructions,
    tools: tools.map((tool) => ({
      name: tool.name,
      description: tool.description,
      parameters: tool.jsonSchema,
    })),
  };
}
