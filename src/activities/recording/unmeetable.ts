import { log } from '@temporalio/activity';

import type { ReviewedCall, ReviewedEdit, Verdict } from '../../contracts/approval/review.ts';
import type { TurnFacts } from '../../contracts/steps.ts';
import { answersSoon, isStoreDown, type Recorder } from '../../record/recorder.ts';

/** Nobody waits longer for a mark. */
const PATIENCE_MS = 2_000;

type Asking = Extract<Verdict, { kind: 'ask' }>;

/**
 * Marks what nobody of the directory can approve. It is asked all the same: the directory learns of people when they sign in, and an
 * operator who is told can add them while the question waits (docs/decisions/0027).
 *
 * A directory that cannot be read now marks nothing.
 */
export function createMarks(recorder: Recorder | undefined) {
  return { markCalls, markEdit };

  async function markCalls(turn: TurnFacts, calls: readonly ReviewedCall[]): Promise<ReviewedCall[]> {
    return Promise.all(
      calls.map(async (call) => (call.kind === 'ready' && !call.byGrant ? mark(turn, call) : call)),
    );
  }

  async function markEdit(turn: TurnFacts, edit: ReviewedEdit): Promise<ReviewedEdit> {
    return edit.kind === 'ready' ? mark(turn, edit) : edit;
  }

  async function mark<Reviewed extends { verdict: Exclude<Verdict, { kind: 'forbid' }> }>(
    turn: TurnFacts,
    reviewed: Reviewed,
  ): Promise<Reviewed & { unmeetable?: string }> {
    const { verdict } = reviewed;
    const unmeetable = verdict.kind === 'ask' ? await whyNot(turn, verdict) : null;
    return unmeetable === null ? reviewed : { ...reviewed, unmeetable };
  }

  async function whyNot({ context, startedBy }: TurnFacts, verdict: Asking): Promise<string | null> {
    const { approvers, rule } = verdict;
    if (recorder === undefined) return null;
    try {
      return await answersSoon(
        recorder.whyNobodyCanMeet(context.tenant, {
          ...(approvers && { approvers }),
          ...(rule && { rule }),
          ...(context.user !== undefined && { requestedBy: context.user }),
          ...(startedBy !== undefined && { startedBy }),
        }),
        PATIENCE_MS,
      );
    } catch (error) {
      if (!isStoreDown(error)) throw error;
      log.warn('directory.unread', { because: error.message });
      return null;
    }
  }
}
