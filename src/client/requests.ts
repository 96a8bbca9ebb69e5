import { createHash, randomBytes } from 'node:crypto';

import { WorkflowExecutionAlreadyStartedError, type Client } from '@temporalio/client';

import type { RequestApproval, Shown } from '../contracts/approval/approval.ts';
import type { Rule } from '../contracts/approval/rule.ts';
import { argumentsDigest } from '../contracts/digest.ts';
import { shown } from '../contracts/deciding/proposals.ts';
import { ID_RULES, isRequestId, isTenant, requestWorkflowId } from '../contracts/ids.ts';
import {
  REQUEST_TOOL,
  RequestBodySchema,
  toRequestView,
  type RequestInput,
  type RequestShown,
  type RequestMemo,
  type RequestView,
} from '../contracts/request.ts';
import {
  approvalField,
  ASKED,
  BODY_DIGEST_FIELD,
  MEMO,
  REQUEST_WORKFLOW,
  WORKFLOW_TASK_TIMEOUT,
} from '../contracts/workflow-names.ts';
import { searchKey } from '../contracts/search/key.ts';
import { IdempotencyKeyReusedError, InputError, requireFits } from './input-error.ts';
import { ignoreNotFound } from './read-turn.ts';

export interface AskForDecision extends Pick<RequestMemo, 'action' | 'context' | 'urgency' | 'approver'> {
  tenant: string;
  /** Who asks: the name of the API key. */
  requestedBy: string;
  /** Groups that may decide. The operator says so, never the requester. */
  approvers?: string[];
  /** Who must agree beside that. */
  rule?: Rule;
  /** Why nobody of the directory can meet that. */
  unmeetable?: string;
  /** How long people have, in ms; then it is expired. */
  withinMs: number;
  /** Gets the answer by POST. Whether that address may be called the worker decides once more. */
  callbackUrl?: string;
  /** The same key of the same tenant names the same request, so a repeated request asks once. */
  idempotencyKey?: string;
  /** Whether workers have a store, so that what becomes of it is recorded. By default the first worker that has it says so. */
  isRecorded?: boolean;
}

