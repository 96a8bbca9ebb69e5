import {
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  condition,
  isCancellation,
  log,
  setHandler,
  sleep,
  TemporalFailure,
  workflowInfo,
} from '@temporalio/workflow';

import type { WhilePending } from '../contracts/conversation.ts';
import type { Attachment, Citation } from '../contracts/files.ts';
import { TOLD_OUTPUTS_BYTES } from '../contracts/limits.ts';
import type { Delivery, RunReference, RunReport, ToolOutput, Usage } from '../contracts/run.ts';
import { runDeadlineOf } from '../contracts/deciding/deadlines.ts';
import { fitTogether } from '../contracts/size.ts';
import { changedTranscript, type TranscriptEntry } from '../contracts/transcript.ts';
import type { TurnInput, TurnMemo, TurnRemains, TurnResult } from '../contracts/turn.ts';
import type { CreateRunInput, CreatedRun, Submission, SubmitInput, TurnFacts } from '../contracts/steps.ts';
import { createFacts } from './facts.ts';
import { leaveFailures } from './faults.ts';
import { createGate } from './gate/gate.ts';
import type { Late, Outputs, Round, Settled } from './gate/round.ts';
import { park, tellWhenFree, turnState } from './messages.ts';
import { continuationOf, newRunMessage } from './news.ts';
import { createNoticeBoard } from './notice-board.ts';
import { approvalExpired, runEnded, tooManyRounds, turnFailure } from './outcomes.ts';
import { createParent } from './parent.ts';
import { receiveDecisions } from './receive/decisions.ts';
import { receiveRunHints } from './receive/run-hints.ts';
import { tellEnd } from './turn-ends.ts';
import { cancelRun, createRun, openThread, submitOutputs, watchRun } from './steps.ts';

/** An older report has waited for a worker, so its time left is no longer true. The run is read again. */
const STALE_AFTER_MS = 5_000;

/** Runs of one turn. A run that ends before it has its outputs is followed by another; more than this is no accident. */
const MAXIMUM_RUNS = 5;

/**
 * One user message to one final reply.
 *
 *   open thread ─▶ create run ─▶ watch ─┬─▶ completed ─▶ the reply ─▶ (parked: until every open approval is settled)
 *                      ▲         ▲      ├─▶ failed, incomplete, cancelled, expired, unknown ─▶ a typed failure
 *                      │         │      └─▶ requires_action ─▶ the gate settles every call
 *                      │         └──────────── submit all outputs ◀──────────────┘
 *                      └── the run was over before the outputs came: another one carries them
 *
 * In some protocols another run continues after a submit.
 *
 * Whatever ends the turn before its run, including a cancellation, cancels the run and closes the open approvals.
 */
