import type { Client } from '@temporalio/client';

import type { AnyShownApproval } from '../contracts/approval/approval.ts';
import { ID_RULES, isName, isTenant } from '../contracts/ids.ts';
import { ASKED } from '../contracts/workflow-names.ts';
import { InputError } from './input-error.ts';
import { settled, turnMemo } from './read-turn.ts';

/** Which pending approvals are listed; all when empty. */
export interface PendingFilter {
  /** Those of this tool, by its name. */
  tool?: string | undefined;
}

/** Approvals that wait for a decision, up to a limit. */
export interface ApprovalPage {
  approvals: AnyShownApproval[];
  /** True when more are pending than the limit let through. */
  more: boolean;
}

/** Temporal has no list without memos, and a memo may have a megabyte: so many are in memory at a time. */
const PAGE_SIZE = 25;

export function createPendingReader(temporal: Client) {
  return { eachPending, eachApproval, listPending };

  /**
   * Approvals that wait for a person, newest turn first, a few turns in memory at a time. It follows changes within about a second.
   *
   * @throws InputError for a tenant or tool with characters that are not allowed.
   */
  async function* eachPending(
    tenant: string,
    { tool }: PendingFilter = {},
  ): AsyncGenerator<AnyShownApproval> {
    if (!isTenant(tenant)) throw new InputError('tenant', `must be ${ID_RULES.tenant}`);
    if (tool !== undefined && !isName(tool)) throw new InputError('tool', `must be ${ID_RULES.name}`);
    const conditions = [
      `CountersignTenant = '${tenant}'`,
      `ApprovalStatus = '${ASKED}'`,
      `ExecutionStatus = 'Running'`,
      ...(tool === undefined ? [] : [`ApprovalTools = '${tool}'`]),
    ];
    const turns = temporal.workflow.list({ query: conditions.join(' AND '), pageSize: PAGE_SIZE });
    for await (const { memo } of turns) {
      // The index knows who was asked; the memo that comes with it whether they still are.
      for (const approval of turnMemo(memo)?.approvals ?? []) {
        if (approval.status === 'pending' && (tool === undefined || approval.tool === tool)) yield approval;
      }
    }
  }

  /**
   * All approvals that Temporal still keeps, whatever became of them.
   *
   * @throws InputError for a tenant with characters that are not allowed.
   */
  async function* eachApproval(tenant: string): AsyncGenerator<AnyShownApproval> {
    if (!isTenant(tenant)) throw new InputError('tenant', `must be ${ID_RULES.tenant}`);
    const query = `CountersignTenant = '${tenant}' AND ApprovalStatus IS NOT NULL`;
    for await (const { memo, status, closeTime } of temporal.workflow.list({ query, pageSize: PAGE_SIZE })) {
      const approvals = turnMemo(memo)?.approvals ?? [];
      yield* status.name === 'RUNNING' ? approvals : settled(approvals, closeTime);
    }
  }

  /** The first of them; many or large ones are better read one by one. */
  async function listPending(tenant: string, limit = 50, filter: PendingFilter = {}): Promise<ApprovalPage> {
    const approvals: AnyShownApproval[] = [];
    for await (const approval of eachPending(tenant, filter)) {
      if (approvals.length === limit) return { approvals, more: true };
      approvals.push(approval);
    }
    return { approvals, more: false };
  }
}
