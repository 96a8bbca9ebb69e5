import { randomBytes } from 'node:crypto';

import type { SigningKey } from '@countersign/receipts';
import { activityInfo, getClient, log } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/client';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';

import type { Approval } from '../../contracts/approval/approval.ts';
import { attested } from '../../contracts/approval/attest.ts';
import type { Decision } from '../../contracts/approval/decision.ts';
import { NOBODY_NAMED } from '../../contracts/deciding/same-person.ts';
import type {
  FollowedDecision,
  HandoverCard,
  HandoverInput,
  HandoverLook,
  HandoverMemo,
  HandoverResult,
} from '../../contracts/handover.ts';
import { handoverWorkflowId, workflowOfApproval } from '../../contracts/ids.ts';
import { approvalField, HANDOVER_WORKFLOW, MEMO } from '../../contracts/workflow-names.ts';
import { shorten } from '../../contracts/size.ts';
import { temporalClock, withHeartbeat } from '../attempt.ts';
import { toAnswer } from './answer.ts';
import { createDecision, readDecision, type Handover, type HandoverDecision } from './api.ts';
import { toCard } from './card.ts';
import { startOnce } from '../start-once.ts';

export interface AskInput extends Pick<HandoverInput, 'tenant' | 'approvalId' | 'token'> {
  card: HandoverCard;
}

export interface LookInput extends Pick<
  HandoverInput,
  'tenant' | 'approvalId' | 'argumentsDigest' | 'deadline'
> {
  action: string;
  followed: FollowedDecision[];
}

const FIRST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 60_000;
/** The callback says when to look; this is for the one that got lost. */
const LONGEST_PAUSE_WITH_CALLBACK_MS = 600_000;
const GROWTH = 1.5;
/** The last look before the deadline is so early that its answer still arrives in time. */
const LAST_LOOK_MS = 2_000;
const APPROVER_CHARACTERS = 200;

/** Asks about approvals at the Handover. Attempts and pauses are Temporal's, so operators see both in its UI. */
export function createHandoverActivities(handover: Handover | undefined, signingKey?: SigningKey) {
  return { startHandover, askHandover, lookAtHandover };

  /**
   * Starts the workflow that asks about an approval there, once. Runs as a local activity of the turn. Where nothing is
   * configured the question stays in the inbox, and the log says so.
   */
  async function startHandover(approval: Approval): Promise<void> {
    const { tenant, approvalId, argumentsDigest, deadline, conversationId } = approval;
    if (handover === undefined) {
      const remedy = 'Set COUNTERSIGN_HANDOVER_URL and COUNTERSIGN_HANDOVER_API_KEY for every worker.';
      log.error('handover.not_configured', { approvalId, tool: approval.tool, remedy });
      return;
    }
    const token = randomBytes(16).toString('hex');
    const input: HandoverInput = {
      ...{ tenant, approvalId, argumentsDigest, deadline, token },
      card: toCard(approval),
    };
    const memo: HandoverMemo = { token };
    await startOnce<(input: HandoverInput) => Promise<HandoverResult>>(HANDOVER_WORKFLOW, {
      workflowId: handoverWorkflowId(tenant, approvalId),
      input,
      memo: { [MEMO]: memo },
      ...{ tenant, conversationId },
    });
  }

  /**
   * Asks there. After a lost answer it asks once more, with the same words and the same Idempotency-Key.
   *
   * @returns the id of the decision; null when the approval is settled and nobody need be asked.
   */
  async function askHandover({ tenant, approvalId, card, token }: AskInput): Promise<string | null> {
    const at = configured();
    return withHeartbeat(async () => {
      if (!(await isOpen(tenant, approvalId))) return null;
      const { approver, callbackUrl } = at;
      const body = {
        ...card,
        ...(approver !== undefined && { approver }),
        ...(callbackUrl !== undefined && {
          callback_url: hintAddress(callbackUrl, { tenant, approvalId, token }),
        }),
      };
      const id = await logged(approvalId, () => createDecision(at, body, approvalId));
      log.info('handover.asked', { approvalId, decisionId: id });
      return id;
    });
  }

  /**
   * Looks at the approval and, if it is pending, at its decisions there. While there is no answer each look is an attempt that
   * fails with the pause until the next.
   */
  async function lookAtHandover(input: LookInput): Promise<HandoverLook> {
    const at = configured();
    const clock = temporalClock();
    return withHeartbeat(async () => {
      const { tenant, approvalId, deadline } = input;
      if (!(await isOpen(tenant, approvalId))) return { state: 'settled' };
      const leftMs = deadline === null ? Infinity : Date.parse(deadline) - clock();
      if (leftMs <= 0) return { state: 'overdue' };
      const seen = await readAll(at, input);
      if (seen?.state !== 'answered' || signingKey === undefined) return seen ?? later(nextPause(at, leftMs));
      return { ...seen, decision: await attested(signingKey, tenant, seen.decision) };
    });
  }

  /** @throws ApplicationFailure when a worker without the settings got the task; one that has them may get it next. */
  function configured(): Handover {
    if (handover !== undefined) return handover;
    const message =
      'This worker has no COUNTERSIGN_HANDOVER_URL and COUNTERSIGN_HANDOVER_API_KEY. Set both for every worker.';
    throw ApplicationFailure.create({ type: 'Handover.NotConfigured', message });
  }
}

