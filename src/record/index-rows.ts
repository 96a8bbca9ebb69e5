import type { ApprovalStatus } from '../contracts/approval/status.ts';
import type { About, Fact } from '../contracts/recording/fact.ts';
import type { IndexedApproval } from '../store/approval-index.ts';

/** A question as lists need it, pending. */
export function toRow(about: About, fact: Extract<Fact, { is: 'requested' }>): IndexedApproval {
  const { approvalId, tool, at, question } = fact;
  const { arguments: args, deadline, reason, approvers, requestedBy, startedBy } = question;
  return {
    ...{ tenant: about.tenant, approvalId, tool, status: 'pending' },
    turnId: about.turnId ?? null,
    conversationId: about.conversationId ?? null,
    requestedAt: at,
    deadline,
    resolvedAt: null,
    requestedBy: requestedBy ?? startedBy ?? null,
    approvers: approvers ?? [],
    text: [tool, reason ?? '', JSON.stringify(args)].join(' '),
  };
}

/** What a fact makes of the question in lists; null when it stays open. */
export function toSettlement(
  fact: Fact,
): { status: Exclude<ApprovalStatus, 'pending'>; resolvedAt: string } | null {
  switch (fact.is) {
    case 'settled':
      return { status: fact.status, resolvedAt: fact.at };
    case 'expired':
    case 'cancelled':
      return { status: fact.is, resolvedAt: fact.at };
    default:
      return null;
  }
}