export async function turn(input: TurnInput): Promise<TurnResult> {
  const { turnId, conversationId, context } = input;
  const parent = createParent(input);
  const continuations: string[] = [];
  let threadId = input.threadId;
  let { transcript } = input;
  /** The gate settles a round, or its outputs have not reached a run yet. */
  let round: Promise<Settled> | undefined;
  let run: RunReference | undefined;
  /** The request that made the run, or may have made it. */
  let creation: CreateRunInput | undefined;
  let isCreated = false;
  /** Counts the submits, so that each has a key of its own. */
  let rounds = 0;
  const usages = new Map<string, Usage>();
  let isRunOver = true;
  let reply: string | undefined;
  let citations: Citation[] | undefined;
  /** The reply is there, but approvals are still open. */
  let isParked = false;
  /** A message of the conversation waits behind this turn. */
  let isWaitedFor = false;
  /** The conversation is free: the turn is over or parked. */
  let isFree = false;
  /** Reports this to the conversation, once. */
  let telling: Promise<void> | undefined;

  const told = createFacts({ tenant: context.tenant, turnId, conversationId });
  const gate = createGate({ changed: () => board.changed(), settledLate: tellModel, facts: told });
  const show = (): TurnMemo => ({
    status: statusOf(gate.approvals, isParked),
    approvals: gate.approvals,
    ...(run && { run }),
    ...(isParked && reply !== undefined && { reply }),
    ...(isParked && citations && { citations }),
    ...(continuations.length > 0 && { continuations }),
  });
  const board = createNoticeBoard(show);

  receiveDecisions(gate);
  const hints = receiveRunHints(() => run?.runId);
  setHandler(park, () => gate.parkAll());
  setHandler(tellWhenFree, async () => {
    isWaitedFor = true;
    if (isFree) await tellLeft();
  });
  setHandler(turnState, show);

  try {
    // Cancelled while it was queued: the conversation's cancel request is on its way, so nothing starts before it.
    if (input.cancelled) await condition(() => false);
    const result = await converse();
    await CancellationScope.nonCancellable(() => depart());
    tellEnd(input, 'ended');
    return result;
  } catch (error) {
    if (!(error instanceof TemporalFailure)) throw error; // a fault (faults.ts)
    const isCancelled = isCancellation(error);
    await CancellationScope.nonCancellable(async () => {
      await leave();
      await depart({ isResultLost: isCancelled });
    });
    tellEnd(input, 'ended');
    if (isCancelled) throw error;
    throw turnFailure(error, remains());
  }

  async function converse(): Promise<TurnResult> {
    const facts: TurnFacts = {
      turnId,
      conversationId,
      context,
      ...(input.assistant !== undefined && { assistant: input.assistant }),
      ...(input.startedBy !== undefined && { startedBy: input.startedBy }),
      ...(wasReset() && { isRepeat: true }),
    };
    threadId ??= (await openThread(facts)).threadId;
    let { assistant, whilePending, maximumRounds, isAttested, ...report } = await beginRun(
      turnId,
      input.message,
      input.attachments,
    );
    for (let runs = 1; ;) {
      report = await upToDate(report);
      if (report.state !== 'requires_action') break;
      if (rounds >= maximumRounds) throw tooManyRounds(maximumRounds);
      rounds += 1;
      const submission: Submission = { run: requireRun(), key: `${turnId}-${rounds}`, ...carried() };
      const settled = await whileHeld(whilePending, {
        facts: { ...facts, assistant },
        calls: report.calls,
        isAttested,
        runDeadlineMs: report.asked ? report.asked.runDeadlineMs : runDeadlineOf(report),
        ...{ askedAtMs: report.asked?.atMs, isOwed: report.record === 'owed' },
        // A conversation that lets messages pass, or refuses them, must know at once that the wait is over.
        ...(whilePending === 'queue' && { submission }),
      });
      if (settled.kind === 'cancel_run') throw approvalExpired(settled.approval);
      const submitted = await submittedWith(settled, { ...facts, assistant, ...submission });
      if (!submitted.isDelivered && runs < MAXIMUM_RUNS) {
        runs += 1;
        const message = newRunMessage(report.calls, settled.outputs);
        ({ assistant, whilePending, maximumRounds, isAttested, ...report } = await beginRun(
          `${turnId}.${runs}`,
          message,
        ));
      } else {
        report = follow(submitted);
      }
    }
    isRunOver = report.state !== 'unknown';
    if (report.state !== 'completed') throw runEnded(report);
    ({ reply, citations } = report);
    // Even if they have been decided meanwhile: an approved action may still be running, and the model must be told.
    if (gate.approvals.some(({ parkedAt }) => parkedAt !== undefined)) await outlive();
    const usage = sumOf([...usages.values()]);
    const result = { threadId, run: requireRun(), approvals: gate.approvals, continuations };
    return {
      status: 'completed',
      reply,
      ...(citations && { citations }),
      ...result,
      ...(usage && { usage }),
      ...(transcript && { transcript }),
    };

    /** Creates a run with this message and these files. */
    async function beginRun(key: string, message: string, attachments?: Attachment[]): Promise<CreatedRun> {
      isRunOver = false; // from here on there may be a run, even before we know of it
      isCreated = false;
      creation = {
        ...facts,
        ...{ threadId: requireThread(), key, message },
        ...(attachments && { attachments }),
        ...carried(),
      };
      const given = told.carry();
      const created = await createRun({ ...creation, ...given });
      told.answered(given, created.record);
      return follow(created);
    }

    /** The result of submitting the outputs, even if the call's own activity did it. */
    async function submittedWith(
      { outputs, submit }: Outputs,
      request: Omit<SubmitInput, 'outputs'>,
    ): Promise<RunReport & Delivery> {
      if (submit?.kind === 'answered') {
        told.answered({}, submit.report.record);
        return submit.report;
      }
      if (submit?.kind === 'refused') throw ApplicationFailure.nonRetryable(submit.message, submit.type);
      if (submit && submit.afterMs > 0) await sleep(submit.afterMs);
      if (!CancellationScope.current().consideredCancelled) gate.submits();
      const given = told.carry();
      const report = await submitOutputs({
        ...{ ...request, outputs, ...given },
        ...(submit && { isRepeat: true }),
      });
      told.answered(given, report.record);
      return report;
    }

    /** The fields that every request to the provider has. */
    function carried(): Pick<CreateRunInput, 'metadata' | 'transcript'> {
      const { metadata } = input;
      return { ...(metadata && { metadata }), ...(transcript && { transcript }) };
    }

    /** Follows the run of this report from now on. */
    function follow<Report extends RunReport>(seen: Report): Report {
      isCreated = true;
      run = { threadId: seen.threadId, runId: seen.runId };
      threadId = seen.threadId;
      if (seen.usage) usages.set(seen.runId, seen.usage);
      gate.ran(seen.ran ?? []);
      transcript = changedTranscript(transcript, seen);
      round = undefined;
      return seen;
    }

    function watched(): TurnFacts & { assistant: string; run: RunReference } {
      return { ...facts, assistant, run: requireRun() };
    }

    /** The report itself. If it says nothing yet, or has waited for a worker, the next one. */
    async function upToDate(seen: RunReport): Promise<RunReport> {
      const isStale =
        seen.state === 'requires_action' &&
        seen.timeLeftMs !== null &&
        Date.now() - seen.observedAtMs > STALE_AFTER_MS;
      if (seen.state !== 'working' && !isStale) return seen;
      const given = told.carry();
      const next = await hints.follow(() => watchRun({ ...watched(), ...given }));
      told.answered(given, next.record);
      return follow(next);
    }
  }

  /** Lets the gate settle a round, and tells a conversation whose messages need not wait. */
  async function whileHeld(whilePending: WhilePending, calls: Round): Promise<Settled> {
    const settling = (round = gate.settle(calls));
    const held = gate.approvals.filter(
      ({ status, parkedAt }) => status === 'pending' && parkedAt === undefined,
    );
    if (whilePending === 'queue' || held.length === 0) return settling;
    settling.catch(leaveFailures); // it is awaited below
    await parent.held({ whilePending, approvalIds: held.map(({ approvalId }) => approvalId) });
    const settled = await settling;
    await parent.held({ whilePending, approvalIds: [] });
    return settled;
  }

  /** The reply is there, approvals are open: the conversation continues, and the turn stays until the last one is settled. */
  async function outlive(): Promise<void> {
    isParked = true;
    board.flush();
    tellEnd(input, 'parked');
    await becomeFree();
    await Promise.race([gate.parkedSettled(), CancellationScope.current().cancelRequested]);
  }

  /** The conversation checks before it takes the next message. Only a message that already waits needs a report. */
  async function becomeFree(): Promise<void> {
    isFree = true;
    if (isWaitedFor) await tellLeft();
  }

  /** Sent once. A cancellation that arrives meanwhile does not take it back. */
  function tellLeft(): Promise<void> {
    return (telling ??= CancellationScope.nonCancellable(() => parent.left(remains())));
  }

  /** The last step of a turn: its memo agrees with its result, and a waiting conversation is told. A cancelled workflow has no result for news. */
  async function depart({ isResultLost = false } = {}): Promise<void> {
    gate.close();
    // A turn without approvals has published nothing that its result could contradict.
    if (gate.approvals.length > 0) board.flush();
    const isNews =
      input.isThreadNew === true || threadId !== input.threadId || transcript !== input.transcript;
    if (isResultLost && isNews) await tellLeft();
    await becomeFree();
    await told.settle({ atLast: true });
    await condition(allHandlersFinished);
    // Who tried to decide while that was written.
    await told.settle({ atLast: true });
  }

  /** A parked approval is settled: a turn of its own tells the model. */
  async function tellModel({ approval, output }: Late): Promise<void> {
    await told.settle();
    const next = continuationOf(input, approval, output);
    // A continuation that the conversation has not taken will never exist.
    if (!(await parent.say(next))) return;
    continuations.push(next.turnId);
    board.changed();
  }

  /** The end of a turn without a reply. */
  async function leave(): Promise<void> {
    gate.close();
    await round?.catch(leaveFailures); // what its calls have come to is handed on
    board.flush();
    // An action that was approved after it was parked is running: it finishes, and the model is told.
    await gate.parkedSettled().catch((error: unknown) => {
      leaveFailures(error);
      log.warn('parked.unsettled', { error: String(error) });
    });
    board.flush();
    if (!isRunOver && creation !== undefined) {
      try {
        const { transcript: _said, ...create } = creation;
        const given = told.carry();
        const { status, record } = await cancelRun({ ...create, ...(isCreated && run && { run }), ...given });
        told.answered(given, record);
        log.info('run.cancelled', { runId: run?.runId, status });
      } catch (error) {
        // The turn still ends; the run expires at the provider.
        log.warn('run.cancel_failed', { runId: run?.runId, error: String(error) });
      }
    }
  }

  function remains(): TurnRemains {
    const said = transcript && [...transcript, ...(round === undefined ? [] : unsent(gate.outputs()))];
    return { ...(threadId !== undefined && { threadId }), ...(said && { transcript: said }) };
  }

  function requireThread(): string {
    if (threadId === undefined) throw new TypeError('There is no thread yet.');
    return threadId;
  }

  function requireRun(): RunReference {
    if (run === undefined) throw new TypeError('There is no run yet.');
    return run;
  }
}