/** An answer counts as soon as one decision has one; of several a "no" goes before other words, and those before a "yes". */
async function readAll(at: Handover, input: LookInput): Promise<HandoverLook | null> {
  const { approvalId, followed } = input;
  const reads = await Promise.allSettled(
    followed.map(async ({ id, isOurs }) => {
      const read = await logged(approvalId, () => readDecision(at, id));
      return { id, read, answer: answerOf(read, isOurs ? null : input.action) };
    }),
  );
  const seen = reads.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  for (const kind of ['deny', 'respond', 'approve'] as const) {
    for (const { read, answer } of seen) {
      if (read !== null && answer.kind === 'decided' && answer.decision.decision === kind)
        return { state: 'answered', decision: { ...fromHandover(at, input, read), ...answer.decision } };
    }
  }
  const closed = seen.flatMap(({ id, answer }) =>
    answer.kind === 'closed' ? [{ id, why: answer.why }] : [],
  );
  for (const { id, why } of closed) log.warn('handover.closed', { approvalId, decisionId: id, why });
  if (closed.length > 0) return { state: 'closed', ids: closed.map(({ id }) => id) };
  const failed = reads.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
  return null;
}

/** @param action - of our card, when only a hint has named the decision: one about anything else is none of ours. */
function answerOf(read: HandoverDecision | null, action: string | null): ReturnType<typeof toAnswer> {
  if (read === null) return { kind: 'closed', why: 'not found' };
  if (action !== null && read.action !== action) return { kind: 'closed', why: 'about another action' };
  return toAnswer(read);
}

/** Who decided, and what the decision is bound to: the digest that was sent with the card. */
function fromHandover(
  { groups }: Handover,
  { approvalId, argumentsDigest }: LookInput,
  { id, resolved_by: by, resolved_at: at }: HandoverDecision,
): Omit<Decision, 'decision' | 'note' | 'response'> {
  return {
    approvalId,
    decisionId: `handover:${id}`,
    approver: {
      id: by ? shorten(`handover:${by}`, APPROVER_CHARACTERS) : NOBODY_NAMED,
      ...(groups && { groups: [...groups] }),
    },
    argumentsDigest,
    decidedAt: at ?? new Date().toISOString(),
    source: 'handover',
    authenticated: { by: 'handover' },
  };
}

/** Whether the question still stands. A turn that has just begun to ask may not show it yet. */
async function isOpen(tenant: string, approvalId: string): Promise<boolean> {
  const holder = workflowOfApproval(tenant, approvalId);
  if (holder === null) return false;
  try {
    const { status, memo = {} } = await getClient().workflow.getHandle(holder).describe();
    if (status.name !== 'RUNNING') return false;
    for (let index = 0; memo[approvalField(index)] !== undefined; index += 1) {
      const approval = memo[approvalField(index)] as Approval;
      if (approval.approvalId === approvalId) return approval.status === 'pending';
    }
    return true;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

/** A few at random do not ask in step. Never past the deadline: the last look is shortly before it. */
function nextPause({ pausesMs, callbackUrl }: Handover, leftMs: number): number {
  const longestMs = callbackUrl === undefined ? LONGEST_PAUSE_MS : LONGEST_PAUSE_WITH_CALLBACK_MS;
  const { first, longest } = pausesMs ?? { first: FIRST_PAUSE_MS, longest: longestMs };
  const grown = Math.min(first * GROWTH ** (activityInfo().attempt - 1), longest);
  const pauseMs = grown * (0.8 + 0.4 * Math.random());
  if (pauseMs < leftMs - LAST_LOOK_MS) return pauseMs;
  return leftMs > 2 * LAST_LOOK_MS ? leftMs - LAST_LOOK_MS : Math.min(pauseMs, leftMs);
}

function later(pauseMs: number): never {
  throw ApplicationFailure.create({
    type: 'Handover.Unanswered',
    message: 'Nobody has answered at the Handover yet; it is asked again.',
    category: ApplicationFailureCategory.BENIGN,
    nextRetryDelay: Math.max(1, Math.round(pauseMs)),
  });
}

/** What fails is tried again; that it fails is for whoever runs this. */
async function logged<T>(approvalId: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof ApplicationFailure)
      log.warn('handover.failed', { approvalId, type: error.type, error: error.message });
    throw error;
  }
}

function hintAddress(
  callbackUrl: string,
  { tenant, approvalId, token }: Pick<HandoverInput, 'tenant' | 'approvalId' | 'token'>,
): string {
  const url = new URL(`${callbackUrl.replace(/\/+$/, '')}/v1/webhooks/handover`);
  for (const [name, value] of Object.entries({ tenant, approval: approvalId, token }))
    url.searchParams.set(name, value);
  return url.href;
}
