import type { RanCall } from '../../contracts/run.ts';
import type { Approvals } from './approvals.ts';

/**
 * Approved calls that the provider runs by itself:
 *
 *   approved ──submits──▶ heard ──ran──▶ executed, failed
 *       │                   └────over──▶ unknown: it has not said how it ended
 *       └────────over──▶ not_executed
 */
export interface ProviderRuns {
  /** The provider is about to hear of all that is approved by now. */
  submits: () => void;
  /** The provider has told how these ended. */
  ran: (calls: readonly RanCall[]) => void;
  /** The turn is over: it hears of no more calls, and tells of none. */
  over: () => void;
}

export function createProviderRuns(approvals: Pick<Approvals, 'all' | 'note'>): ProviderRuns {
  const heard = new Set<string>();
  const underWay = () =>
    approvals.all.filter(
      ({ runsAt, status, outcome }) =>
        runsAt === 'provider' && status === 'approved' && outcome === 'executing',
    );

  return {
    submits() {
      for (const { approvalId } of underWay()) {
        if (heard.has(approvalId)) continue;
        heard.add(approvalId);
        approvals.note(approvalId, 'executing');
      }
    },
    ran(calls) {
      for (const { toolCallId, hasFailed } of calls) {
        // Ids of an earlier round may be repeated.
        const approval = approvals.all.findLast((asked) => asked.runsAt && asked.toolCallId === toolCallId);
        if (approval) approvals.note(approval.approvalId, hasFailed ? 'failed' : 'executed');
      }
    },
    over() {
      for (const { approvalId } of underWay())
        approvals.note(approvalId, heard.has(approvalId) ? 'unknown' : 'not_executed');
    },
  };
}
