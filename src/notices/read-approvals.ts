import { WorkflowNotFoundError, type Client } from '@temporalio/client';

import type { AnyApproval } from '../contracts/approval/approval.ts';
import { workflowOfApproval } from '../contracts/ids.ts';
import { approvalField } from '../contracts/workflow-names.ts';
import { voteId } from '../record/entries.ts';

/**
 * Reads an approval as it stands now. `not yet`: its turn does not show it yet, because the record hears of a question before the turn
 * does. Null: Temporal does not know it any more.
 */
export type ReadApproval = (tenant: string, approvalId: string) => Promise<AnyApproval | 'not yet' | null>;

interface Holder {
  approvals: AnyApproval[];
  isOver: boolean;
}

/**
 * Reads from the memos of turns and requests, each at most once: made for one activity. A pending approval of a workflow that is over can
 * no longer be decided.
 */
export function createApprovalReader({ workflow }: Pick<Client, 'workflow'>): ReadApproval {
  const read = new Map<string, Promise<Holder>>();

  async function readAll(holder: string): Promise<Holder> {
    try {
      const { status, memo = {}, closeTime } = await workflow.getHandle(holder).describe();
      const approvals: AnyApproval[] = [];
      for (let index = 0; memo[approvalField(index)] !== undefined; index += 1)
        approvals.push(memo[approvalField(index)] as AnyApproval);
      if (status.name === 'RUNNING') return { approvals, isOver: false };
      const resolvedAt = closeTime?.toISOString();
      const closed = approvals.map((approval) =>
        approval.status === 'pending'
          ? { ...approval, status: 'cancelled' as const, ...(resolvedAt !== undefined && { resolvedAt }) }
          : approval,
      );
      return { approvals: closed, isOver: true };
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return { approvals: [], isOver: true };
      throw error;
    }
  }

  return async (tenant, approvalId) => {
    const holder = workflowOfApproval(tenant, approvalId);
    if (holder === null) return null;
    const reading = read.get(holder) ?? readAll(holder);
    read.set(holder, reading);
    const { approvals, isOver } = await reading;
    const found = approvals.find((approval) => approval.approvalId === approvalId);
    return found ?? (isOver ? null : 'not yet');
  };
}

/** Whether it shows a vote, by the id of the entry that told of it, also if somebody has changed the arguments since. */
export function hasVote({ approvalId, votes = [], replaced = [] }: AnyApproval, entryId: string): boolean {
  const cast = [...votes, ...replaced.flatMap((earlier) => earlier.votes ?? [])];
  return cast.some(({ decisionId }) => voteId('voted', approvalId, decisionId) === entryId);
}