/** Outputs that no request has taken. The transcript still records what was done. */
function unsent(outputs: readonly ToolOutput[]): TranscriptEntry[] {
  const texts = fitTogether(
    outputs.map(({ output }) => output),
    TOLD_OUTPUTS_BYTES,
  );
  return outputs.map((output, index) => ({ role: 'tool', ...output, output: texts[index] ?? '' }));
}

/** Tokens of all runs of the turn; undefined if the provider reported none. */
function sumOf(usages: Usage[]): Usage | undefined {
  if (usages.length === 0) return undefined;
  return usages.reduce((sum, usage) => ({
    promptTokens: sum.promptTokens + usage.promptTokens,
    completionTokens: sum.completionTokens + usage.completionTokens,
    totalTokens: sum.totalTokens + usage.totalTokens,
  }));
}

function statusOf(approvals: TurnMemo['approvals'], isParked: boolean): TurnMemo['status'] {
  const isWaited = approvals.some(({ status, parkedAt }) => status === 'pending' && parkedAt === undefined);
  if (isWaited) return 'awaiting_decision';
  return isParked ? 'parked' : 'running';
}

/** After a reset this execution is not the first one, and activities start again with first attempts. */
function wasReset(): boolean {
  const { runId, firstExecutionRunId } = workflowInfo();
  return runId !== firstExecutionRunId;
}
