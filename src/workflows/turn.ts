import {
  allHandlersFinished,
  CancellationScope,
  condition,
  getExternalWorkflowHandle,
  isCancellation,
  log,
  setHandler,
  TemporalFailure,
  uuid4,
  workflowInfo,
} from '@temporalio/workflow';

import type { TurnFacts } from '../activities/runs.ts';
import type { Decision, Receipt } from '../contracts/approval.ts';
import type { RunReference, RunReport } from '../contracts/run.ts';
import type { TurnInput, TurnMemo, TurnResult } from '../contracts/turn.ts';
import { createGate } from './gate.ts';
import { decide, decideNow, decisionProblem, threadOpened, turnState } from './messages.ts';
import { createNoticeBoard } from './notice-board.ts';
import { approvalExpired, runEnded, turnFailure } from './outcomes.ts';
import { cancelRun, createRun, openThread, submitOutputs, watchRun } from './steps.ts';

/** Outputs are submitted this long before the run expires, so that they arrive in time. */
const SUBMIT_MARGIN_MS = 20_000;

/** A report older than this has waited for a worker: the time left in it is no longer true, so we look again. */
const STALE_AFTER_MS = 5_000;

/**
 * One user message to one final reply.
 *
 *   open thread ─▶ create run ─▶ watch ─┬─▶ completed ─▶ the reply
 *                                ▲      ├─▶ failed, incomplete, cancelled, expired, unknown ─▶ a typed failure
 *                                │      └─▶ requires_action ─▶ the gate settles every call
 *                                └──────────── submit all outputs ◀──────────────┘
 *
 * Whatever ends the turn before its run has ended, a cancellation included, cancels the run and closes open approvals.
 */
export async function turn(input: TurnInput): Promise<TurnResult> {
  const { turnId, conversationId, context } = input;
  let threadId = input.threadId;
  let run: RunReference | undefined;
  let isRunOver = true;

  const gate = createGate({ changed: () => board.changed() });
  const show = (): TurnMemo => ({
    status: gate.approvals.some(({ status }) => status === 'pending') ? 'awaiting_decision' : 'running',
    approvals: gate.approvals,
    ...(run && { run }),
  });
  const board = createNoticeBoard(show);

  setHandler(decideNow, receiveDecision);
  setHandler(decide, async (decision) => {
    await receiveDecision(decision);
  });
  setHandler(turnState, show);

  try {
    // Cancelled while it was queued: the conversation's request to cancel is on its way, nothing is begun before it.
    if (input.cancelled) await condition(() => false);
    return await converse();
  } catch (error) {
    // Anything but a failure of Temporal's kind is a fault in this code: the task fails and is retried after a fix.
    if (!(error instanceof TemporalFailure)) throw error;
    await CancellationScope.nonCancellable(() => leave(isCancellation(error)));
    if (isCancellation(error)) throw error;
    throw turnFailure(error, { ...(threadId !== undefined && { threadId }) });
  } finally {
    await CancellationScope.nonCancellable(() => condition(allHandlersFinished));
  }

  async function converse(): Promise<TurnResult> {
    const facts: TurnFacts = {
      turnId,
      conversationId,
      context,
      ...(input.assistant !== undefined && { assistant: input.assistant }),
    };
    threadId ??= (await openThread(facts)).threadId;
    isRunOver = false; // from here on there may be a run, even before we know of it
    const created = await createRun({
      ...facts,
      threadId,
      key: turnId,
      message: input.message,
      ...(input.metadata && { metadata: input.metadata }),
    });
    const { assistant } = created;
    run = { threadId: created.threadId, runId: created.runId };
    const watched = { ...facts, assistant, run };

    let report = await watch();
    while (report.state === 'requires_action') {
      const settled = await gate.settle({
        facts: { ...facts, assistant },
        calls: report.calls,
        runDeadlineMs:
          report.timeLeftMs === null ? null : report.observedAtMs + report.timeLeftMs - SUBMIT_MARGIN_MS,
      });
      if (settled.kind === 'cancel_run') throw approvalExpired(settled.approval);
      report = await submitOutputs({ ...watched, outputs: settled.outputs });
      if (report.state === 'working') report = await watch();
    }
    isRunOver = report.state !== 'unknown';
    if (report.state !== 'completed') throw runEnded(report);
    const { reply, usage } = report;
    return { status: 'completed', reply, threadId, run, approvals: gate.approvals, ...(usage && { usage }) };

    async function watch(): Promise<RunReport> {
      const seen = await watchRun(watched);
      const isStale = seen.state === 'requires_action' && Date.now() - seen.observedAtMs > STALE_AFTER_MS;
      return isStale ? watchRun(watched) : seen;
    }
  }

  async function receiveDecision(received: Decision): Promise<Receipt> {
    const decision = withDefaults(received);
    const problem = decisionProblem(decision);
    if (problem !== null) {
      log.warn('decision.malformed', { problem });
      const problems = [{ field: '', message: problem }];
      return { outcome: 'refused', approvalId: '', decisionId: '', reason: 'malformed_decision', problems };
    }
    const receipt = await gate.decide(decision);
    const { approvalId, decisionId } = decision;
    log.info('decision.received', {
      approvalId,
      decisionId,
      decision: decision.decision,
      outcome: receipt.outcome,
    });
    return receipt;
  }

  /** The way out when the turn does not end with a reply. */
  async function leave(isCancelled: boolean): Promise<void> {
    gate.close();
    board.flush();
    if (!isRunOver && threadId !== undefined) {
      try {
        const { status } = await cancelRun({ threadId, key: turnId, ...(run && { runId: run.runId }) });
        log.info('run.cancelled', { runId: run?.runId, status });
      } catch (error) {
        // The turn ends all the same; the run expires at the provider.
        log.warn('run.cancel_failed', { runId: run?.runId, error: String(error) });
      }
    }
    // A cancelled workflow has no result that could carry the thread back.
    const { parent } = workflowInfo();
    if (isCancelled && parent && threadId !== undefined && threadId !== input.threadId) {
      await getExternalWorkflowHandle(parent.workflowId).signal(threadOpened, { threadId });
    }
  }
}

/** A signal typed by hand may leave out what a program always sends. */
function withDefaults(decision: Partial<Decision>): Decision {
  return {
    // Not cryptographically secure, and need not be: it only tells decisions apart.
    decisionId: uuid4(),
    decidedAt: new Date().toISOString(),
    source: 'signal',
    ...decision,
  } as Decision;
}
