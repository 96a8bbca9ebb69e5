import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';

import type { SingleActivities } from '../activities/index.ts';
import type { SubmitWithin } from '../activities/runs.ts';
import type { ExecuteMore } from '../activities/tools/tools.ts';
import type { RunReference, RunReport } from '../contracts/run.ts';
import type { Delivery } from './delivery.ts';
import { earlierInTurn, type Earlier } from './earlier.ts';
import { createRecorder, type LoggedApp, type Seen } from './record.ts';
import type {
  InteractionProtocol,
  ModelInteraction,
  RunMessages,
} from '../contracts/interaction-log/interaction.ts';
import type { CreateRunInput, ExecuteInput, SubmitInput, WatchInput } from '../contracts/steps.ts';
import type { Redactor } from './redact.ts';

/**
 * Wraps the activities around the provider and the tools so that each of their outcomes is offered to the log. What they
 * take, return, throw and how long they need is the same as without: nothing is waited for, and a fault in here is the log's
 * loss.
 */
export function observeActivities(
  activities: SingleActivities,
  {
    app,
    protocol,
    delivery,
    redactor,
    messagesOf,
  }: {
    app: LoggedApp;
    protocol: InteractionProtocol;
    delivery: Delivery;
    redactor: Redactor;
    /** Reads the messages of a completed run; absent when nobody needs them. */
    messagesOf?: MessagesOf | undefined;
  },
): SingleActivities {
  const record = createRecorder({ app, protocol, redactor });
  const complete = async (interaction: ModelInteraction | null): Promise<ModelInteraction | null> => {
    if (interaction?.answer?.state !== 'completed' || messagesOf === undefined) return interaction;
    const { threadId, runId = '' } = interaction;
    // Without them the interaction is still worth telling.
    const messages = await messagesOf({ threadId, runId }).catch(() => undefined);
    return messages === undefined ? interaction : record.withMessages(interaction, messages);
  };
  return {
    ...activities,
    createRun: observed(
      (input: CreateRunInput) => activities.createRun(input),
      (input, seen) => {
        delivery.offer(sizeOf(input.message) + answerSize(seen), () => complete(record.message(input, seen)));
      },
    ),
    submitOutputs: observed(
      (input: SubmitInput, within?: SubmitWithin) => activities.submitOutputs(input, within),
      (input, seen) => {
        const earlier = earlierInTurn();
        delivery.offer(sizeOf(...input.outputs.map(({ output }) => output)) + answerSize(seen), async () =>
          complete(record.outputs(input, seen, await orNothing(earlier))),
        );
      },
    ),
    watchRun: observed(
      (input: WatchInput) => activities.watchRun(input),
      (input, seen) => {
        const earlier = earlierInTurn();
        delivery.offer(answerSize(seen), async () => complete(record.followed(input, seen, await earlier())));
      },
    ),
    executeTool: observed(
      (input: ExecuteInput, more?: ExecuteMore) => activities.executeTool(input, more),
      (input, seen) => {
        const output = 'result' in seen ? seen.result.output : '';
        delivery.offer(sizeOf(output, JSON.stringify(input.call.arguments)), () =>
          Promise.resolve(record.tool(input, seen)),
        );
      },
    ),
  };
}

export type MessagesOf = (run: RunReference) => Promise<RunMessages>;

function observed<Input, Rest extends unknown[], Result>(
  activity: (input: Input, ...rest: Rest) => Promise<Result>,
  note: (input: Input, seen: Seen<Result>) => void,
): (input: Input, ...rest: Rest) => Promise<Result> {
  const noteSafely: typeof note = (input, seen) => {
    try {
      note(input, seen);
    } catch {
      // The activity's outcome stands, whatever the log makes of it.
    }
  };
  return async (input, ...rest) => {
    const startedAtMs = Date.now();
    try {
      const result = await activity(input, ...rest);
      noteSafely(input, { startedAtMs, endedAtMs: Date.now(), result });
      return result;
    } catch (error) {
      const type = failureType(error);
      if (type !== undefined) noteSafely(input, { startedAtMs, endedAtMs: Date.now(), error: { type } });
      throw error;
    }
  };
}

/** Undefined for what is no failure of the interaction: a slot given back, a cancellation, a worker that shuts down. */
function failureType(error: unknown): string | undefined {
  if (!(error instanceof ApplicationFailure)) return undefined;
  return error.category === ApplicationFailureCategory.BENIGN ? undefined : (error.type ?? '_OTHER');
}

/** Without the history the interaction is still worth telling; it lacks the message its run began with. */
function orNothing(earlier: () => Promise<Earlier>): Promise<Earlier> {
  return earlier().catch(() => ({ calls: [] }));
}

function answerSize(seen: Seen<RunReport>): number {
  if (!('result' in seen)) return 0;
  const { result } = seen;
  if (result.state === 'completed') return sizeOf(result.reply);
  return result.state === 'requires_action' ? sizeOf(JSON.stringify(result.calls)) : 0;
}

function sizeOf(...texts: string[]): number {
  return texts.reduce((sum, { length }) => sum + length, 0);
}
