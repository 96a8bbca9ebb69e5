import { activityInfo, cancellationSignal } from '@temporalio/activity';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';

import type { ToolArguments } from '../contracts/tool-call.ts';
import type { ReviewedEdit } from '../contracts/approval/review.ts';
import type { Attachment } from '../contracts/files.ts';
import { protocolOfThread, type Delivery, type RunReport } from '../contracts/run.ts';
import type {
  CancelInput,
  CreateRunInput,
  CreatedRun,
  SubmitInput,
  TurnFacts,
  WatchInput,
} from '../contracts/steps.ts';
import type { Writing } from '../contracts/recording/fact.ts';
import type { App } from '../define/app.ts';
import type { CreateRun, Provider } from '../providers/provider.ts';
import type { Recorder } from '../record/recorder.ts';
import { isUnreadable } from '../providers/readable.ts';
import { findAssistant, toSpec } from './assistants.ts';
import { noFilesWith, withTools } from './attachments.ts';
import { temporalClock, withHeartbeat } from './attempt.ts';
import { FIRST_SLOT_MS, followRun, HINTED_PAUSE_MS, learnFirstPause } from './follow.ts';
import { threadOfFirstExecution } from './first-execution.ts';
import { createGrantLookup } from './authority/grants.ts';
import type { Witnesses } from './authority/sign-off.ts';
import { createThreadOpener } from './open-thread.ts';
import { askedAFewTimes } from './paid-attempts.ts';
import { cancelOnce, createOnce, isGone, mayHaveHappened, submitOnce } from './reconcile.ts';
import { writeGiven } from './recording/recording.ts';
import { createMarks } from './recording/unmeetable.ts';
import { createReporter, withWriting } from './report.ts';
import { reviewEdited } from './review.ts';

/** So often a run that may not exist is looked for where the answers cannot be read. */
const MOST_LOOKS = 3;

/** Of a submit that is a part of another activity. */
export interface SubmitWithin {
  /** How long the run may be followed after the submit. */
  slotMs: number;
  /** What that activity has done already, for its next attempt. */
  done: unknown;
}

/**
 * The activities around a provider's run. Each reads first where an earlier attempt may already have had the effect.
 *
 * @param options.isHinted - the provider tells the turn when its run changes, so that it need not be asked as often.
 * @param options.recorder - writes what it was given to write, and the questions it finds.
 * @param options.witnesses - with `attestations`, what is asked must be decided with a signature.
 */
