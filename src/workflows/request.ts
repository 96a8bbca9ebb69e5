import {
  ActivityFailure,
  allHandlersFinished,
  CancellationScope,
  CancelledFailure,
  condition,
  log,
  setHandler,
} from '@temporalio/workflow';

import type { RequestApproval } from '../contracts/approval/approval.ts';
import type { CallbackState, RequestInput, RequestShown } from '../contracts/request.ts';
import { createAlarm } from './alarm.ts';
import { createApprovals } from './gate/approvals.ts';
import { createFacts } from './facts.ts';
import { requestState } from './messages.ts';
import { createNoticeBoard } from './notice-board.ts';
import { receiveDecisions } from './receive/decisions.ts';
import { deliverCallback, reviewRequestEdit } from './steps.ts';

/**
 * An approval asked for over HTTP, with no run behind it.
 *
 *   pending ─┬─▶ a person decides ─┬─▶ (the answer is sent to the callback, for days if need be) ─▶ end
 *            └─▶ time is up ───────┘
 *
 * Nothing is executed here: the requester reads the answer and acts on it, so the approval has no outcome. While the answer is being sent,
 * the workflow answers late decisions; after its end the client does. A cancel settles an open question. Only a terminate stops the sending
 * of an answer.
 */
export async function request(input: RequestInput): Promise<RequestShown> {
  const { asked, callbackUrl } = input;
  const { approvalId, tenant } = input.approval;
  const alarm = createAlarm();
  const told = createFacts({ tenant }, input.isRecorded ?? 'unknown');
  told.asked(input.approval, 'owed');
  const approvals = createApprovals<RequestApproval>({
    changed: () => board.changed(),
    alarm,
    facts: told,
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
  const board = createNoticeBoard(show, { noun: 'Request', found: [approvalId] });

  setHandler(requestState, show);
  receiveDecisions(approvals);

  board.changed();
  let cancellation: CancelledFailure | undefined;
  try {
    await approvals.settled(approvalId);
  } catch (error) {
    if (!(error instanceof CancelledFailure)) throw error;
    cancellation = error;
  }
  // The requester waits for an answer: a cancel settles the question, and does not stop the sending.
  await CancellationScope.nonCancellable(async () => {
    // The requester may act at once on what they are told. A store that is down does not keep it from them.
    await told.settle();
    const writing = told.settle({ atLast: true });
    if (callbackUrl !== undefined) await answer(callbackUrl);
    await writing;
    await condition(allHandlersFinished);
    // Who tried to decide while the answer was sent.
    await told.settle({ atLast: true });
  });
  board.flush();
  if (cancellation !== undefined && approval().status === 'cancelled') throw cancellation;
  return show();

  async function answer(url: string): Promise<void> {
    callback = 'delivering';
    board.flush({ goesOn: true });
    try {
      await deliverCallback({ url, asked, approval: approval() });
      callback = 'delivered';
    } catch (error) {
      if (!(error instanceof ActivityFailure)) throw error;
      // Nothing is lost: the answer can be read as long as Temporal keeps the workflow.
      log.warn('callback.undelivered', { approvalId, error: error.cause?.message });
      callback = 'undelivered';
    }
  }
}
