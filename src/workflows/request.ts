import {
  ActivityFailure,
  allHandlersFinished,
  CancellationScope,
  condition,
  isCancellation,
  log,
  setHandler,
} from '@temporalio/workflow';

import type { Decision, Receipt, RequestApproval, ReviewedEdit } from '../contracts/approval.ts';
import type { CallbackState, RequestInput, RequestShown } from '../contracts/request.ts';
import { createAlarm } from './alarm.ts';
import { applyDecision, cancel, endsAtMs, expire } from './ledger.ts';
import { requestState } from './messages.ts';
import { createNoticeBoard } from './notice-board.ts';
import { receiveDecisions } from './receive-decisions.ts';
import { deliverCallback, reviewRequestEdit } from './steps.ts';

/**
 * An approval asked for over HTTP, with no run behind it.
 *
 *   pending ─┬─▶ a person decides ─┬─▶ (the answer is sent to the callback, for days if need be) ─▶ end
 *            └─▶ time is up ───────┘
 *
 * Nothing is carried out here: whoever asked reads the answer and acts on it, so the approval says nothing of an outcome. While
 * the answer is being sent the workflow still tells late decisions that they are late; after its end the client does.
 */
export async function request(input: RequestInput): Promise<RequestShown> {
  const { asked, callbackUrl } = input;
  let approval = input.approval;
  let callback: CallbackState | undefined = callbackUrl === undefined ? undefined : 'waiting';
  const show = (): RequestShown => ({
    ...asked,
    status: approval.status,
    approvals: [approval],
    ...(callback && { callback }),
  });
  const board = createNoticeBoard(show, 'Request');
  const alarm = createAlarm();

  setHandler(requestState, show);
  receiveDecisions(decideIt);

  try {
    board.changed();
    const endMs = endsAtMs(approval);
    alarm(endMs);
    await condition(() => approval.status !== 'pending' || Date.now() >= endMs);
    replace(expire(approval, Date.now()));
    if (callbackUrl !== undefined) await answer(callbackUrl);
    return show();
  } catch (error) {
    if (isCancellation(error)) replace(cancel(approval, Date.now()));
    throw error;
  } finally {
    await CancellationScope.nonCancellable(() => condition(allHandlersFinished));
    board.flush();
  }

  async function decideIt(decision: Decision): Promise<Receipt> {
    const { approvalId, decisionId } = decision;
    if (approvalId !== approval.approvalId) return { outcome: 'unknown', approvalId, decisionId };
    const isOpenEdit = decision.decision === 'edit' && approval.status === 'pending';
    const edit = isOpenEdit ? await review(decision) : undefined;
    // While the edit was under review somebody else may have decided: the ledger sees the approval as it is now.
    const settled = applyDecision(approval, decision, edit, Date.now());
    replace(settled.approval);
    return settled.receipt;
  }

  async function review(decision: Decision): Promise<ReviewedEdit> {
    try {
      return await reviewRequestEdit({ tenant: approval.tenant, arguments: decision.arguments ?? {} });
    } catch (error) {
      if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
      // What cannot be reviewed cannot be approved; the question stays open.
      const message = `cannot be reviewed: ${error.cause?.message ?? error.message}`;
      return { kind: 'refused', reason: 'forbidden', problems: [{ field: 'arguments', message }] };
    }
  }

  async function answer(url: string): Promise<void> {
    callback = 'delivering';
    board.flush();
    try {
      await deliverCallback({ url, asked, approval });
      callback = 'delivered';
    } catch (error) {
      if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
      // Nobody is told less for it: the answer can be read for as long as Temporal keeps the workflow.
      log.warn('callback.undelivered', { approvalId: approval.approvalId, error: error.cause?.message });
      callback = 'undelivered';
    }
  }

  function replace(next: RequestApproval): void {
    if (next === approval) return;
    const { outcome: _outcome, ...rest } = next;
    approval = rest;
    board.changed();
  }
}
