import { cancellationSignal } from '@temporalio/activity';

import type { Reply } from '../contracts/files.ts';
import type { Writing } from '../contracts/recording/fact.ts';
import type { RunReference, RunReport, RunSnapshot } from '../contracts/run.ts';
import { shorten } from '../contracts/size.ts';
import type { WatchInput } from '../contracts/steps.ts';
import type { App } from '../define/app.ts';
import type { Provider } from '../providers/provider.ts';
import type { Recorder } from '../record/recorder.ts';
import { createGrantLookup } from './authority/grants.ts';
import type { Witnesses } from './authority/sign-off.ts';
import { findAssistant } from './assistants.ts';
import { turnClock } from './attempt.ts';
import { writeQuestions } from './recording/recording.ts';
import { createMarks } from './recording/unmeetable.ts';
import { reviewCalls, type ReviewFacts } from './review.ts';

/** Of the provider's own words about a run that did not go well: they travel in the turn's failure. */
const SAID_CHARACTERS = 2_000;
const WORD_CHARACTERS = 200;

/** Makes of what was seen of a run what its turn is told: calls are reviewed, questions recorded, the reply read. */
export function createReporter(
  app: App,
  provider: Provider,
  recorder: Recorder | undefined,
  witnesses: Witnesses = {},
) {
  const { markCalls } = createMarks(recorder);
  const { letThrough } = createGrantLookup(recorder, witnesses);
  return toReport;

  async function replyOf({ reply }: { reply?: string }, run: RunReference): Promise<Reply> {
    return reply === undefined ? provider.readReply(run) : { reply };
  }

  async function toReport(seen: RunSnapshot, clock: () => number, input: WatchInput): Promise<RunReport> {
    const { threadId, runId, timeLeftMs, usage, ran, added, transcript } = seen;
    const providerStatus = shorten(seen.providerStatus, WORD_CHARACTERS);
    const common = {
      threadId,
      runId,
      timeLeftMs,
      providerStatus,
      observedAtMs: Math.floor(clock()),
      ...(usage && { usage }),
      ...(ran && { ran }),
      ...(added && { added }),
      ...(transcript && { transcript }),
    };
    switch (seen.state) {
      case 'requires_action': {
        const { turnId, context } = input;
        const assistant = findAssistant(app, input.assistant);
        const facts: ReviewFacts = { assistant, turnId, context };
        const reviewed = await reviewCalls(facts, seen.calls, seen.callScope ?? runId);
        const granted = await letThrough({ ...input, assistant }, reviewed, turnClock(input.sentAt));
        const calls = await markCalls(input, granted);
        // Nobody waits any more for what a cancelled turn asks.
        const isAsked = recorder !== undefined && !cancellationSignal().aborted;
        const asked = isAsked
          ? await writeQuestions(recorder, { ...input, assistant: assistant.name }, { ...common, calls })
          : {};
        return { ...common, state: 'requires_action', calls, ...asked };
      }
      case 'completed':
        return { ...common, state: 'completed', ...(await replyOf(seen, input.run)) };
      case 'failed':
        return {
          ...common,
          state: 'failed',
          code: shorten(seen.code, WORD_CHARACTERS),
          message: shorten(seen.message, SAID_CHARACTERS),
        };
      case 'incomplete':
        return { ...common, state: 'incomplete', reason: shorten(seen.reason, SAID_CHARACTERS) };
      default:
        return { ...common, state: seen.state };
    }
  }
}

/** One of several that is owed makes all of them owed: they are written again, and stand there once. */
export function withWriting<Report extends RunReport>(report: Report, given: Writing | undefined): Report {
  if (given === undefined) return report;
  return { ...report, record: report.record === 'owed' ? 'owed' : given };
}
