import { activityInfo, log } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';

import { fitting, toldOf } from '../contracts/told.ts';
import type {
  ExecuteAndSubmitInput,
  Executed,
  ExecutedAndSubmitted,
  Submission,
  SubmitOutcome,
} from '../contracts/steps.ts';
import { temporalClock } from './attempt.ts';
import type { createRunActivities } from './runs.ts';
import type { createToolActivities } from './tools/tools.ts';

/**
 * How long the run is followed after the submit. What became of the tool is recorded with the activity's end, so that the rest
 * of a long wait is left to `watchRun`. A protocol whose submit is itself the wait takes as long as its answer does.
 */
const SLOT_MS = 2_000;

/** The pause before a submit is tried again, unless the provider asks for another one. */
const RETRY_AFTER_MS = 500;

/** @param parts - the activities it is made of, as they are called by themselves. */
export function createExecuteAndSubmit({
  executeTool,
  submitOutputs,
}: Pick<ReturnType<typeof createToolActivities>, 'executeTool'> &
  Pick<ReturnType<typeof createRunActivities>, 'submitOutputs'>) {
  return {
    /**
     * `executeTool` for a call that is the only one of its round, and then `submitOutputs` with its output. For tools that can be
     * asked again, because what the tool came to is not in the history yet when the submit begins; a heartbeat tells it to the
     * next attempt. What goes wrong with the submit is a result here, so that what the tool came to is told as well: what is worth
     * another try the turn tries by itself.
     *
     * @throws ApplicationFailure as `executeTool` does.
     */
    async executeAndSubmit({
      submission,
      editNotice,
      ...input
    }: ExecuteAndSubmitInput): Promise<ExecutedAndSubmitted> {
      const { call } = input;
      const clock = temporalClock();
      let end: Promise<Executed> | undefined;
      const writesBeside = (ends: Promise<Executed>): void => {
        end = ends;
        ends.catch(() => undefined); // it is heard once the provider has answered
      };
      const executed = outcomeBefore() ?? (await executeTool(input, { writesBeside }));
      const { outcome, output } = executed;
      // The record tells of the end while the provider is asked. What is told meanwhile says that it is owed.
      const answer = async (submit: SubmitOutcome) => ({ ...((await end) ?? executed), submit });
      if (outcome === 'unknown' || executed.askAgain) return answer({ kind: 'unknown', afterMs: 0 });
      const { toolCallId } = call;
      const outputs = fitting([{ toolCallId, ...toldOf({ outcome, output }, editNotice) }]);
      const { approval, call: _call, record, ...facts } = input;
      const startedAtMs = Math.floor(clock());
      let submit: SubmitOutcome;
      try {
        const within = { slotMs: SLOT_MS, done: executed };
        const given = {
          ...{ ...facts, ...submission, outputs },
          ...(record && { record: [] }),
          ...(approval && { sentAt: approval.toRunAt }),
        };
        const report = await submitOutputs(given, within);
        submit = { kind: 'answered', report, startedAtMs };
      } catch (error) {
        submit = failedSubmit(error, submission);
      }
      return answer(submit);
    },
  };
}

function failedSubmit(error: unknown, { run }: Submission): SubmitOutcome {
  const failure = error instanceof ApplicationFailure ? error : undefined;
  if (failure?.nonRetryable) {
    return { kind: 'refused', type: failure.type ?? 'Turn.Failed', message: failure.message };
  }
  log.warn('outputs.submit_again', { runId: run.runId, error: String(error) });
  const asked: unknown = failure?.nextRetryDelay;
  return { kind: 'unknown', afterMs: typeof asked === 'number' ? asked : RETRY_AFTER_MS };
}

/** What an earlier attempt has had the tool do. */
function outcomeBefore(): Executed | undefined {
  const told = activityInfo().heartbeatDetails as Partial<Executed> | undefined;
  return told?.outcome === undefined ? undefined : (told as Executed); // it may have waited for the store
}
