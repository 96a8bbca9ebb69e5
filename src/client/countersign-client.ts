import type { AnyShownApproval } from '../contracts/approval/approval.ts';
import type { Accepted, NewDecision, Receipt } from '../contracts/approval/decision.ts';
import type { ConversationPage, ConversationView, MessageView } from '../contracts/conversation.ts';
import type { Said } from '../contracts/said.ts';
import type { RequestView } from '../contracts/request.ts';
import type { TurnView } from '../contracts/turn.ts';
import type { RunHint } from '../workflows/messages.ts';
import type { HandoverHint } from './handover.ts';
import type { Stuck } from './stuck.ts';
import type { TurnFilter, TurnPage } from './list-turns.ts';
import type { ApprovalPage, PendingFilter } from './pending-approvals.ts';
import type { AskForDecision } from './requests.ts';
import type { StartTurn } from './start-turn.ts';
import type { WaitOptions } from './wait-turn.ts';

/**
 * The only way to Temporal for services, the gateway and the command line. Each method is bound to a tenant: ids of another tenant are
 * not found. Reading needs no worker.
 */
export interface CountersignClient {
  /**
   * Starts a turn, or queues it behind the one that runs. It is durable once this returns, though no worker is up.
   *
   * @throws InputError, TooLargeError for values that are not allowed.
   * @throws IdempotencyKeyReusedError when the key names another turn.
   * @throws QueueFullError, PendingApprovalsError when the conversation takes no message now.
   */
  startTurn(request: StartTurn): Promise<Pick<TurnView, 'turnId' | 'conversationId' | 'status'>>;
  /**
   * Reads a turn.
   *
   * @param waitMs - waits until the turn needs a person or is over, at most this long; 0 by default.
   * @returns null when the tenant has no such turn.
   */
  getTurn(tenant: string, turnId: string, waitMs?: number, options?: WaitOptions): Promise<TurnView | null>;
  /** Cancels a turn that is queued, running, parked or awaiting a decision, with its run at the provider. */
  cancelTurn(tenant: string, turnId: string): Promise<TurnView | null>;
  /** The turns of a tenant, newest first; 50 by default. One that waits in a queue is not among them. */
  listTurns(tenant: string, filter?: TurnFilter, limit?: number): Promise<TurnPage>;
  /** The newest turns of a conversation, 20 by default; null when the tenant has no such conversation. */
  getConversation(tenant: string, conversationId: string, limit?: number): Promise<ConversationView | null>;
  /** The tenant's conversations, or those in which a user has spoken; the one that began last first, 20 by default. */
  listConversations(
    tenant: string,
    filter?: { user?: string | undefined; limit?: number },
  ): Promise<ConversationPage>;
  /** What was said in the newest turns, 20 by default; null when the tenant has no such conversation. */
  listMessages(tenant: string, conversationId: string, limit?: number): Promise<MessageView[] | null>;
  /** What a turn was started with, and up to ten lines of its conversation before; null when the tenant has no such turn. */
  readSaid(tenant: string, turnId: string): Promise<Said | null>;
  /**
   * Decides. With a worker up the receipt says what came of it; otherwise the decision is kept, and the answer is `accepted`.
   *
   * @returns null when the tenant has no such approval.
   * @throws TooLargeError for arguments or texts that are too large.
   */
  decide(tenant: string, decision: NewDecision): Promise<Receipt | Accepted | null>;
  /**
   * What waits longer than it should, a minute by default, and why; the longest first. It reads all that runs in the tenant.
   *
   * @throws InputError for a tenant with characters that are not allowed.
   */
  listStuck(tenant: string, afterMs?: number): Promise<Stuck[]>;
  /** Reads an approval; null when the tenant has no such one. */
  getApproval(tenant: string, approvalId: string): Promise<AnyShownApproval | null>;
  /** The first approvals that wait for a decision, 50 by default. */
  listPending(tenant: string, limit?: number, filter?: PendingFilter): Promise<ApprovalPage>;
  /** The same one by one, however many there are, a few turns in memory at a time. */
  eachPending(tenant: string, filter?: PendingFilter): AsyncGenerator<AnyShownApproval>;
  /** All approvals that Temporal still keeps, whatever became of them. */
  eachApproval(tenant: string): AsyncGenerator<AnyShownApproval>;
  /**
   * Asks a person without a turn behind it. It is durable once this returns.
   *
   * @throws InputError, TooLargeError for values that are not allowed.
   * @throws IdempotencyKeyReusedError when the key names another request.
   */
  askForDecision(wanted: AskForDecision): Promise<RequestView>;
  /** Reads what a person answered; null when the tenant has no such request. */
  getRequest(tenant: string, requestId: string): Promise<RequestView | null>;
  /** Lets a question at the Handover be looked at now; false unless the token is that of the question. */
  hintHandover(hint: HandoverHint): Promise<boolean>;
  /** Lets a turn look at its run now; false when no such turn is under way. */
  hintRun(hint: RunHint & { tenant: string; turnId: string }): Promise<boolean>;
  /** Resolves when Temporal answers; rejects with what is wrong otherwise. */
  checkHealth(): Promise<void>;
  /** Ends the connection. */
  close(): Promise<void>;
}
