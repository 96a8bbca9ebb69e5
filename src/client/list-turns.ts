import type { Client, WorkflowExecutionInfo } from '@temporalio/client';

import { ID_RULES, isConversationId, isTenant } from '../contracts/ids.ts';
import { TURN_STATUSES, type TurnStatus } from '../contracts/turn.ts';
import { TURN_WORKFLOW } from '../contracts/workflow-names.ts';
import { InputError } from './input-error.ts';
import { turnMemo, type ReadTurn } from './read-turn.ts';

/** Which turns are listed; all when empty. */
export interface TurnFilter {
  conversationId?: string | undefined;
  status?: TurnStatus | undefined;
}

/** A turn as a list shows it. */
export interface TurnSummary {
  turnId: string;
  conversationId: string;
  status: TurnStatus;
  /** ISO 8601. */
  startedAt: string;
  /** ISO 8601; absent while it runs. */
  endedAt?: string;
  /** Approvals that wait for a decision. */
  pendingApprovals: string[];
}

/** Turns of a tenant, up to a limit. */
export interface TurnPage {
  turns: TurnSummary[];
  /** True when there are more than the limit let through. */
  more: boolean;
}

/** A memo may have a megabyte: so many are in memory at a time. */
const PAGE_SIZE = 25;

export function createTurnLister(temporal: Client, readTurn: ReadTurn) {
  /**
   * The turns of a tenant, newest first, as long as Temporal keeps them; needs no worker. A turn that still waits in its conversation's
   * queue is not among them. The list follows changes within about a second.
   *
   * @throws InputError for a tenant, conversation or status that cannot be one.
   */
  return async function listTurns(
    tenant: string,
    { conversationId, status }: TurnFilter = {},
    limit = 50,
  ): Promise<TurnPage> {
    if (!isTenant(tenant)) throw new InputError('tenant', `must be ${ID_RULES.tenant}`);
    if (conversationId !== undefined && !isConversationId(conversationId))
      throw new InputError('conversationId', `must be ${ID_RULES.conversationId}`);
    if (status !== undefined && !TURN_STATUSES.includes(status))
      throw new InputError('status', `must be one of ${TURN_STATUSES.join(', ')}`);
    const query = [
      `WorkflowType = '${TURN_WORKFLOW}'`,
      `CountersignTenant = '${tenant}'`,
      ...(conversationId === undefined ? [] : [`ConversationId = '${conversationId}'`]),
      ...(status === undefined ? [] : [stateOf(status)]),
    ].join(' AND ');
    const turns: TurnSummary[] = [];
    for await (const found of temporal.workflow.list({ query, pageSize: PAGE_SIZE })) {
      const turn = await summary(tenant, found);
      if (turn === null || (status !== undefined && turn.status !== status)) continue;
      if (turns.length === limit) return { turns, more: true };
      turns.push(turn);
    }
    return { turns, more: false };
  };

  async function summary(
    tenant: string,
    { workflowId, memo, status, startTime, closeTime }: WorkflowExecutionInfo,
  ): Promise<TurnSummary | null> {
    const turnId = workflowId.slice(`${TURN_WORKFLOW}.${tenant}.`.length);
    const told = turnMemo(memo);
    const isOver = status.name !== 'RUNNING';
    // How a turn failed stands in its failure, which a list does not have.
    const view = isOver && status.name !== 'COMPLETED' ? await readTurn(tenant, turnId) : null;
    const conversationId = view?.conversationId ?? turnId.slice(0, turnId.lastIndexOf('.'));
    const pending = isOver ? [] : (told?.approvals ?? []).filter((approval) => approval.status === 'pending');
    return {
      turnId,
      conversationId,
      status: isOver ? (view?.status ?? 'completed') : (told?.status ?? 'running'),
      startedAt: startTime.toISOString(),
      ...(closeTime && { endedAt: closeTime.toISOString() }),
      pendingApprovals: pending.map(({ approvalId }) => approvalId),
    };
  }
}

function stateOf(status: TurnStatus): string {
  switch (status) {
    case 'queued':
    case 'running':
    case 'awaiting_decision':
    case 'parked':
      return `ExecutionStatus = 'Running'`;
    case 'completed':
      return `ExecutionStatus = 'Completed'`;
    case 'failed':
    case 'cancelled':
    case 'expired':
      return `ExecutionStatus != 'Running' AND ExecutionStatus != 'Completed'`;
    default:
      return status satisfies never;
  }
}
