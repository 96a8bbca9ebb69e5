import {
  ActivityFailure,
  allHandlersFinished,
  CancellationScope,
  condition,
  isCancellation,
  log,
  setHandler,
} from '@temporalio/workflow';

import type { RequestApproval } from '../contracts/approval.ts';
import type { CallbackState, RequestInput, RequestShown } from '../contracts/request.ts';
import { createAlarm } from './alarm.ts';
import { createApprovals } from './approvals.ts';
import { cancel, endsAtMs, expire } from './ledger.ts';
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
  const { approvalId, tenant } = input.approval;
  const approvals = createApprovals<RequestApproval>({
    changed: () => board.changed(),
    review: (_approval, proposed) => reviewRequestEdit({ tenant, arguments: proposed }),
  });
  approvals.add(input.approval);
  const approval = (): RequestApproval => approvals.get(approvalId);
  let callback: CallbackState | undefined = callbackUrl === undefined ? undefined : 'waiting';
  const show = (): RequestShown => ({
    ...asked,
    status: approval().status,
    approvals: approvals.all,
    ...(callback && { callback }),
  });
  const board = createNoticeBoard(show, 'Request');
  const alarm = createAlarm();

  setHandler(requestState, show);
  receiveDecisions(approvals.decide);

  try {
    board.changed();
    const endMs = endsAtMs(approval());
    alarm(endMs);
    await condition(() => approval().status !== 'pending' || Date.now() >= endMs);
    approvals.replace(expire(approval(), Date.now()));
    if (callbackUrl !== undefined) await answer(callbackUrl);
    return show();
  } catch (error) {
    if (isCancellation(error)) approvals.replace(cancel(approval(), Date.now()));
    throw error;
  } finally {
    await CancellationScope.nonCancellable(() => condition(allHandlersFinished));
    board.flush();
  }

  async function answer(url: string): Promise<void> {
    callback = 'delivering';
    board.flush();
    try {
      await deliverCallback({ url, asked, approval: approval() });
      callback = 'delivered';
    } catch (error) {
      if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
      // Nobody is told less for it: the answer can be read for as long as Temporal keeps the workflow.
      log.warn('callback.undelivered', { approvalId, error: error.cause?.message });
      callback = 'undelivered';
    }
  }
}
