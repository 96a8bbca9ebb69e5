import type { AnyApproval } from '../../contracts/approval/approval.ts';
import { words } from './strings/words.ts';

/** What happened to the decision this browser sent, told from what the approval became. */
export function answerTo(
  decisionId: string,
  { decision, status }: AnyApproval,
): { good: boolean; text: string } {
  const { sent } = words();
  if (decision?.decisionId === decisionId) return { good: true, text: sent.counts };
  switch (status) {
    case 'pending':
      return { good: true, text: sent.pending };
    case 'expired':
      return { good: false, text: sent.expired };
    case 'cancelled':
      return { good: false, text: sent.cancelled };
    case 'approved':
    case 'denied':
    case 'answered':
      return { good: false, text: sent.other };
    default:
      return status satisfies never;
  }
}
