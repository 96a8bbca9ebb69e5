import { ActivityFailure, ApplicationFailure, CancellationScope, isCancellation } from '@temporalio/workflow';

import type { CallToRun } from '../../contracts/approval/review.ts';
import {
  editNotice,
  mayHaveHappened,
  outcomeUnknown,
  refusal,
  toldOf,
  TURN_OVER,
  withNotice,
  type Told,
} from '../../contracts/told.ts';
import type { ExecuteInput, Executed, Submission, SubmitOutcome, TurnFacts } from '../../contracts/steps.ts';
import type { Writing } from '../../contracts/recording/fact.ts';
import type { Approvals } from './approvals.ts';
import type { Facts } from '../facts.ts';
import { lastTold } from './last-told.ts';
import { signOff } from './question.ts';
import type { Carried } from './round.ts';
import { executeAndSubmit, executeTool } from '../steps.ts';

/** Carries out what a policy or a person has let through. */
export interface CarryOut {
  /**
   * With a submission a tool that can be asked again is run and its output submitted by one activity, which saves a hop between
   * the two (docs/decisions/0020). An at-most-once call is not: its outcome stands in the history before anything else is tried.
   *
   * @returns what the model is told of it.
   * @throws ActivityFailure or ApplicationFailure when the tool's `onError` is "fail": then the turn ends.
   */
  run(call: CallToRun, turn: TurnFacts, submission?: Submission): Promise<Carried>;
  /** Whether the tool has been started. */
  hasBegun(approvalId: string): boolean;
}

/** @param deps.close - closes the questions that are still open, so that nobody signs off what can no longer happen. */
export function createCarryOut({
  approvals,
  facts,
  close,
}: {
  approvals: Approvals;
  facts: Facts;
  close: () => void;
}): CarryOut {
  const begun = new Set<string>();
  return { run, hasBegun: (approvalId) => begun.has(approvalId) };

  async function run(call: CallToRun, turn: TurnFacts, submission?: Submission): Promise<Carried> {
    // Approved as the turn was cancelled: nothing has begun, and nothing will.
    if (CancellationScope.current().consideredCancelled) {
      approvals.note(call.approvalId, 'not_executed');
      return refusal(TURN_OVER);
    }
    if (call.runsAt === 'provider') return { output: 'Approved.' };
    begun.add(call.approvalId);
    if (submission === undefined || call.effect === 'at-most-once') return execute(call, turn);
    return { submit: { kind: 'unknown', afterMs: 0 }, ...(await execute(call, turn, submission)) };
  }

  async function execute(call: CallToRun, turn: TurnFacts, submission?: Submission): Promise<Carried> {
    const approval = approvals.find(call.approvalId);
    const notice = approval && editNotice(approval);
    const input: ExecuteInput = {
      ...turn,
      call,
      ...(approval?.decision && { approval: signOff(approval, approval.decision) }),
      ...(approval && facts.carry(call.approvalId)),
    };
    try {
      const executed: Executed & { submit?: SubmitOutcome } = await (submission
        ? executeAndSubmit({ ...input, submission, ...(notice !== undefined && { editNotice: notice }) })
        : executeTool(input));
      const { outcome, output, submit } = executed;
      if (outcome === 'unknown') return unknownOutcome(call, notice, executed.record);
      approvals.note(call.approvalId, outcome, output);
      facts.ended(call.approvalId, executed.record);
      if (outcome === 'stale') begun.delete(call.approvalId);
      if (executed.askAgain) return { ...refusal(output), askAgain: executed };
      return { ...toldOf({ outcome, output }, notice), ...(submit && { submit }) };
    } catch (error) {
      if (!(error instanceof ActivityFailure) || isCancellation(error)) {
        approvals.note(call.approvalId, 'unknown');
        throw error;
      }
      // A failure that could be retried has only used its attempts up: it does not say how the last one ended.
      if (error.cause instanceof ApplicationFailure && error.cause.nonRetryable) {
        approvals.note(call.approvalId, 'failed');
        if (approval?.parkedAt !== undefined)
          return refusal(withNotice(`It failed: ${error.cause.message}`, notice));
        failAll(error);
      }
      const told = lastTold(error);
      if (told !== null && told.outcome !== 'unknown') {
        approvals.note(call.approvalId, told.outcome, told.output);
        facts.ended(call.approvalId, told.record);
        return toldOf({ outcome: told.outcome, output: told.output }, notice);
      }
      // No attempt told us how it ended: the worker died or was shut down, or the tool overran its time.
      return unknownOutcome(call, notice);
    }
  }

  function unknownOutcome(call: CallToRun, notice: string | undefined, writing?: Writing): Told {
    approvals.note(call.approvalId, 'unknown');
    facts.ended(call.approvalId, writing);
    // A turn that is cancelled ends as that.
    if (call.onError === 'fail' && !CancellationScope.current().consideredCancelled) {
      const problem = `${mayHaveHappened(call)} Find out by hand.`;
      return failAll(ApplicationFailure.nonRetryable(problem, 'Tool.OutcomeUnknown'));
    }
    return { output: withNotice(outcomeUnknown(call), notice) };
  }

  /** One call ends the turn. */
  function failAll(error: unknown): never {
    close();
    throw error;
  }
}
