import { activityInfo, cancellationDetails, cancellationSignal } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';

import type { CallToRun } from '../../contracts/approval/review.ts';
import type { ExecuteInput, Executed, SignOff } from '../../contracts/steps.ts';
import type { App } from '../../define/app.ts';
import type { Tool, ToolContext } from '../../define/tool.ts';
import { findAssistant } from '../assistants.ts';
import { turnClock, withHeartbeat } from '../attempt.ts';
import type { Recorder } from '../../record/recorder.ts';
import { mayHaveHappened } from '../reconcile.ts';
import { callerOf, signOffBy } from '../authority/granted.ts';
import {
  NotBegunError,
  storeUnavailable,
  whenStoreAnswers,
  type WaitingForStore,
} from '../recording/wait-for-store.ts';
import type { KeptGrant } from '../../store/grants.ts';
import { recordedEffect, type Look, type NotBegun } from '../recording/effect.ts';
import { identityProblem, signOffProblem, type Refused, type Witnesses } from '../authority/sign-off.ts';
import { executed } from './output.ts';
import { withinLimit } from './time-limit.ts';
import { errorOf, isTerminal, wordsOf } from '../thrown.ts';

/** It is unknown whether it had its effect. */
const UNKNOWN: Executed = { outcome: 'unknown', output: '' };

/** For who goes on at once. */
export interface ExecuteMore {
  /** Hears of the end that is being written. What is returned says that it is owed. */
  writesBeside?: (end: Promise<Executed>) => void;
}

/** The activity that has the effect. */
export function createToolActivities(app: App, witnesses: Witnesses = {}, recorder?: Recorder) {
  return {
    /**
     * Runs one call, after checking that it is the one that was reviewed and signed off (sign-off.ts).
     *
     * @returns `stale` if it was signed off and holds no longer: nothing ran. `failed` if the tool reports a failure, or did not start.
     *   `unknown` if its end is unknown: an at-most-once call may have run before or was told to stop, `reconcile` gives no answer, or this
     *   build no longer has the tool.
     * @throws ApplicationFailure `Tool.DigestMismatch`, `Tool.NotSignedOff`, `Tool.SignOffExpired` or `Tool.NotAttested` if it is not the
     *   signed-off call. `Tool.Failed` if the tool threw, and may be retried or ends the turn. `Tool.TimedOut` if it exceeded its limit.
     *   `Tool.Interrupted` if its worker was shut down and another one may retry.
     */
    async executeTool(input: ExecuteInput, more: ExecuteMore = {}): Promise<Executed> {
      const { call, context, conversationId, turnId } = input;
      const isLater = mayHaveHappened(input);
      const tool = findTool(app, input, isLater);
      if (tool === undefined) {
        // An earlier build that had the tool may have run it.
        if (isLater) return UNKNOWN;
        const output = `Not executed: the tool "${call.tool}" does not exist any more.`;
        return { outcome: 'failed', output };
      }
      const clock = turnClock(input.approval?.toRunAt);
      const caller = callerOf(findAssistant(app, input.assistant).name, input);
      // Of what was reviewed and what this build has, the more careful promise counts.
      const isOnce = [call.effect, tool.effect].includes('at-most-once');
      // The limit within the heartbeat: a tool that goes on after it keeps no timer of ours alive.
      return withHeartbeat(async (tell) => {
        const signed = await signedOff(recorder, input, tell);
        if ('kind' in signed) return isLater ? UNKNOWN : staleCall(signed);
        const { approval, grant } = signed;
        const toRun = () => ({ call, tool, context, approval, grant, caller, nowMs: clock() });
        requireSame(await identityProblem(toRun(), witnesses));
        const effect = recordedEffect(recorder, { ...input, ...(approval && { approval }) }, { tell, clock });
        const executed = await withinLimit(call, async (signal, aside) => {
          const isRepeated = isLater && (await effect.mayHaveBegun(aside));
          if (isRepeated && isOnce) return UNKNOWN;
          const toolContext: ToolContext = {
            ...{ context, conversationId, turnId, signal },
            idempotencyKey: call.approvalId,
            ...(approval && { approval: shownTo(approval) }),
          };
          const before = isRepeated ? await askBefore(tool, call, toolContext) : null;
          if (before !== null) return before;
          const look: Look = async (more) =>
            (await signOffProblem(toRun(), { ...witnesses, ...more })) ?? cancelledMeanwhile();
          const refused = await effect.begin(look, aside);
          if (refused === null) return execute(tool, call, toolContext);
          requireSame(refused);
          // It may have run before: then what does not hold now says nothing of what was done.
          return isRepeated && tool.reconcile === undefined ? UNKNOWN : staleCall(refused);
        });
        // Past the limit: the tool has ended.
        const end = effect.ended(executed);
        if (more.writesBeside === undefined || !effect.isRecorded) return end;
        more.writesBeside(end);
        return { ...executed, record: 'owed' };
      });
    },
  };
}

/**
 * What lets a call run; where a grant does, as the store has it.
 *
 * @throws ApplicationFailure `Record.Unavailable`, retryable, when the worker has no store, or is shut down while it waits for it.
 */
