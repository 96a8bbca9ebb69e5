import type { Approval } from './approval/approval.ts';
import type { Decision } from './approval/decision.ts';

/**
 * The Handover: a service by which programs ask people. A policy may have an approval asked about there, too
 * (`askAlso: 'handover'`); whoever answers first wins, there or in the inbox. Its wire form is that of `/decisions`.
 */

/** What is sent of an approval, and once more in the same words when the answer to the first request was lost. */
export interface HandoverCard {
  action: string;
  context: string;
  timeout_minutes?: number;
}

/** Input of the `handover` workflow. */
export interface HandoverInput extends Pick<
  Approval,
  'tenant' | 'approvalId' | 'argumentsDigest' | 'deadline'
> {
  card: HandoverCard;
  /** Part of the callback's address; whoever has it may hint, and nothing else. */
  token: string;
}

/** What the memo of the workflow holds under `countersign`: what a hint is checked against. */
export interface HandoverMemo {
  token: string;
}

/** A decision at the Handover that is looked at. One that only a hint named must prove to be about this approval. */
export interface FollowedDecision {
  id: string;
  isOurs: boolean;
}

/** What a look at the Handover found; what is not answered yet is looked at again by the same activity. */
export type HandoverLook =
  /** Goes to the turn as it is. */
  | { state: 'answered'; decision: Decision }
  /** These decisions have ended without an answer that counts. */
  | { state: 'closed'; ids: string[] }
  /** The approval is not pending any more. */
  | { state: 'settled' }
  | { state: 'overdue' };

/**
 * How asking there ended. `answered`: the turn has been told, and judges it like every decision · `settled`: somebody else
 * decided, or the turn is over · `overdue`: the question's time is up · `closed`: every decision there ended without an answer
 * that counts · `not_asked`: it could not be asked.
 */
export interface HandoverResult {
  outcome: 'answered' | 'settled' | 'overdue' | 'closed' | 'not_asked';
}
