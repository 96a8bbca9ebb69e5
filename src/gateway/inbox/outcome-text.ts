import type { ActionOutcome, AnyApproval } from '../../contracts/approval/approval.ts';
import type { ApprovalStatus } from '../../contracts/approval/status.ts';
import type { DecisionKind } from '../../contracts/approval/decision.ts';

/** States in words for people. The states themselves are never taken from these words. */

export const STATUS_WORDS: Record<ApprovalStatus, string> = {
  pending: 'Waiting for a decision',
  approved: 'Approved',
  denied: 'Denied',
  answered: 'Answered by a person',
  expired: 'Expired',
  cancelled: 'Cancelled',
};

export const DECISION_WORDS: Record<DecisionKind, string> = {
  approve: 'approved it',
  deny: 'denied it',
  edit: 'approved it with other arguments',
  respond: 'answered instead',
};

export const OUTCOME_WORDS: Record<ActionOutcome, string> = {
  executing: 'The action is being carried out.',
  executed: 'The action was carried out.',
  failed: 'The action was tried and failed.',
  not_executed: 'The action was not carried out.',
  stale: 'The approval no longer held when the action was to run. It was not carried out.',
  unknown: 'It is unknown whether the action was carried out. Check before repeating it.',
};

/** What happened to the decision this browser sent, told from what the approval became. */
export function answerTo(
  decisionId: string,
  { decision, status }: AnyApproval,
): { good: boolean; text: string } {
  if (decision?.decisionId === decisionId) return { good: true, text: 'Your decision counts.' };
  switch (status) {
    case 'pending':
      return {
        good: true,
        text: 'Your decision is stored and will be applied as soon as a worker is up. Reload this page to see it.',
      };
    case 'expired':
      return {
        good: false,
        text: 'Too late: the deadline had passed before your decision arrived. Nothing was carried out.',
      };
    case 'cancelled':
      return {
        good: false,
        text: 'The turn was cancelled before your decision arrived. Nothing was carried out.',
      };
    case 'approved':
    case 'denied':
    case 'answered':
      return {
        good: false,
        text: 'Your decision was not applied: another one came first. It is shown below.',
      };
    default:
      return status satisfies never;
  }
}
