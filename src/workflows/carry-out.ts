import { ActivityFailure, ApplicationFailure, isCancellation } from '@temporalio/workflow';

import type { TurnFacts } from '../activities/runs.ts';
import type { CallToRun } from '../contracts/approval.ts';
import type { Book } from './book.ts';
import { signOff } from './question.ts';
import { executeTool } from './steps.ts';
import { editNotice, mayHaveHappened, outcomeUnknown, refusal, type Told } from './told.ts';

/** Carries out what a policy or a person has let through. */
export interface CarryOut {
  /**
   * @returns what the model is told of it.
   * @throws ActivityFailure or ApplicationFailure when the tool's `onError` is "fail": then the turn ends.
   */
  run(call: CallToRun, turn: TurnFacts): Promise<Told>;
  /** Whether the tool has been started. */
  hasBegun(approvalId: string): boolean;
}

/** @param deps.close - closes the questions that are still open, so that nobody signs off what can no longer happen. */
export function createCarryOut({ book, close }: { book: Book; close: () => void }): CarryOut {
  const begun = new Set<string>();
  return { run, hasBegun: (approvalId) => begun.has(approvalId) };

  async function run(call: CallToRun, turn: TurnFacts): Promise<Told> {
    const approval = book.find(call.approvalId);
    if (call.runsAt === 'provider') {
      book.note(call.approvalId, 'executing');
      return { output: 'Approved.' };
    }
    begun.add(call.approvalId);
    try {
      const { outcome, output } = await executeTool({
        ...turn,
        call,
        ...(approval?.decision && { approval: signOff(approval, approval.decision) }),
      });
      if (outcome === 'unknown') return unknownOutcome(call);
      book.note(call.approvalId, outcome);
      const told = approval?.decision?.decision === 'edit' ? `${output}\n${editNotice(call)}` : output;
      return outcome === 'failed' ? refusal(told) : { output: told };
    } catch (error) {
      if (!(error instanceof ActivityFailure) || isCancellation(error)) {
        book.note(call.approvalId, 'unknown');
        throw error;
      }
      if (error.cause instanceof ApplicationFailure) {
        book.note(call.approvalId, 'failed');
        if (approval?.parkedAt !== undefined) return refusal(`It failed: ${error.cause.message}`);
        failAll(error);
      }
      // No attempt told us how it ended: the worker died, or the tool overran its time.
      return unknownOutcome(call);
    }
  }

  function unknownOutcome(call: CallToRun): Told {
    book.note(call.approvalId, 'unknown');
    if (call.onError === 'fail') {
      const problem = `${mayHaveHappened(call)} Find out by hand.`;
      return failAll(ApplicationFailure.nonRetryable(problem, 'Tool.OutcomeUnknown'));
    }
    return { output: outcomeUnknown(call) };
  }

  /** One call ends the turn. */
  function failAll(error: unknown): never {
    close();
    throw error;
  }
}
