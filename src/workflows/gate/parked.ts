import { CancellationScope, isCancellation } from '@temporalio/workflow';

import type { ReviewedCall } from '../../contracts/approval/review.ts';
import type { Executed } from '../../contracts/steps.ts';
import { outcomeUnknown } from '../../contracts/told.ts';
import { allEnded, leaveFailures } from '../faults.ts';
import { park } from '../ledger.ts';
import type { Approvals } from './approvals.ts';
import { askAlso } from './ask-also.ts';
import type { CarryOut } from './carry-out.ts';
import type { Call } from './question.ts';
import type { Carried, Late, Round } from './round.ts';

/** Questions that outlive their run: what becomes of each is told to the model by a turn of its own. */
export interface Parked {
  /** @param turn - facts of the round that asked. */
  add(call: Call, turn: Round['facts']): void;
  /** Resolves when no parked approval is open any more. */
  settled: () => Promise<void>;
}

/** @param deps.openAgain - asks once more about what was approved and held no longer. */
export function createParked({
  approvals,
  carryOut,
  conclude,
  openAgain,
  settledLate,
}: {
  approvals: Approvals;
  carryOut: CarryOut;
  conclude: (call: Call, run: (approved: Call) => Promise<Carried>) => Promise<Carried>;
  openAgain: (call: Call, stale: Executed, round: Round) => ReviewedCall;
  settledLate: (late: Late) => Promise<void>;
}): Parked {
  const parked: Promise<void>[] = [];
  return {
    add(call, turn) {
      const late = settle(call, turn);
      parked.push(late);
      // `settled` reads it. A turn that is cancelled before must not fail on it.
      late.catch(leaveFailures);
    },
    async settled() {
      const results = await allEnded(parked);
      const failed = results.find((result) => result.status === 'rejected');
      if (failed) throw failed.reason;
    },
  };

  /** Its run is over. */
  function afterRun({ approvalId }: Call, facts: Round['facts']): Round {
    const { isAttested } = approvals.get(approvalId);
    return { facts, calls: [], runDeadlineMs: null, isAttested };
  }

  async function settle(call: Call, turn: Round['facts']): Promise<void> {
    try {
      await approvals.settled(call.approvalId);
    } catch (error) {
      if (!isCancellation(error)) throw error;
    }
    // The turn is ending: nothing is reported any more.
    if (approvals.get(call.approvalId).status === 'cancelled') return;
    // The reply was given: a failure no longer fails the turn, and the model is told instead.
    const { output, askAgain: stale } = await conclude({ ...call, onError: 'report' }, (approved) =>
      run(approved, turn),
    );
    const again = stale && openAgain(call, stale, afterRun(call, turn));
    if (again?.kind === 'ready') {
      approvals.replace(park(approvals.get(again.approvalId), Date.now()));
      if (again.verdict.kind === 'ask') askAlso(approvals.get(again.approvalId), again.verdict.askAlso);
      return settle(again, turn);
    }
    await CancellationScope.nonCancellable(() =>
      settledLate({ approval: approvals.get(call.approvalId), output }),
    );
  }

  /** A tool that was stopped by the turn's end may have had its effect. The model must be told, or it may ask again. */
  async function run(call: Call, turn: Round['facts']): Promise<Carried> {
    try {
      return await carryOut.run(call, turn);
    } catch (error) {
      if (!isCancellation(error)) throw error;
      return { output: outcomeUnknown(call) };
    }
  }
}