/** Asks for decisions and reads them. Neither needs a worker: the card is in the memo from the start. */
export function createRequestClient(
  temporal: Client,
  { taskQueue, clock, isAttested }: { taskQueue: string; clock: () => number; isAttested: boolean },
) {
  return { askForDecision, getRequest, getRequestApproval };

  /**
   * Asks a person, or finds the request that the idempotency key names. It is durable once this returns.
   *
   * @throws InputError for a tenant with characters that are not allowed.
   * @throws TooLargeError for an action or a context larger than contracts/limits.ts allows.
   * @throws IdempotencyKeyReusedError when the key names a request that asked for something else.
   */
  async function askForDecision(wanted: AskForDecision): Promise<RequestView> {
    const { tenant, action, context, urgency, approver, callbackUrl } = wanted;
    if (!isTenant(tenant)) throw new InputError('tenant', `must be ${ID_RULES.tenant}`);
    requireFits(RequestBodySchema, { action, context, approver, callback_url: callbackUrl });
    const asked: RequestInput['asked'] = {
      action,
      urgency,
      ...(context !== undefined && { context }),
      ...(approver !== undefined && { approver }),
    };
    const approval = { ...toApproval(wanted, clock()), ...(isAttested && { isAttested: true as const }) };
    const memo: RequestMemo = { ...asked, status: 'pending', ...(callbackUrl && { callback: 'waiting' }) };
    try {
      await temporal.workflow.start<(input: RequestInput) => Promise<RequestShown>>(REQUEST_WORKFLOW, {
        workflowId: requestWorkflowId(tenant, approval.approvalId),
        taskQueue,
        args: [
          {
            ...{ approval, asked },
            ...(callbackUrl !== undefined && { callbackUrl }),
            ...(wanted.isRecorded !== undefined && { isRecorded: wanted.isRecorded }),
          },
        ],
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
        workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT,
        memo: {
          [MEMO]: memo,
          [approvalField(0)]: approval,
          ...(wanted.idempotencyKey !== undefined && { [BODY_DIGEST_FIELD]: bodyDigest(wanted) }),
        },
        typedSearchAttributes: [
          { key: searchKey('CountersignTenant'), value: tenant },
          { key: searchKey('ApprovalStatus'), value: ASKED },
          { key: searchKey('ApprovalDeadline'), value: new Date(approval.deadline ?? '') },
          { key: searchKey('ApprovalTools'), value: [REQUEST_TOOL] },
        ],
      });
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      const known = await readMemo(tenant, approval.approvalId);
      // A request of an earlier version has no digest.
      if (known && ![undefined, bodyDigest(wanted)].includes(known.body))
        throw new IdempotencyKeyReusedError();
      if (known) return toRequestView(known.asked, known.approval);
    }
    return toRequestView(asked, approval);
  }

  /** @returns null when the tenant has no such request. */
  async function getRequest(tenant: string, requestId: string): Promise<RequestView | null> {
    const memo = await readMemo(tenant, requestId);
    return memo && toRequestView(memo.asked, memo.approval);
  }

  /** @returns null when the tenant has no such request. */
  async function getRequestApproval(
    tenant: string,
    requestId: string,
  ): Promise<Shown<RequestApproval> | null> {
    const approval = (await readMemo(tenant, requestId))?.approval;
    return approval === undefined ? null : shown(approval);
  }

  async function readMemo(tenant: string, requestId: string) {
    if (!isRequestId(requestId) || !isTenant(tenant)) return null;
    const handle = temporal.workflow.getHandle(requestWorkflowId(tenant, requestId));
    const found = await handle.describe().catch(ignoreNotFound);
    const asked = found?.memo?.[MEMO] as RequestMemo | undefined;
    const approval = found?.memo?.[approvalField(0)] as RequestApproval | undefined;
    const body = found?.memo?.[BODY_DIGEST_FIELD] as string | undefined;
    if (found === undefined || asked === undefined || approval === undefined) return null;
    const isOver = found.status.name !== 'RUNNING';
    if (!isOver || approval.status !== 'pending') return { asked, approval, body };
    // Terminated by an operator: it can no longer be decided.
    const resolvedAt = found.closeTime?.toISOString();
    return {
      asked,
      body,
      approval: {
        ...approval,
        status: 'cancelled' as const,
        ...(resolvedAt !== undefined && { resolvedAt }),
      },
    };
  }
}

/** The card, by this machine's clock: the requester learns the deadline with the answer, with or without a worker. */
function toApproval(wanted: AskForDecision, nowMs: number): RequestApproval {
  const { tenant, action, context, urgency, approver, approvers, rule, unmeetable, requestedBy, withinMs } =
    wanted;
  const args = { action, ...(context !== undefined && { context }) };
  return {
    approvalId: mintRequestId(wanted),
    tenant,
    tool: REQUEST_TOOL,
    toolDescription: 'Requested over HTTP. The requester reads the answer and acts on it.',
    arguments: args,
    argumentsDigest: argumentsDigest({ tool: REQUEST_TOOL, arguments: args, tenant }),
    status: 'pending',
    reason: `Urgency: ${urgency}.`,
    ...(approver !== undefined && { meantFor: approver }),
    ...(approvers && { approvers }),
    ...(rule && { rule }),
    ...(unmeetable !== undefined && { unmeetable }),
    requestedBy,
    requestedAt: new Date(nowMs).toISOString(),
    deadline: new Date(nowMs + withinMs).toISOString(),
    runDeadline: null,
    onRunDeadline: 'deny',
  };
}

/** Two bodies have the same one only if they ask the same, of the same people: a key with a laxer rule must not ask ahead. */
function bodyDigest(wanted: AskForDecision): string {
  const { tenant, action, context, urgency, approver, approvers, rule, withinMs, callbackUrl } = wanted;
  const body = { action, context, urgency, approver, approvers, rule, withinMs, callbackUrl };
  return argumentsDigest({ tool: REQUEST_TOOL, arguments: body, tenant });
}

/** With a key the id is the key's digest, so the same key finds the same request; without one it is random. */
function mintRequestId({ tenant, idempotencyKey }: AskForDecision): string {
  const bytes =
    idempotencyKey === undefined
      ? randomBytes(12)
      : createHash('sha256')
          .update(JSON.stringify([tenant, idempotencyKey]))
          .digest();
  return `req_${bytes.toString('hex').slice(0, 24)}`;
}
