import type { Client, WorkflowExecutionInfo } from '@temporalio/client';

import type { ConversationPage, ConversationView, MessageView } from '../contracts/conversation.ts';
import { conversationWorkflowId, ID_RULES, isTenant, turnWorkflowId } from '../contracts/ids.ts';
import type { MainMemo, TurnStatus } from '../contracts/turn.ts';
import { CONVERSATION_WORKFLOW, MEMO, TURN_WORKFLOW } from '../contracts/workflow-names.ts';
import { toUserKey } from '../contracts/search/key.ts';
import { InputError } from './input-error.ts';
import { readStart } from './read-said.ts';
import { ignoreNotFound, queueOf, type ReadTurn } from './read-turn.ts';

/**
 * A conversation as its turns show it. The list of turns comes from the index, which follows changes within about a second;
 * what each of them says comes from the turn itself.
 */
export function createConversationReader(temporal: Client, readTurn: ReadTurn) {
  return { getConversation, listConversations, listMessages };

  /** @returns null when the tenant has no such conversation. */
  async function getConversation(
    tenant: string,
    conversationId: string,
    limit = 20,
  ): Promise<ConversationView | null> {
    const handle = temporal.workflow.getHandle(conversationWorkflowId(tenant, conversationId));
    const conversation = await handle.describe().catch(ignoreNotFound);
    if (conversation === undefined) return null;
    const waiting = queueOf(conversation).toReversed();
    const turns: ConversationView['turns'] = waiting.slice(0, limit).map(({ turnId, cancelled }) => ({
      turnId,
      status: cancelled ? 'cancelled' : 'queued',
      startedAt: null,
    }));
    if (turns.length === limit) return { conversationId, turns };
    for await (const turn of startedTurns(tenant, conversationId, limit)) {
      // One that has just begun may still stand in the queue.
      if (waiting.some(({ turnId }) => turnId === turn.turnId)) continue;
      turns.push(turn);
      if (turns.length === limit) break;
    }
    return { conversationId, turns };
  }

  /** The turns that have begun, newest first. */
  async function* startedTurns(tenant: string, conversationId: string, limit: number) {
    const query = `WorkflowType = '${TURN_WORKFLOW}' AND CountersignTenant = '${tenant}' AND ConversationId = '${conversationId}'`;
    for await (const turn of temporal.workflow.list({ query, pageSize: limit })) {
      const turnId = turn.workflowId.slice(turnWorkflowId(tenant, '').length);
      yield { turnId, status: statusOf(turn), startedAt: turn.startTime.toISOString() };
    }
  }

  /**
   * The tenant's conversations, or those in which one of its users has spoken (the first fifty users of each).
   *
   * @throws InputError for a tenant with characters that are not allowed.
   */
  async function listConversations(
    tenant: string,
    { user, limit = 20 }: { user?: string | undefined; limit?: number } = {},
  ): Promise<ConversationPage> {
    if (!isTenant(tenant)) throw new InputError('tenant', `must be ${ID_RULES.tenant}`);
    const conditions = [
      `WorkflowType = '${CONVERSATION_WORKFLOW}'`,
      `CountersignTenant = '${tenant}'`,
      `ExecutionStatus = 'Running'`,
      ...(user === undefined ? [] : [`CountersignUsers = '${toUserKey(tenant, user)}'`]),
    ];
    const conversations: ConversationPage['conversations'] = [];
    const query = conditions.join(' AND ');
    for await (const { workflowId, startTime } of temporal.workflow.list({ query, pageSize: limit + 1 })) {
      if (conversations.length === limit) return { conversations, more: true };
      const conversationId = workflowId.slice(conversationWorkflowId(tenant, '').length);
      conversations.push({ conversationId, startedAt: startTime.toISOString() });
    }
    return { conversations, more: false };
  }

  /**
   * What was said, newest first: the user's message of each turn, and its reply once there is one.
   *
   * @param limit - of turns that have begun; messages that wait are not among them.
   * @returns null when the tenant has no such conversation.
   */
  async function listMessages(
    tenant: string,
    conversationId: string,
    limit = 20,
  ): Promise<MessageView[] | null> {
    const handle = temporal.workflow.getHandle(conversationWorkflowId(tenant, conversationId));
    const conversation = await handle.describe().catch(ignoreNotFound);
    if (conversation === undefined) return null;
    const started: { turnId: string; startedAt: string }[] = [];
    for await (const turn of startedTurns(tenant, conversationId, limit)) {
      started.push(turn);
      if (started.length === limit) break;
    }
    const perTurn = await Promise.all(
      started.map(async ({ turnId, startedAt: at }) => {
        const [start, turn] = await Promise.all([
          readStart(temporal, tenant, turnId),
          readTurn(tenant, turnId),
        ]);
        const replies: MessageView[] =
          turn?.reply === undefined
            ? []
            : [
                {
                  ...{ turnId, role: 'assistant', text: turn.reply, at },
                  ...(turn.citations && { citations: turn.citations }),
                },
              ];
        return start === null
          ? replies
          : [...replies, { turnId, role: 'user' as const, text: start.input.message, at }];
      }),
    );
    return perTurn.flat();
  }
}

function statusOf({ status, memo }: WorkflowExecutionInfo): TurnStatus {
  switch (status.name) {
    case 'RUNNING':
      return (memo?.[MEMO] as MainMemo | undefined)?.status ?? 'running';
    case 'COMPLETED':
      return 'completed';
    case 'CANCELLED':
      return 'cancelled';
    default:
      return 'failed';
  }
}