async function signedOff(
  recorder: Recorder | undefined,
  { approval, context }: ExecuteInput,
  tell: (details: WaitingForStore | undefined) => void,
): Promise<{ approval: SignOff | undefined; grant?: KeptGrant | null } | NotBegun> {
  if (approval?.grantId === undefined) return { approval };
  if (recorder === undefined)
    throw storeUnavailable('a grant lets it through, and this worker has no store.');
  const { grantId } = approval;
  try {
    const grant = await whenStoreAnswers(() => recorder.grants.find(context.tenant, grantId), tell);
    return { approval: signOffBy(approval, grant), grant };
  } catch (error) {
    if (error instanceof NotBegunError) return { kind: 'not begun', message: error.message };
    throw error;
  }
}

/** @throws ApplicationFailure `Turn.UnknownAssistant`, unless an earlier attempt may have had another build. */
function findTool(app: App, { assistant, call }: ExecuteInput, isRepeated: boolean): Tool | undefined {
  const isKnown = assistant === undefined || app.assistants.some(({ name }) => name === assistant);
  if (isRepeated && !isKnown) return undefined;
  return findAssistant(app, assistant).tools.find(({ name }) => name === call.tool);
}

/** @throws ApplicationFailure for a call that is not the one that was signed off. */
function requireSame(refused: Refused | NotBegun | null): void {
  if (refused?.kind !== 'failed') return;
  const { type, message } = refused;
  throw ApplicationFailure.create({ type, message, nonRetryable: true });
}

/** The looks take their time. Whoever has cancelled the turn meanwhile must not see the effect begin. */
function cancelledMeanwhile(): NotBegun | null {
  return cancellationDetails()?.cancelRequested
    ? { kind: 'not begun', message: 'The turn was cancelled.' }
    : null;
}

function staleCall({ message, ...refused }: Refused | NotBegun): Executed {
  const askAgain = 'askAgain' in refused ? refused.askAgain : undefined;
  return {
    outcome: 'stale',
    output: `Not executed: ${message} Nothing was done.`,
    ...(askAgain && { askAgain }),
  };
}

/** What a tool learns of the approval. */
function shownTo({ approvalId, approver, note }: SignOff): NonNullable<ToolContext['approval']> {
  return { approvalId, approver, ...(note !== undefined && { note }) };
}

async function execute(tool: Tool, call: CallToRun, context: ToolContext): Promise<Executed> {
  try {
    return executed(await tool.execute(call.arguments, context));
  } catch (thrown) {
    return wasToldToStop(thrown) ? interrupted(call) : reportFailure(thrown, call);
  }
}

/** What became of an earlier attempt, as the tool finds out; null when it had no effect, or the tool cannot be asked. */
async function askBefore(tool: Tool, call: CallToRun, context: ToolContext): Promise<Executed | null> {
  if (tool.reconcile === undefined) return null;
  try {
    const { done, output } = reconciledBy(await tool.reconcile(call.arguments, context));
    return done ? executed(output) : null;
  } catch (thrown) {
    if (wasToldToStop(thrown)) return interrupted(call);
    if (isLast(thrown, call)) return UNKNOWN;
    throw toolFailed(thrown, call, { isFinal: false });
  }
}

/** Anything but a clear answer says nothing: least of all that the call may run again. */
function reconciledBy(answer: unknown): { done: boolean; output?: unknown } {
  const { done, output } = (answer ?? {}) as { done?: unknown; output?: unknown };
  if (typeof done === 'boolean') return { done, output };
  const message = 'reconcile must return { done: true, output } or { done: false }.';
  throw ApplicationFailure.create({ type: 'Tool.Failed', message });
}

/** What a tool throws once it has been told to stop does not tell what it did before, unless it says that it is final. */
function wasToldToStop(thrown: unknown): boolean {
  return cancellationSignal().aborted && !isTerminal(thrown);
}

/** @throws ApplicationFailure `Tool.Interrupted` when another attempt finds out. */
function interrupted({ tool, effect }: CallToRun): Executed {
  if (effect === 'at-most-once' || cancellationDetails()?.cancelRequested) return UNKNOWN;
  throw ApplicationFailure.create({
    type: 'Tool.Interrupted',
    message: `The tool "${tool}" was told to stop because its worker was shut down; another one tries again.`,
  });
}

function reportFailure(thrown: unknown, call: CallToRun): Executed {
  const isFinal = isLast(thrown, call);
  const failure = toolFailed(thrown, call, { isFinal });
  if (isFinal && call.onError === 'report') return { outcome: 'failed', output: failure.message };
  throw failure;
}

function isLast(thrown: unknown, { maximumAttempts }: CallToRun): boolean {
  return isTerminal(thrown) || activityInfo().attempt >= maximumAttempts;
}

function toolFailed(
  thrown: unknown,
  { tool }: CallToRun,
  { isFinal }: { isFinal: boolean },
): ApplicationFailure {
  return ApplicationFailure.create({
    type: 'Tool.Failed',
    message: `The tool "${tool}" failed: ${wordsOf(thrown)}`,
    nonRetryable: isFinal,
    cause: errorOf(thrown),
  });
}
