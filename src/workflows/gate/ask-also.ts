import { isCancellation, log } from '@temporalio/workflow';

import type { Approval } from '../../contracts/approval/approval.ts';
import type { Channel } from '../../contracts/approval/review.ts';
import { startHandover } from '../steps.ts';

/**
 * Has a question asked where the policy wants it asked beside the inbox: by a workflow of its own, which looks for itself when
 * the question is over. Nothing waits for it, and a question without a channel costs nothing.
 */
export function askAlso(approval: Approval, channel: Channel | undefined): void {
  if (channel === undefined) return;
  startHandover(approval).catch((error: unknown) => {
    if (isCancellation(error)) return; // the turn is over, and the question with it
    log.warn('handover.not_started', { approvalId: approval.approvalId, error: String(error) });
  });
}