export function createRunActivities(
  app: App,
  provider: Provider,
  {
    isHinted,
    recorder,
    witnesses = {},
  }: { isHinted: boolean; recorder?: Recorder | undefined; witnesses?: Witnesses | undefined },
) {
  const openThread = createThreadOpener(app, provider);
  const isAttested = witnesses.attestations !== undefined;
  const toReport = createReporter(app, provider, recorder, witnesses);
  const { markEdit } = createMarks(recorder);
  const { asKept } = createGrantLookup(recorder, witnesses);
  const firstPause = learnFirstPause();
  return {
    /** For a turn that was started without a thread (`startTurn`). */
    async openThread(input: TurnFacts): Promise<{ threadId: string }> {
      const earlier = input.isRepeat ? await threadOfFirstExecution() : null;
      return { threadId: earlier ?? (await openThread(input)) };
    },

    /**
     * Creates the run, or adopts the one an earlier attempt has left under the same key; then follows it as `watchRun` does,
     * because that is always the next thing. Returns `working` when that takes long.
     */
    async createRun(input: CreateRunInput): Promise<CreatedRun> {
      const clock = temporalClock();
      requireOwnThread(input.threadId);
      const assistant = findAssistant(app, input.assistant);
      return withHeartbeat(async () => {
        const request = { ...toCreate(input), ...abortable() };
        const writing = await writeGiven(recorder, input);
        const first = await askedAFewTimes(provider, request.assistant, () =>
          createOnce(provider, request, mayHaveHappened(input)),
        );
        const run = { threadId: first.threadId, runId: first.runId };
        const seen = await followRun(provider, run, { first, slotMs: FIRST_SLOT_MS, firstPause });
        const report = await toReport(seen, clock, { ...input, run });
        return {
          ...withWriting(report, writing),
          assistant: assistant.name,
          whilePending: assistant.whilePending,
          maximumRounds: assistant.maximumRounds,
          ...(isAttested && { isAttested }),
        };
      });
    },

    /** Follows the run until somebody has to act or it is over. A long wait gives its slot back and is taken up again. */
    async watchRun(input: WatchInput): Promise<RunReport> {
      const clock = temporalClock();
      requireOwnThread(input.run.threadId);
      const pauses = isHinted ? { longestPauseMs: HINTED_PAUSE_MS } : {};
      return withHeartbeat(async () => {
        const seen = await followRun(provider, input.run, pauses);
        if (seen.state === 'working') {
          throw ApplicationFailure.create({
            type: 'Run.StillWorking',
            message: `The run is still "${seen.providerStatus}" at the provider; watching goes on.`,
            category: ApplicationFailureCategory.BENIGN,
            nextRetryDelay: '1 second',
          });
        }
        const writing = await writeGiven(recorder, input);
        return withWriting(await toReport(seen, clock, input), writing);
      });
    },

    /**
     * Submits all outputs of one `requires_action`, then follows the run as `watchRun` does, because that is always the
     * next thing and one activity less. Returns `working` when that takes long.
     */
    async submitOutputs(input: SubmitInput, within?: SubmitWithin): Promise<RunReport & Delivery> {
      const clock = temporalClock();
      requireOwnThread(input.run.threadId);
      return withHeartbeat(async () => {
        const { run: waiting, outputs, transcript } = input;
        const request = {
          ...{ ...toRequest(input), run: waiting, outputs, ...abortable() },
          ...(transcript && { transcript }),
        };
        const writing = await writeGiven(recorder, input);
        const { seen: first, isDelivered } = await askedAFewTimes(provider, request.assistant, () =>
          submitOnce(provider, request, mayHaveHappened(input)),
        );
        const run = { threadId: first.threadId, runId: first.runId };
        // Only `watchRun` can be told to look.
        const slot = within ?? (isHinted ? { slotMs: FIRST_SLOT_MS } : {});
        const seen = await followRun(provider, run, { first, ...slot, firstPause });
        const report = await toReport(seen, clock, { ...input, run });
        return { ...withWriting(report, writing), isDelivered };
      }, within?.done);
    },

    /** Cancels the run unless it is over, and waits until it is. Returns the status it ended in, or null without a run. */
    async cancelRun(input: CancelInput): Promise<{ status: string | null; record?: Writing }> {
      if (!provider.isStateless) requireOwnThread(input.threadId);
      return withHeartbeat(async () => {
        const writing = await writeGiven(recorder, input);
        const { status } = provider.isStateless ? { status: null } : await cancelled();
        return { status, ...(writing && { record: writing }) };
      });

      async function cancelled(): Promise<{ status: string | null }> {
        try {
          const { run, key } = input;
          const found = await (run ? provider.retrieveRun(run) : provider.findRun(toCreate(input)));
          if (found === null) return { status: null };
          const refusal = { ...toRequest(input), key: `${key}.cancel` };
          const first = await cancelOnce(provider, found, refusal);
          const ended = await followRun(provider, first, { first });
          return { status: ended.providerStatus };
        } catch (error) {
          if (isGone(error)) return { status: null };
          // Nobody knows of a run, and this server shows none: a turn that has failed is not kept from saying so.
          const isHopeless =
            input.run === undefined && isUnreadable(error) && activityInfo().attempt >= MOST_LOOKS;
          if (isHopeless) return { status: null };
          throw error;
        }
      }
    },

    /** Checks arguments a person proposes in place of the model's. */
    async reviewEdit(input: TurnFacts & { tool: string; arguments: ToolArguments }): Promise<ReviewedEdit> {
      const tool = findAssistant(app, input.assistant).tools.find(({ name }) => name === input.tool);
      if (tool === undefined) {
        const problems = [{ field: '', message: `The application has no tool "${input.tool}" any more.` }];
        return { kind: 'refused', reason: 'forbidden', problems };
      }
      return withHeartbeat(async () =>
        markEdit(input, asKept(await reviewEdited(tool, input.arguments, input.context))),
      );
    },
  };

  /** @throws ApplicationFailure `Provider.WrongProtocol` for a thread that another protocol has opened. */
  function requireOwnThread(threadId: string): void {
    const owner = protocolOfThread(threadId);
    if (owner === undefined || owner === provider.protocol) return;
    throw ApplicationFailure.create({
      type: 'Provider.WrongProtocol',
      message: `The conversation's thread ${threadId} belongs to the protocol "${owner}", and COUNTERSIGN_PROVIDER of this worker is "${provider.protocol}". Set it to "${owner}" to go on with this conversation, or start a new one.`,
      nonRetryable: true,
    });
  }

  /** An answer of which nothing is kept at the provider need not be waited for once the turn is cancelled. */
  function abortable(): { signal?: AbortSignal } {
    return provider.isStateless ? { signal: cancellationSignal() } : {};
  }

  function toCreate(input: CreateRunInput): CreateRun {
    const { threadId, message, transcript } = input;
    const attachments = attachmentsOf(input);
    return {
      ...toRequest(input),
      ...{ threadId, message },
      ...(attachments.length > 0 && { attachments }),
      ...(transcript && { transcript }),
    };
  }

  function toRequest({
    key,
    turnId,
    context,
    assistant,
    metadata,
  }: Pick<SubmitInput, 'key' | 'turnId' | 'context' | 'assistant' | 'metadata'>) {
    const spec = toSpec(findAssistant(app, assistant));
    return {
      key,
      assistant: spec,
      metadata: { ...metadata, countersign_turn: turnId, countersign_tenant: context.tenant },
    };
  }

  /** @throws ApplicationFailure `Attachment.NoTool` when nothing at the provider could read a file. */
  function attachmentsOf({ attachments = [], assistant }: CreateRunInput): Required<Attachment>[] {
    if (attachments.length > 0 && provider.protocol !== 'assistants') throw noFilesWith(provider.protocol);
    return withTools(attachments, findAssistant(app, assistant));
  }
}
